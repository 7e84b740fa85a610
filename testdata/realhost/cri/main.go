// Command cri makes pods and containers through the Container Runtime Interface, as a kubelet does, and prints what
// the runtime says of them. It has a module of its own: nothing of it is part of bones.
//
//	cri run NAME NAMESPACE UID PARENT IMAGE CONTAINER MEMORY QUOTA TASKS   a pod with one container
//	cri inspect CONTAINER                                                  what the runtime says, as JSON
//	cri memory CONTAINER BYTES                                             changes the limit, as a kubelet that resizes
//	cri daemonset FILE POD UID PARENT                                      the pod that a DaemonSet has on this node
//	cri exec POD CONTAINER WORDS...                                        runs a program there, as kubectl exec does
//	cri address POD                                                        prints the pod's IP address
//	cri remove POD                                                         ends a pod
//	cri status                                                             prints what the runtime is ready for
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"strconv"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	cri "k8s.io/cri-api/pkg/apis/runtime/v1"
)

// period is the CPU period that a kubelet sets, in microseconds.
const period = 100000

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "cri:", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Minute)
	defer cancel()
	conn, err := grpc.NewClient("unix:///run/containerd/containerd.sock",
		grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		return err
	}
	defer conn.Close()
	r := cri.NewRuntimeServiceClient(conn)
	switch {
	case len(args) == 10 && args[0] == "run":
		return runPod(ctx, r, args[1:])
	case len(args) == 2 && args[0] == "inspect":
		id, err := find(ctx, r, args[1])
		if err != nil {
			return err
		}
		return inspect(ctx, r, id)
	case len(args) == 3 && args[0] == "memory":
		bytes, err := strconv.ParseInt(args[2], 10, 64)
		if err != nil {
			return err
		}
		id, err := find(ctx, r, args[1])
		if err != nil {
			return err
		}
		_, err = r.UpdateContainerResources(ctx, &cri.UpdateContainerResourcesRequest{ContainerId: id,
			Linux: &cri.LinuxContainerResources{MemoryLimitInBytes: bytes}})
		return err
	}
	return more(ctx, r, args)
}

// more are the commands for the pod of bones itself.
func more(ctx context.Context, r cri.RuntimeServiceClient, args []string) error {
	switch {
	case len(args) == 5 && args[0] == "daemonset":
		return runDaemonSet(ctx, r, args[1], args[2], args[3], args[4])
	case len(args) > 3 && args[0] == "exec":
		return execute(ctx, r, args[1], args[2], args[3:])
	case len(args) == 2 && args[0] == "remove":
		id, err := sandbox(ctx, r, args[1])
		if err != nil {
			return err
		}
		if _, err := r.StopPodSandbox(ctx, &cri.StopPodSandboxRequest{PodSandboxId: id}); err != nil {
			return err
		}
		_, err = r.RemovePodSandbox(ctx, &cri.RemovePodSandboxRequest{PodSandboxId: id})
		return err
	case len(args) == 1 && args[0] == "status":
		s, err := r.Status(ctx, &cri.StatusRequest{})
		for _, c := range s.GetStatus().GetConditions() {
			fmt.Printf("%s=%v\n", c.Type, c.Status)
		}
		return err
	case len(args) == 2 && args[0] == "address":
		return address(ctx, r, args[1])
	}
	return fmt.Errorf("wrong arguments: %q", args)
}

