package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"

	cri "k8s.io/cri-api/pkg/apis/runtime/v1"
	"sigs.k8s.io/yaml"
)

// manifest is what a kubelet is told of the pods of a DaemonSet, as far as bones' own manifest goes. A field that is
// not here is an error: what this program does not hand on to the runtime would not be tested.
type manifest struct {
	APIVersion, Kind string
	Metadata         any
	Spec             struct {
		Selector, UpdateStrategy any
		Template                 struct {
			Metadata any
			Spec     podSpec
		}
	}
}

type podSpec struct {
	AutomountServiceAccountToken, EnableServiceLinks bool // there is no API server that would have tokens and services
	HostPID                                          bool
	Tolerations                                      any
	Containers                                       []containerSpec
	Volumes                                          []struct {
		Name     string
		HostPath struct{ Path, Type string }
	}
}

type containerSpec struct {
	Name, Image     string
	ImagePullPolicy string
	Args            []string
	Ports           any
	ReadinessProbe  any
	Resources       struct {
		Requests struct{ CPU, Memory string }
		Limits   struct{ Memory string }
	}
	SecurityContext struct {
		RunAsUser                *int64
		ReadOnlyRootFilesystem   bool
		AllowPrivilegeEscalation bool
		Capabilities             struct{ Drop, Add []string }
		SeccompProfile           struct{ Type string }
		AppArmorProfile          struct{ Type string }
	}
	VolumeMounts []struct {
		Name, MountPath  string
		ReadOnly         bool
		MountPropagation string
	}
}

// What a kubelet has the runtime hide of /proc and /sys.
//
// Source: Kubernetes, pkg/securitycontext/util.go (defaultMaskedPaths, defaultReadonlyPaths).
var (
	masked = []string{"/proc/asound", "/proc/acpi", "/proc/interrupts", "/proc/kcore", "/proc/keys",
		"/proc/latency_stats", "/proc/timer_list", "/proc/timer_stats", "/proc/sched_debug", "/proc/scsi", "/sys/firmware",
		"/sys/devices/virtual/powercap"}
	fixed = []string{"/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"}
)

// runDaemonSet makes the pod that a DaemonSet has on this node, as its kubelet would.
func runDaemonSet(ctx context.Context, r cri.RuntimeServiceClient, file, name, uid, parent string) error {
	content, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	var set manifest
	for _, document := range bytes.Split(content, []byte("\n---\n")) {
		var kind struct{ Kind string }
		if err := yaml.Unmarshal(document, &kind); err != nil {
			return err
		}
		if kind.Kind == "DaemonSet" {
			if err := yaml.UnmarshalStrict(document, &set); err != nil {
				return err
			}
		}
	}
	spec := set.Spec.Template.Spec
	if len(spec.Containers) == 0 {
		return errors.New("the manifest has no containers")
	}
	for _, v := range spec.Volumes {
		if v.HostPath.Type == "DirectoryOrCreate" {
			if err := os.MkdirAll(v.HostPath.Path, 0o755); err != nil { // as a kubelet makes it
				return err
			}
		}
	}
	labels := map[string]string{"io.kubernetes.pod.name": name, "io.kubernetes.pod.namespace": namespace,
		"io.kubernetes.pod.uid": uid}
	// A network of its own, as the manifest has it, and without shareProcessNamespace a PID namespace for each container.
	spaces := &cri.NamespaceOption{Network: cri.NamespaceMode_POD, Pid: cri.NamespaceMode_CONTAINER}
	if spec.HostPID {
		spaces.Pid = cri.NamespaceMode_NODE
	}
	pod := &cri.PodSandboxConfig{
		Metadata: &cri.PodSandboxMetadata{Name: name, Namespace: namespace, Uid: uid}, LogDirectory: "/tmp/" + name,
		Labels: labels, Hostname: name, DnsConfig: &cri.DNSConfig{},
		Linux: &cri.LinuxPodSandboxConfig{CgroupParent: parent, SecurityContext: &cri.LinuxSandboxSecurityContext{
			NamespaceOptions: spaces, Seccomp: &cri.SecurityProfile{ProfileType: cri.SecurityProfile_RuntimeDefault}}}}
	sandbox, err := r.RunPodSandbox(ctx, &cri.RunPodSandboxRequest{Config: pod})
	if err != nil {
		return err
	}
	for _, c := range spec.Containers {
		config, err := c.config(spec, spaces)
		if err != nil {
			return err
		}
		for key, value := range labels {
			config.Labels[key] = value
		}
		created, err := r.CreateContainer(ctx, &cri.CreateContainerRequest{PodSandboxId: sandbox.PodSandboxId,
			SandboxConfig: pod, Config: config})
		if err != nil {
			return err
		}
		if _, err := r.StartContainer(ctx, &cri.StartContainerRequest{ContainerId: created.ContainerId}); err != nil {
			return err
		}
	}
	return nil
}

