package container

import (
	"slices"
	"strings"

	"bones/cgroupview/container/ids"
	"bones/procwalk/text"
)

// dockerPlace is where one Docker engine keeps its records. For a rootless engine the places are the user's home and
// runtime directories, and prefix leads from the home to the data.
type dockerPlace struct {
	data, exec directory
	prefix     string
	remapped   bool // data and prefix lead to what root in the engine's containers may own: only root's files count
}

// dockerConfig is DATA/containers/ID/config.v2.json.
//
// Source: github.com/moby/moby, daemon/container/container.go.
type dockerConfig struct {
	ID      string
	Name    string // with a slash in front
	Image   string // the image's digest
	LogPath string // the file of the log driver json-file; empty for others
	Config  struct {
		Image  string // as it was asked for
		Labels map[string]string
	}
	State struct {
		Running    bool
		Restarting bool // it ended and is about to be started again; Running is true then, too
		Pid        int
		ExitCode   int
		OOMKilled  bool
		StartedAt  string // RFC 3339; the year 1: never
		FinishedAt string
	}
}

func (l *lookup) docker(e ChainEntry, id string) {
	if !ids.Hex64(id) {
		return
	}
	for _, p := range l.store.docker {
		if !l.mayKnow(p.data, e) {
			continue
		}
		if l.dockerAt(p, e, id) {
			return
		}
		for _, own := range l.store.remapped(p) {
			if l.dockerAt(own, e, id) {
				return
			}
		}
	}
}

// remapped are the places of an engine with --userns-remap: it keeps its records in DATA/UID.GID, by the host's
// numbers of root in its containers.
//
// Source: dockerd(8), --userns-remap.
func (s *Store) remapped(p dockerPlace) []dockerPlace {
	if p.data.user != nil {
		return nil // without root there is nothing to be mapped again
	}
	names, err := s.files.list(p.data, ".")
	if err != nil {
		return nil // that it cannot be read shows where a record is looked for
	}
	slices.Sort(names)
	var list []dockerPlace
	for _, name := range names {
		if uid, gid, ok := strings.Cut(name, "."); ok && ids.Digits(uid) && ids.Digits(gid) {
			list = append(list, dockerPlace{data: p.data, exec: p.exec, prefix: name + "/", remapped: true})
		}
	}
	return list
}

func (l *lookup) dockerAt(p dockerPlace, e ChainEntry, id string) bool {
	rel := p.prefix + "containers/" + id + "/config.v2.json"
	data := p.data
	data.strict = p.remapped
	c, err := load(l.store.files, data, rel, decode[dockerConfig])
	if err != nil || c.ID != id {
		l.failed(err)
		return false
	}
	l.found(Docker)
	name := strings.TrimPrefix(c.Name, "/")
	l.info.Name, l.info.Image = l.bounded("name", name), l.bounded("name of the image", c.Config.Image)
	if c.Config.Image == "" {
		l.info.Image = l.bounded("name of the image", c.Image)
	}
	l.labels(c.Config.Labels)
	l.evidence("%s: its name is %s, its image %s", text.New(p.data.at(rel)), l.info.Name, l.info.Image)
	l.kubernetesLabels(name, c.Config.Labels)
	if l.brief {
		return true
	}

	// runc records when the init started; Docker itself only its PID.
	exec := ""
	if p.exec.user != nil {
		exec = "docker/"
	}
	l.runcAt(p.exec, exec+"runtime-runc/moby/"+id+"/state.json", id)
	if !c.State.Running {
		l.evidence("%s: it is not running", text.New(p.data.at(rel)))
		return true
	}
	if !l.sureInit {
		l.init(p.data.at(rel), c.State.Pid, 0)
	}
	return true
}

// kubernetesLabels takes the pod from the labels that the kubelet gives to what it starts. Whoever builds an image
// gives labels, too, and Podman takes over the annotations of one: they count only if the engine's own name says
// the same, which no image chooses.
//
// Source: Kubernetes, pkg/kubelet/types/labels.go; cri-dockerd, core/naming.go, and CRI-O,
// internal/factory/container (SetNameAndID): k8s_CONTAINER_POD_NAMESPACE_UID_ATTEMPT.
func (l *lookup) kubernetesLabels(engines string, m map[string]string) {
	pod, name := m["io.kubernetes.pod.name"], m["io.kubernetes.container.name"]
	if pod == "" {
		return
	}
	uid, namespace := m["io.kubernetes.pod.uid"], m["io.kubernetes.pod.namespace"]
	if !strings.HasPrefix(engines, strings.Join([]string{"k8s", name, pod, namespace, uid, ""}, "_")) {
		l.evidence("its labels name the pod %s, but the kubelet does not call a container %s: they come from its image, or "+
			"somebody chose them, so bones does not believe "+
			"them", l.bounded("name of the pod", pod), l.bounded("name", engines))
		return
	}
	l.info.Pod = PodInfo{l.bounded("UID of the pod", uid), l.bounded("name of the pod", pod),
		l.bounded("namespace of the pod", namespace)}
	if name != "" {
		l.info.Name = l.bounded("name", name)
	}
	l.evidence("its labels name the pod %s in the namespace %s", l.info.Pod.Name, l.info.Pod.Namespace)
}
