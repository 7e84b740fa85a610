package container

import (
	"cmp"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"time"

	"bones/cgroupview/container/ids"
	"bones/procwalk/text"
)

// Stopped is a container that an engine keeps a record of and that has no process.
type Stopped struct {
	Runtime Runtime
	ID      text.Text
	Name    text.Text
	Image   text.Text
	User    *uint32   // whose engine it is; nil: root's
	Exit    *int      // the status that its main process ended with; nil: the record does not say
	OOM     bool      // the engine says that the kernel ended it for want of memory
	Ended   time.Time // zero: the record does not say, or it was never started
	Created bool      // it was made, and never started
	// Restarting: its engine waits until it starts it again, as its restart policy says.
	Restarting bool
}

// stoppedMost bounds how many records of each engine are read: a host that makes containers by the minute and removes
// none of them has tens of thousands.
const stoppedMost = 2000

// Stopped lists the containers that engines keep on the disk and of which nothing runs. running reports whether an id
// is that of one which does: containers/storage, which Podman and CRI-O use, does not say so. more reports whether
// there are more than were read. What cannot be read is among the errors; an engine that is not there is none.
//
// The engines asked are Docker and those over containers/storage. runc, crun and containerd forget a container with
// its last process.
func (s *Store) Stopped(running func(id string) bool) (list []Stopped, more bool, errs []error) {
	fail := func(err error) {
		if err != nil && !gone(err) {
			errs = append(errs, err)
		}
	}
	for _, p := range s.docker {
		for _, p := range append([]dockerPlace{p}, s.remapped(p)...) {
			names, err := s.files.list(p.data, strings.TrimSuffix(p.prefix+"containers", "/"))
			fail(err)
			slices.Sort(names)
			for i, id := range names {
				if i == stoppedMost {
					more = true
					break
				}
				if !ids.Hex64(id) || running(id) {
					continue
				}
				c, err := s.dockerStopped(p, id)
				if fail(err); err == nil && c != nil {
					list = append(list, *c)
				}
			}
		}
	}
	for _, p := range s.storage {
		for _, driver := range storageDrivers {
			for _, name := range storageLists {
				all, err := load(s.files, p.graph, p.graphRel+"/"+driver+"-containers/"+name, parseStorage)
				fail(err)
				found := 0
				for id, c := range all {
					if running(id) {
						continue
					}
					if found++; found > stoppedMost {
						more = true
						break
					}
					list = append(list, storageStopped(p, c))
				}
			}
		}
	}
	slices.SortFunc(list, func(a, b Stopped) int {
		return cmp.Or(b.Ended.Compare(a.Ended), cmp.Compare(a.Name.Raw(), b.Name.Raw()), cmp.Compare(a.ID.Raw(), b.ID.Raw()))
	})
	return list, more, errs
}

// dockerStopped reads one record of Docker's; nil: it runs.
func (s *Store) dockerStopped(p dockerPlace, id string) (*Stopped, error) {
	data := p.data
	data.strict = p.remapped
	c, err := load(s.files, data, p.prefix+"containers/"+id+"/config.v2.json", decode[dockerConfig])
	if err != nil {
		return nil, err
	}
	if c.ID != id || c.State.Running && !c.State.Restarting {
		return nil, nil
	}
	stopped := &Stopped{Runtime: Docker, ID: text.New(id), Name: boundedText(strings.TrimPrefix(c.Name, "/")),
		Image: boundedText(cmp.Or(c.Config.Image, c.Image)), User: p.data.user, OOM: c.State.OOMKilled,
		Ended: recordedTime(c.State.FinishedAt), Created: recordedTime(c.State.StartedAt).IsZero(),
		Restarting: c.State.Restarting}
	if !stopped.Created {
		stopped.Exit = &c.State.ExitCode
	}
	return stopped, nil
}

func storageStopped(p storagePlace, c storageContainer) Stopped {
	stopped := Stopped{Runtime: Podman, ID: text.New(c.ID), User: p.graph.user}
	var m storageMetadata
	if json.Unmarshal([]byte(c.Metadata), &m) == nil {
		stopped.Image = boundedText(m.ImageName)
	}
	if m.PodName != "" {
		stopped.Runtime = CRIO
	}
	name := cmp.Or(m.Name, m.ContainerName)
	if len(c.Names) > 0 {
		name = c.Names[0]
	}
	stopped.Name = boundedText(name)
	return stopped
}

// recordedTime reads a time of a record; what is none is the zero time.
func recordedTime(s string) time.Time {
	t, err := time.Parse(time.RFC3339Nano, s)
	if err != nil || t.Year() <= 1 {
		return time.Time{}
	}
	return t
}

// boundedText is what somebody else wrote, as far as a table shows it.
func boundedText(s string) text.Text {
	const most = 4096
	return text.New(s[:min(len(s), most)])
}

// ErrNoRecords is why no stopped containers are known: only the disk of a host tells of them.
var ErrNoRecords = errors.New("the engines' records are not available")