// runPod makes a pod with one container, with the labels and annotations that a kubelet gives them.
func runPod(ctx context.Context, r cri.RuntimeServiceClient, args []string) error {
	name, namespace, uid, parent, image, container := args[0], args[1], args[2], args[3], args[4], args[5]
	var numbers [3]int64
	for i, word := range args[6:] {
		var err error
		if numbers[i], err = strconv.ParseInt(word, 10, 64); err != nil {
			return err
		}
	}
	labels := map[string]string{"io.kubernetes.pod.name": name, "io.kubernetes.pod.namespace": namespace,
		"io.kubernetes.pod.uid": uid}
	// The network is the host's: the machine has no plugin for another.
	namespaces := &cri.NamespaceOption{Network: cri.NamespaceMode_NODE, Pid: cri.NamespaceMode_CONTAINER}
	pod := &cri.PodSandboxConfig{
		Metadata:     &cri.PodSandboxMetadata{Name: name, Namespace: namespace, Uid: uid},
		LogDirectory: "/tmp", Labels: labels,
		Linux: &cri.LinuxPodSandboxConfig{CgroupParent: parent,
			SecurityContext: &cri.LinuxSandboxSecurityContext{NamespaceOptions: namespaces}},
	}
	sandbox, err := r.RunPodSandbox(ctx, &cri.RunPodSandboxRequest{Config: pod})
	if err != nil {
		return err
	}
	own := map[string]string{"io.kubernetes.container.name": container}
	for key, value := range labels {
		own[key] = value
	}
	created, err := r.CreateContainer(ctx, &cri.CreateContainerRequest{PodSandboxId: sandbox.PodSandboxId,
		SandboxConfig: pod, Config: &cri.ContainerConfig{
			Metadata: &cri.ContainerMetadata{Name: container}, Image: &cri.ImageSpec{Image: image}, Labels: own,
			Linux: &cri.LinuxContainerConfig{
				Resources: &cri.LinuxContainerResources{MemoryLimitInBytes: numbers[0], CpuQuota: numbers[1],
					CpuPeriod: period, Unified: map[string]string{"pids.max": strconv.FormatInt(numbers[2], 10)}},
				SecurityContext: &cri.LinuxContainerSecurityContext{NamespaceOptions: namespaces},
			}}})
	if err != nil {
		return err
	}
	_, err = r.StartContainer(ctx, &cri.StartContainerRequest{ContainerId: created.ContainerId})
	return err
}

// find is the id of the one container with a name.
func find(ctx context.Context, r cri.RuntimeServiceClient, name string) (string, error) {
	all, err := r.ListContainers(ctx, &cri.ListContainersRequest{})
	if err != nil {
		return "", err
	}
	var ids []string
	for _, c := range all.Containers {
		if c.Metadata.Name == name {
			ids = append(ids, c.Id)
		}
	}
	if len(ids) != 1 {
		return "", fmt.Errorf("%d containers have the name %s", len(ids), name)
	}
	return ids[0], nil
}

// answer is what the runtime says of a container and of its pod.
type answer struct {
	Name      string
	Image     string
	PID       int
	Memory    int64 // bytes
	Quota     int64 // microseconds of a period
	Pod       string
	Namespace string
	UID       string
	Sandbox   int // the PID of the pod's own process
}

func inspect(ctx context.Context, r cri.RuntimeServiceClient, id string) error {
	s, err := r.ContainerStatus(ctx, &cri.ContainerStatusRequest{ContainerId: id, Verbose: true})
	if err != nil {
		return err
	}
	var info struct {
		PID       int    `json:"pid"`
		SandboxID string `json:"sandboxID"`
	}
	if err := json.Unmarshal([]byte(s.Info["info"]), &info); err != nil {
		return fmt.Errorf("%s: %w", s.Info["info"], err)
	}
	pod, err := r.PodSandboxStatus(ctx, &cri.PodSandboxStatusRequest{PodSandboxId: info.SandboxID, Verbose: true})
	if err != nil {
		return err
	}
	var sandbox struct {
		PID int `json:"pid"`
	}
	if err := json.Unmarshal([]byte(pod.Info["info"]), &sandbox); err != nil {
		return fmt.Errorf("%s: %w", pod.Info["info"], err)
	}
	limits := s.Status.GetResources().GetLinux()
	meta := pod.Status.Metadata
	return json.NewEncoder(os.Stdout).Encode(answer{Name: s.Status.Metadata.Name, Image: s.Status.Image.Image,
		PID: info.PID, Memory: limits.GetMemoryLimitInBytes(), Quota: limits.GetCpuQuota(),
		Pod: meta.Name, Namespace: meta.Namespace, UID: meta.Uid, Sandbox: sandbox.PID})
}