// namespace is the one that `bones deploy kubernetes` has by default.
const namespace = "bones"

// config is a container as a kubelet describes it to the runtime.
func (c containerSpec) config(spec podSpec, spaces *cri.NamespaceOption) (*cri.ContainerConfig, error) {
	s := c.SecurityContext
	if s.SeccompProfile.Type != "RuntimeDefault" || s.AppArmorProfile.Type != "Unconfined" {
		return nil, fmt.Errorf("the profiles %v and %v are not handed on", s.SeccompProfile, s.AppArmorProfile)
	}
	var memory int64
	if _, err := fmt.Sscanf(c.Resources.Limits.Memory, "%dMi", &memory); err != nil {
		return nil, fmt.Errorf("memory %q: %w", c.Resources.Limits.Memory, err)
	}
	user := &cri.Int64Value{}
	if s.RunAsUser != nil {
		user.Value = *s.RunAsUser
	}
	config := &cri.ContainerConfig{
		Metadata: &cri.ContainerMetadata{Name: c.Name}, Image: &cri.ImageSpec{Image: c.Image}, Args: c.Args,
		Labels: map[string]string{"io.kubernetes.container.name": c.Name}, LogPath: c.Name + ".log",
		Linux: &cri.LinuxContainerConfig{
			Resources: &cri.LinuxContainerResources{CpuShares: 20, MemoryLimitInBytes: memory << 20},
			SecurityContext: &cri.LinuxContainerSecurityContext{NamespaceOptions: spaces, RunAsUser: user,
				ReadonlyRootfs: s.ReadOnlyRootFilesystem, NoNewPrivs: !s.AllowPrivilegeEscalation,
				Capabilities: &cri.Capability{AddCapabilities: s.Capabilities.Add, DropCapabilities: s.Capabilities.Drop},
				MaskedPaths:  masked, ReadonlyPaths: fixed,
				Seccomp:  &cri.SecurityProfile{ProfileType: cri.SecurityProfile_RuntimeDefault},
				Apparmor: &cri.SecurityProfile{ProfileType: cri.SecurityProfile_Unconfined}},
		}}
	for _, m := range c.VolumeMounts {
		path := ""
		for _, v := range spec.Volumes {
			if v.Name == m.Name {
				path = v.HostPath.Path
			}
		}
		if path == "" {
			return nil, fmt.Errorf("there is no volume %s", m.Name)
		}
		propagation := cri.MountPropagation_PROPAGATION_PRIVATE
		if m.MountPropagation == "HostToContainer" {
			propagation = cri.MountPropagation_PROPAGATION_HOST_TO_CONTAINER
		}
		config.Mounts = append(config.Mounts, &cri.Mount{HostPath: path, ContainerPath: m.MountPath, Readonly: m.ReadOnly,
			Propagation: propagation})
	}
	return config, nil
}

// execute runs a program in a container of a pod, as kubectl exec does, and ends as it does.
func execute(ctx context.Context, r cri.RuntimeServiceClient, pod, container string, words []string) error {
	all, err := r.ListContainers(ctx, &cri.ListContainersRequest{Filter: &cri.ContainerFilter{
		LabelSelector: map[string]string{"io.kubernetes.pod.name": pod, "io.kubernetes.container.name": container}}})
	if err != nil {
		return err
	}
	if len(all.Containers) != 1 {
		return fmt.Errorf("%d containers are %s of the pod %s", len(all.Containers), container, pod)
	}
	end, err := r.ExecSync(ctx, &cri.ExecSyncRequest{ContainerId: all.Containers[0].Id, Cmd: words})
	if err != nil {
		return err
	}
	os.Stdout.Write(end.Stdout)
	os.Stderr.Write(end.Stderr)
	os.Exit(int(end.ExitCode))
	return nil
}

// sandbox is the id of the pod with a name.
func sandbox(ctx context.Context, r cri.RuntimeServiceClient, name string) (string, error) {
	all, err := r.ListPodSandbox(ctx, &cri.ListPodSandboxRequest{Filter: &cri.PodSandboxFilter{
		LabelSelector: map[string]string{"io.kubernetes.pod.name": name}}})
	if err != nil {
		return "", err
	}
	if len(all.Items) != 1 {
		return "", fmt.Errorf("%d pods have the name %s", len(all.Items), name)
	}
	return all.Items[0].Id, nil
}

// address is the IP address of a pod.
func address(ctx context.Context, r cri.RuntimeServiceClient, name string) error {
	id, err := sandbox(ctx, r, name)
	if err != nil {
		return err
	}
	pod, err := r.PodSandboxStatus(ctx, &cri.PodSandboxStatusRequest{PodSandboxId: id})
	if err != nil {
		return err
	}
	fmt.Println(pod.Status.GetNetwork().GetIp())
	return nil
}
