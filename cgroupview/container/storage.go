package container

import (
	"bytes"
	"cmp"
	"encoding/json"

	"bones/cgroupview/container/ids"
	"bones/procwalk/text"
)

// storagePlace is a storage of github.com/containers/storage, which podman and CRI-O use: graph for what stays, run
// for what a reboot ends. For a user these are the home and runtime directories, with the ways from there.
type storagePlace struct {
	graph     directory
	graphRel  string
	run       directory
	runPrefix string
}

// storageContainer is an entry of DRIVER-containers/containers.json.
//
// Source: github.com/containers/storage, containers.go.
type storageContainer struct {
	ID       string   `json:"id"`
	Names    []string `json:"names"`
	Metadata string   `json:"metadata"` // JSON within JSON, chosen by the engine
}

// storageMetadata is what podman and CRI-O put into Metadata.
//
// Source: podman, libpod/storage.go; CRI-O, internal/storage/runtime.go (RuntimeContainerMetadata).
type storageMetadata struct {
	ImageName     string `json:"image-name"`
	Name          string `json:"name"`
	PodName       string `json:"pod-name"` // CRI-O
	ContainerName string `json:"container-name"`
}

var (
	storageDrivers = [...]string{"overlay", "vfs", "btrfs", "zfs", "aufs", "devicemapper"}
	storageLists   = [...]string{"containers.json", "volatile-containers.json"}
)

func parseStorage(b []byte) (map[string]storageContainer, error) {
	list, err := decode[[]storageContainer](b)
	if err != nil {
		return nil, err
	}
	m := make(map[string]storageContainer, len(*list))
	for _, c := range *list {
		m[c.ID] = c
	}
	return m, nil
}

func (l *lookup) storage(e ChainEntry, id string) {
	if !ids.Hex64(id) {
		return
	}
	for _, p := range l.store.storage {
		if !l.mayKnow(p.graph, e) {
			continue
		}
		for _, driver := range storageDrivers {
			for _, name := range storageLists {
				rel := p.graphRel + "/" + driver + "-containers/" + name
				all, err := load(l.store.files, p.graph, rel, parseStorage)
				l.failed(err)
				if c, ok := all[id]; ok {
					l.storageContainer(p, driver, rel, c, e)
					return
				}
			}
		}
	}
}

func (l *lookup) storageContainer(p storagePlace, driver, rel string, c storageContainer, e ChainEntry) {
	engine := e.Runtime
	if len(c.Names) > 0 {
		l.info.Name = l.bounded("name", c.Names[0])
	}
	var m storageMetadata
	if c.Metadata != "" {
		if err := json.Unmarshal([]byte(c.Metadata), &m); err != nil {
			l.evidence("%s: the metadata of the container is not JSON", text.New(p.graph.at(rel)))
		}
	}
	l.info.Image = l.bounded("name of the image", m.ImageName)
	if l.info.Name.Len() == 0 {
		l.info.Name = l.bounded("name", cmp.Or(m.Name, m.ContainerName))
	}
	if engine != Podman && engine != CRIO {
		engine = Podman
		if m.PodName != "" {
			engine = CRIO
		}
	}
	l.found(engine)
	l.evidence("%s: its name is %s, its image %s", text.New(p.graph.at(rel)), l.info.Name, l.info.Image)

	userdata := driver + "-containers/" + c.ID + "/userdata/"
	spec, err := load(l.store.files, p.run, p.runPrefix+userdata+"config.json", decode[ociSpec])
	if gone(err) {
		spec, err = load(l.store.files, p.graph, p.graphRel+"/"+userdata+"config.json", decode[ociSpec])
	}
	if l.failed(err); err == nil {
		l.labels(spec.Annotations)
		l.kubernetesLabels(l.info.Name.Raw(), spec.Annotations)
	}
	if l.info.Pod.Name.Len() == 0 && engine == Podman {
		l.podmanPod(p, e)
	}
	l.crun(c.ID, e, engine)
	if !l.sureInit {
		l.runc(c.ID, e, engine)
	}
	if l.sureInit {
		return
	}
	pid, err := load(l.store.files, p.run, p.runPrefix+userdata+"pidfile", parsePID)
	if l.failed(err); err == nil {
		l.init(p.run.at(p.runPrefix+userdata+"pidfile"), pid, 0)
	}
}

// podmanStates are the files in which Podman keeps its state: a Bolt database, since version 5 one of SQLite.
var podmanStates = [...]string{"db.sql", "libpod/bolt_state.db", "libpod/db.sql"}

// podmanPod takes the name of a pod from Podman's state.
func (l *lookup) podmanPod(p storagePlace, e ChainEntry) {
	if !ids.Hex64(e.PodUID.Raw()) {
		return
	}
	for _, state := range podmanStates {
		rel := p.graphRel + "/" + state
		pods, err := load(l.store.files, p.graph, rel, podNames)
		if l.failed(err); pods[e.PodUID.Raw()] != "" {
			l.info.Pod = PodInfo{UID: e.PodUID, Name: l.bounded("name of the pod", pods[e.PodUID.Raw()])}
			l.evidence("%s: the pod is called %s", text.New(p.graph.at(rel)), l.info.Pod.Name)
			return
		}
	}
}

// podNames finds the configurations of pods in a database, which both kinds keep as JSON that begins with the id and
// the name. A page that is free by now may hold an old one: the name of an id never changes.
//
// Source: podman, libpod/pod.go (PodConfig).
func podNames(b []byte) (map[string]string, error) {
	const begin, then = `{"id":"`, `","name":"`
	pods := map[string]string{}
	for {
		_, rest, ok := bytes.Cut(b, []byte(begin))
		if !ok {
			return pods, nil
		}
		if b = rest; len(b) < 64+len(then) || !ids.Hex64(string(b[:64])) || string(b[64:64+len(then)]) != then {
			continue
		}
		if name, _, ok := bytes.Cut(b[64+len(then):min(len(b), 64+len(then)+maxName)], []byte{'"'}); ok &&
			!bytes.ContainsAny(name, "\x00\\") {
			pods[string(b[:64])] = string(name)
		}
	}
}
