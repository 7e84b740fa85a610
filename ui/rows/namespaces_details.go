package rows

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"bones/nsview"
	"bones/procwalk"
	"bones/procwalk/idmap"
	"bones/procwalk/mountinfo"
	"bones/procwalk/text"
)

// NSFact is one line of details: a name and a value, safe to show on one line of a terminal.
type NSFact struct {
	Name  string
	Value string
	Style Style
}

// NSFacts says what is known about a namespace: its relations, what holds it, and what it isolates.
func NSFacts(v *nsview.View, n *nsview.Namespace, d nsview.Details, names NSNames) []NSFact {
	var f nsFacts
	f.relations(n, names)
	for _, where := range NSWhere(v, n) {
		f.add("held by", where)
	}
	switch {
	case d.Err != nil:
		f = append(f, NSFact{"inside", "not known: " + NSReason(d.Err), Warn})
	case d.Net != nil:
		f.net(d.Net)
	case d.UTS != nil:
		f.add("host name", d.UTS.HostName.String())
		f.add("domain name", d.UTS.DomainName.String())
	case d.User != nil:
		f.user(d.User)
	case d.Mnt != nil:
		f.mnt(d.Mnt)
	case d.PID != nil:
		f.add("level", strconv.Itoa(d.PID.Level))
		if d.PID.Init != 0 {
			f.add("its PID 1", strconv.Itoa(d.PID.Init)+" here")
		}
	case d.IPC != nil:
		f.add("message queues", strconv.Itoa(d.IPC.Queues))
		f.add("semaphore sets", strconv.Itoa(d.IPC.Semaphores))
		f.add("shared memory segments", strconv.Itoa(d.IPC.SharedMemory))
	case d.Time != nil:
		f.add("monotonic clock", nsOffset(d.Time.Monotonic))
		f.add("clock since boot", nsOffset(d.Time.Boottime))
	case d.Cgroup != nil:
		for _, r := range d.Cgroup.Roots {
			name := "root"
			if r.Controllers.Len() > 0 {
				name += " (" + r.Controllers.String() + ")"
			}
			f.add(name, r.Path.String())
		}
	}
	return f
}

type nsFacts []NSFact

func (f *nsFacts) add(name, value string) { *f = append(*f, NSFact{Name: name, Value: value}) }

func (f *nsFacts) relations(n *nsview.Namespace, names NSNames) {
	rel := n.Relations
	switch {
	case !rel.Known:
		return
	case rel.Err != nil:
		*f = append(*f, NSFact{"relations", "not known: " + NSReason(rel.Err), Warn})
		return
	}
	if nsview.HasParent(n.Type) {
		f.add("parent", nsRelated(rel.Parent, rel.ParentErr))
	}
	f.add("owner", nsRelated(rel.Owner, rel.OwnerErr))
	if n.Type == procwalk.User && rel.UIDErr == nil {
		f.add("made by", NSUser(rel.UID, names))
	}
}

func nsRelated(k nsview.Key, err error) string {
	if err != nil {
		return NSReason(err)
	}
	return k.String()
}

func (f *nsFacts) net(d *nsview.NetDetails) {
	for _, i := range d.Interfaces {
		words := []string{i.Name.String()}
		if i.Flags != "" {
			state := "down"
			if strings.Contains("|"+i.Flags+"|", "|up|") {
				state = "up"
			}
			words = append(words, state)
		}
		if i.MTU != 0 {
			words = append(words, "mtu "+strconv.Itoa(i.MTU))
		}
		if i.MAC != "" {
			words = append(words, i.MAC)
		}
		f.add("interface", strings.Join(append(words, i.Addrs...), "  "))
	}
	for _, a := range d.Loose {
		f.add("address", a)
	}
	if d.Missing != "" {
		f.add("addresses not read", text.Line(d.Missing))
	}
}

func (f *nsFacts) user(d *nsview.UserDetails) {
	for _, m := range []struct {
		name   string
		ranges idmap.Map
	}{{"uids", d.UIDs}, {"gids", d.GIDs}} {
		if len(m.ranges) == 0 {
			f.add(m.name, "none mapped yet: all show as the overflow id")
		}
		for _, r := range m.ranges {
			f.add(m.name, r.String())
		}
	}
	if d.Setgroups != "" {
		f.add("setgroups", text.Sanitise(d.Setgroups))
	}
}

func (f *nsFacts) mnt(d *nsview.MntDetails) {
	f.add("mounts", strconv.Itoa(d.Count))
	switch {
	case d.Same:
		f.add("against the host", "it is the host's own")
		return
	case d.HostPID == 0:
		f.add("against the host", "the host's mounts are not known")
		return
	}
	f.add("against the host", fmt.Sprintf("%d more, %d fewer than PID %d has", len(d.Added), len(d.Missing), d.HostPID))
	for _, m := range d.Added {
		f.add("+ "+m.Point.String(), nsMount(m))
	}
	for _, m := range d.Missing {
		f.add("- "+m.Point.String(), nsMount(m))
	}
}

func nsMount(m mountinfo.Mount) string {
	s := m.FSType.String() + " from " + m.Source.String()
	if root := m.Root.Raw(); root != "/" {
		s += ", " + m.Root.String() + " of it"
	}
	return s
}

func nsOffset(d time.Duration) string {
	if d == 0 {
		return "as on the host"
	}
	return fmt.Sprintf("%+.9f s", d.Seconds())
}
