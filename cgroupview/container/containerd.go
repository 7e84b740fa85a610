package container

import (
	"bytes"
	"errors"
	"strconv"

	"bones/cgroupview/container/ids"
	"bones/procwalk/text"
)

// taskDirs are where containerd's shims have a directory NAMESPACE/ID for each container that runs.
//
// Source: github.com/containerd/containerd, docs/ops.md and core/runtime/v2.
var taskDirs = [...]string{"io.containerd.runtime.v2.task", "io.containerd.runtime.v1.linux"}

func (l *lookup) containerd(id string) {
	for _, p := range l.store.containerd {
		for _, tasks := range taskDirs {
			namespaces, err := l.store.files.list(p, tasks)
			l.failed(err)
			for _, ns := range namespaces {
				if l.task(p, tasks, ns, id) {
					return
				}
			}
		}
	}
}

func (l *lookup) task(p directory, tasks, ns, id string) bool {
	dir := tasks + "/" + ns + "/" + id
	spec, err := load(l.store.files, p, dir+"/config.json", decode[ociSpec])
	if err != nil {
		l.failed(err)
		return false
	}
	l.evidence("%s: containerd runs it in its namespace %s", text.New(p.at(dir)), text.New(ns))
	if ns == "moby" {
		l.docker(ChainEntry{}, id)
	}
	l.found(Containerd)
	l.criAnnotations(spec.Annotations)
	l.runcAt(p, "runc/"+ns+"/"+id+"/state.json", id)
	pid, err := load(l.store.files, p, dir+"/init.pid", parsePID)
	if l.failed(err); err == nil {
		l.init(p.at(dir+"/init.pid"), pid, 0)
	}
	if l.info.Name.Len() == 0 && !ids.Hex64(id) {
		l.info.Name = text.New(id) // ctr's user chose it
	}
	return true
}

// criAnnotations takes what containerd's CRI service, or nerdctl, wrote into the OCI configuration.
//
// Source: containerd, internal/cri/annotations; nerdctl, pkg/labels.
func (l *lookup) criAnnotations(m map[string]string) {
	l.labels(m)
	const cri = "io.kubernetes.cri."
	if l.info.Name.Len() == 0 {
		l.info.Name = l.bounded("name", m["nerdctl/name"])
	}
	if m[cri+"container-type"] == "" {
		return
	}
	l.info.Pod = PodInfo{l.bounded("UID of the pod", m[cri+"sandbox-uid"]),
		l.bounded("name of the pod", m[cri+"sandbox-name"]),
		l.bounded("namespace of the pod", m[cri+"sandbox-namespace"])}
	l.info.Name, l.info.Image = l.bounded("name", m[cri+"container-name"]), l.bounded("name of the image",
		m[cri+"image-name"])
	if m[cri+"container-type"] == "sandbox" {
		l.info.Name = text.New("POD") // what Kubernetes calls the container that holds a pod's namespaces
	}
	l.evidence("its annotations name the container %s of the pod %s in the namespace %s", l.info.Name, l.info.Pod.Name,
		l.info.Pod.Namespace)
}

// parsePID reads a file that holds a PID, with or without an end of line.
func parsePID(b []byte) (int, error) {
	b = bytes.TrimSuffix(b, []byte("\n"))
	n, err := strconv.ParseUint(string(b), 10, 31)
	if err != nil || n == 0 || b[0] == '+' {
		return 0, errors.New("not a PID")
	}
	return int(n), nil
}
