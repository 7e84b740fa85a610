package container

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"

	"bones/cgroupview/container/ids"
	"bones/procwalk/fault"
	"bones/procwalk/text"
)

// LogForm is how an engine writes down what a container prints.
type LogForm string

// The forms that bones reads.
const (
	LogJSON    LogForm = "json-file" // Docker's: a JSON object a line
	LogCRI     LogForm = "cri"       // of the kubelet's engines, and Podman's k8s-file
	LogJournal LogForm = "journald"  // in systemd's journal
	LogConsole LogForm = "console"   // LXC's: what the console showed, without times
)

// Log is where an engine keeps what a container prints.
type Log struct {
	Form LogForm
	ID   text.Text // of the container
	User *uint32   // whose engine writes it; nil: root's
	Path text.Text // the file, as the host names it; empty: the journal
	Root string    // the root directory of the host, for the journal

	files    *files
	dir      directory
	rel      string // of the file, below dir
	compared func(a, b string) int
}

// maxRotated is how many earlier files of one log are looked at.
const maxRotated = 1000

// Open opens the file that is written now. The error is fs.ErrNotExist if there is none yet.
func (l *Log) Open() (*os.File, error) { return l.open(l.rel) }

// OpenEarlier opens one of the files that Earlier lists.
func (l *Log) OpenEarlier(name string) (*os.File, error) {
	if !plainName(name) {
		return nil, fs.ErrNotExist
	}
	return l.open(path.Dir(l.rel) + "/" + name)
}

// Earlier lists the files that the log was rotated to, the latest first. A name that ends in .gz is compressed.
func (l *Log) Earlier() ([]string, error) {
	names, err := l.files.list(l.dir, path.Dir(l.rel))
	base := path.Base(l.rel) + "."
	names = slices.DeleteFunc(names, func(name string) bool {
		rest, ok := strings.CutPrefix(name, base)
		return !ok || !isRotation(strings.TrimSuffix(rest, ".gz"))
	})
	slices.SortFunc(names, func(a, b string) int {
		return l.compared(strings.TrimSuffix(a[len(base):], ".gz"), strings.TrimSuffix(b[len(base):], ".gz"))
	})
	if len(names) > maxRotated {
		names = names[:maxRotated]
		err = errors.Join(err, fmt.Errorf("%s: more than %d earlier files; the oldest are not read", l.Path, maxRotated))
	}
	return names, err
}

// isRotation reports whether the rest of a name is the number or the time that a log was rotated with.
func isRotation(s string) bool { return s != "" && ids.Digits(strings.ReplaceAll(s, "-", "")) }

// open opens a log by the rules for records, but for its size.
func (l *Log) open(rel string) (*os.File, error) {
	fd, _, err := l.files.openAny(l.dir, rel)
	if err != nil {
		return nil, &pathError{l.dir.at(rel), err}
	}
	defer unix.Close(fd)
	r, err := unix.Open("/proc/self/fd/"+strconv.Itoa(fd), unix.O_RDONLY|unix.O_NONBLOCK|unix.O_NOCTTY|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, &pathError{l.dir.at(rel), err}
	}
	return os.NewFile(uintptr(r), text.New(l.dir.at(rel)).String()), nil
}

// Log finds where the engine that has a record of a container writes what it prints. user is whose record is believed
// beside root's, info what the disk says of it. An engine that keeps no log, or none that bones reads, is
// fault.Unsupported, and the error says what to do.
func (s *Store) Log(c Chain, user *uint32, info Info) (*Log, error) {
	e, _ := c.Container()
	if len(c.Containers()) > 1 && !info.Found {
		return nil, fault.New(fault.Unsupported,
			"the engine in the container around it keeps what it prints; ask that engine")
	}
	e.Runtime = cmp.Or(info.Runtime, e.Runtime)
	l := &lookup{store: s, user: user}
	return l.log(e, info.Name.Raw(), info.Pod)
}

// LogOf is Log for a container that does not run.
func (s *Store) LogOf(c Stopped) (*Log, error) {
	l := &lookup{store: s, user: c.User}
	return l.log(ChainEntry{Runtime: c.Runtime, ID: c.ID, Kind: Container}, c.Name.Raw(), PodInfo{})
}

func (l *lookup) log(e ChainEntry, name string, pod PodInfo) (*Log, error) {
	id := e.ID.Raw()
	if e.Runtime == LXC {
		return l.lxcLog(id)
	}
	if !ids.Hex64(id) {
		return nil, noLog(e.Runtime)
	}
	switch {
	case e.Runtime == Docker || e.Runtime == ECS:
		return l.dockerLog(e, id)
	case pod.UID.Len() > 0 && (e.Runtime == Containerd || e.Runtime == CRIO || e.Runtime == CRI):
		return l.podLog(id, name, pod)
	case e.Runtime == Containerd:
		return l.nerdctlLog(id)
	case e.Runtime == Podman:
		return l.podmanLog(e, id)
	}
	return nil, noLog(e.Runtime)
}

func noLog(r Runtime) error {
	return fault.New(fault.Unsupported, fmt.Sprintf("%s keeps no log that bones can read of what it prints",
		cmp.Or(string(r), "what made it")))
}

// dockerHostConfig is DATA/containers/ID/hostconfig.json, as far as it tells of the log.
//
// Source: github.com/moby/moby, api/types/container/hostconfig.go (LogConfig).
type dockerHostConfig struct {
	LogConfig struct{ Type string }
}

func (l *lookup) dockerLog(e ChainEntry, id string) (*Log, error) {
	var first error
	for _, p := range l.store.docker {
		if !l.mayKnow(p.data, e) {
			continue
		}
		for _, p := range append([]dockerPlace{p}, l.store.remapped(p)...) {
			log, err := l.dockerLogAt(p, id)
			if err == nil || !gone(err) {
				return log, err
			}
			if first == nil {
				first = err
			}
		}
	}
	if first == nil {
		first = fault.New(fault.Gone, "Docker has no record of it")
	}
	return nil, first
}

func (l *lookup) dockerLogAt(p dockerPlace, id string) (*Log, error) {
	data := p.data
	data.strict = p.remapped
	dir := p.prefix + "containers/" + id + "/"
	c, err := load(l.store.files, data, dir+"config.v2.json", decode[dockerConfig])
	if err != nil {
		return nil, err
	}
	h, err := load(l.store.files, data, dir+"hostconfig.json", decode[dockerHostConfig])
	if err != nil {
		return nil, err
	}
	log := &Log{Form: LogForm(h.LogConfig.Type), ID: text.New(id), User: data.user, Root: l.store.files.root,
		files: l.store.files, dir: data, rel: dir + id + "-json.log", compared: byNumber}
	switch log.Form {
	case LogJournal:
		return log, nil
	case LogJSON:
		log.Path = text.New(data.at(log.rel))
		// Docker's own directory or none: a record could lead anywhere. An engine that never started it names none yet.
		if base := path.Base(c.LogPath); c.LogPath != "" && base != id+"-json.log" {
			return nil, fmt.Errorf("%s: it names the log %s, which is not where Docker writes one; not read",
				text.New(data.at(dir+"config.v2.json")), text.New(c.LogPath))
		}
		return log, nil
	case "local":
		return nil, fault.New(fault.Unsupported, "Docker's log driver local writes files in a form of its own that bones "+
			"does not read; docker logs does")
	case "none":
		return nil, fault.New(fault.Unsupported, "it was started with --log-driver none: nobody keeps what it prints")
	}
	return nil, fault.New(fault.Unsupported,
		fmt.Sprintf("Docker hands what it prints to the log driver %s; what there is "+
			"on this host, docker logs shows", text.New(h.LogConfig.Type)))
}

// podLog is the kubelet's directory for a container of a pod: a file for each time that it was started, of which the
// last one counts.
//
// Source: Kubernetes, pkg/kubelet/kuberuntime/helpers.go (BuildContainerLogsDirectory).
func (l *lookup) podLog(id, name string, pod PodInfo) (*Log, error) {
	dir := pod.Namespace.Raw() + "_" + pod.Name.Raw() + "_" + pod.UID.Raw()
	if !plainName(dir) || !plainName(name) {
		return nil, fault.New(fault.Unsupported, "the names of its pod and container are not such as the kubelet makes "+
			"directories of")
	}
	p := directory{dir: "/var/log/pods"}
	names, err := l.store.files.list(p, dir+"/"+name)
	if err != nil {
		return nil, err
	}
	last := -1
	for _, file := range names {
		if s, ok := strings.CutSuffix(file, ".log"); ok && ids.Digits(s) {
			if n, err := strconv.Atoi(s); err == nil {
				last = max(last, n)
			}
		}
	}
	if last < 0 {
		return nil, fmt.Errorf("%s: no log is in it: %w", text.New(p.at(dir+"/"+name)), fs.ErrNotExist)
	}
	rel := fmt.Sprintf("%s/%s/%d.log", dir, name, last)
	// A rotated file has the time in its name, which sorts as text.
	return &Log{Form: LogCRI, ID: text.New(id), Path: text.New(p.at(rel)), files: l.store.files, dir: p, rel: rel,
		compared: func(a, b string) int { return cmp.Compare(b, a) }}, nil
}

// podmanLog is ctr.log of Podman's driver k8s-file where there is one. Which driver a container has stands in Podman's
// database alone; its other one is the journal.
//
// Source: podman, libpod/container_internal.go (LogPath).
func (l *lookup) podmanLog(e ChainEntry, id string) (*Log, error) {
	for _, p := range l.store.storage {
		if !l.mayKnow(p.graph, e) {
			continue
		}
		for _, driver := range storageDrivers {
			rel := p.graphRel + "/" + driver + "-containers/" + id + "/userdata/ctr.log"
			fd, _, err := l.store.files.openAny(p.graph, rel)
			if errors.Is(err, fs.ErrNotExist) {
				continue
			}
			if err != nil {
				return nil, &pathError{p.graph.at(rel), err}
			}
			unix.Close(fd)
			return &Log{Form: LogCRI, ID: text.New(id), User: p.graph.user, Path: text.New(p.graph.at(rel)),
				files: l.store.files, dir: p.graph, rel: rel, compared: byNumber}, nil
		}
	}
	return &Log{Form: LogJournal, ID: text.New(id), User: l.user, Root: l.store.files.root}, nil
}

// byNumber orders what Docker appends: .1 is the latest.
func byNumber(a, b string) int { return cmp.Or(cmp.Compare(len(a), len(b)), cmp.Compare(a, b)) }
