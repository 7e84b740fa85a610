// Package compare is `bones diff`: in what two containers or processes differ, or one from what it was.
package compare

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strconv"
	"strings"

	"bones/cgroupview"
	"bones/cmd/bones/internal/target"
	"bones/procwalk"
	"bones/procwalk/detail"
	"bones/procwalk/fault"
	"bones/procwalk/mountinfo"
	"bones/procwalk/text"
	"bones/ui/rows"
)

// Fact is one thing that is known of a side, or why it is not.
type Fact struct {
	Section, Name string // safe to print
	Value         string // safe to print
	Err           error
}

// Side is what is known of one container or process at one moment.
type Side struct {
	Title string // safe to print
	Facts []Fact
	// Unread are whole sections that are not known, and why: nothing in them is compared.
	Unread map[string]error
}

func (s *Side) add(section, name, value string) {
	s.Facts = append(s.Facts, Fact{Section: section, Name: name, Value: text.Line(value)})
}

func (s *Side) fail(section, name string, err error) {
	s.Facts = append(s.Facts, Fact{Section: section, Name: name, Err: err})
}

// Gather reads what there is to know of the container or process that a TARGET names, of a container from the process
// that backs it. What may not be read is a Fact with the reason; an error means that there is no such target.
func Gather(ctx context.Context, f target.Finder, word string) (*Side, error) {
	snap, x, p, c, err := f.Process(ctx, word)
	if err != nil {
		return nil, err
	}
	if c == nil {
		c, _ = x.Of(p)
	}
	s := &Side{Title: text.Line(x.NameProcess(p).Raw()), Unread: map[string]error{}}
	if c != nil {
		s.Title = text.Line(c.Title().Raw())
		s.add("identity", "image", c.Info.Image.Raw())
		s.add("identity", "runtime", string(c.Runtime))
	}
	var d *detail.Detail
	if f.Past != nil {
		d = f.Past.Facts.Detail(p)
	} else {
		d = detail.NewReader(f.Proc).Read(ctx, p.ID())
	}
	if d.Err != nil && f.Past == nil {
		return nil, fmt.Errorf("%s: PID %d: %w", text.Sanitise(word), p.PID, d.Err)
	}
	s.identity(p, d)
	s.namespaces(p)
	s.limits(ctx, f, word, snap.Host.MemTotal)
	s.security(d)
	s.resources(d)
	s.environment(d)
	s.mounts(f, p.ID())
	return s, nil
}

func (s *Side) identity(p *procwalk.Process, d *detail.Detail) {
	s.add("identity", "program", p.Comm.Raw())
	if d.Exe.Err != nil {
		s.fail("identity", "executable", traced(d.Exe.Err))
	} else {
		s.add("identity", "executable", d.Exe.Value.Target.Raw())
	}
	if st := d.Status; st == nil || st.Err != nil {
		s.fail("identity", "user", statusErr(st))
	} else {
		s.add("identity", "user", fmt.Sprintf("%d (effective %d)", st.UID, st.EUID))
		s.add("identity", "group", fmt.Sprintf("%d (effective %d)", st.GID, st.EGID))
	}
}

// traced is the error of a fact that only those see who may trace the process.
func traced(err error) error {
	if !errors.Is(err, fs.ErrPermission) {
		return err
	}
	return &fault.Error{Kind: fault.NotPermitted, Hint: "needs " + fault.ToTrace, Err: err}
}

func statusErr(st *procwalk.Status) error {
	if st == nil {
		return detail.ErrNotAsked
	}
	return st.Err
}

func (s *Side) namespaces(p *procwalk.Process) {
	if p.NS == nil {
		s.Unread["namespaces"] = detail.ErrNotAsked
		return
	}
	for t := range procwalk.NSTypes {
		if err := p.NS.Err[t]; err != nil {
			s.fail("namespaces", t.String(), traced(err))
		} else {
			s.add("namespaces", t.String(), strconv.FormatUint(p.NS.Inode[t], 10))
		}
	}
}

// limits are those that bind, each with the level that it is set at.
func (s *Side) limits(ctx context.Context, f target.Finder, word string, total uint64) {
	h, err := f.CgroupHost()
	if err != nil {
		s.Unread["limits"] = err
		return
	}
	t, err := f.GroupsToRead(ctx, h, word)
	if err != nil {
		s.Unread["limits"] = err
		return
	}
	sample := h.Sample(t.Groups, total)
	one := func(name string, l cgroupview.Limit, value string) {
		if err := l.Known(); err != nil {
			s.fail("limits", name, err)
		} else {
			s.add("limits", name, value)
		}
	}
	one("memory", sample.MemoryLimit, rows.LimitText(sample.MemoryLimit, true))
	one("swap", sample.SwapLimit, rows.LimitText(sample.SwapLimit, true))
	one("cpus", sample.CPULimit, rows.QuotaText(sample.CPULimit))
	one("pids", sample.PIDsLimit, rows.LimitText(sample.PIDsLimit, false))
}

func (s *Side) security(d *detail.Detail) {
	if d.Label.Err == nil {
		s.add("security", "label", d.Label.Value.Raw())
	} else if !errors.Is(d.Label.Err, procwalk.ErrUnsupported) {
		s.fail("security", "label", d.Label.Err)
	}
	st := d.Status
	if st == nil || st.Err != nil {
		s.Unread["capabilities"] = statusErr(st)
		s.fail("security", "seccomp", statusErr(st))
		return
	}
	s.add("security", "no new privileges", strconv.FormatBool(st.NoNewPrivs))
	if st.Seccomp >= 0 {
		s.add("security", "seccomp", fmt.Sprintf("%s, %d filters", []string{"off", "strict", "filter"}[min(st.Seccomp, 2)],
			st.SeccompFilters))
	}
	for n := range 64 {
		var in []string
		for _, set := range []struct {
			name string
			mask uint64
		}{{"effective", st.CapEff}, {"permitted", st.CapPrm}, {"inheritable", st.CapInh}, {"bounding", st.CapBnd},
			{"ambient", st.CapAmb}} {
			if set.mask>>n&1 != 0 {
				in = append(in, set.name)
			}
		}
		if len(in) > 0 {
			s.add("capabilities", rows.CapName(n), strings.Join(in, " "))
		}
	}
}

func (s *Side) resources(d *detail.Detail) {
	if d.OOMScoreAdj.Err != nil {
		s.fail("rlimits", "oom_score_adj", d.OOMScoreAdj.Err)
	} else {
		s.add("rlimits", "oom_score_adj", strconv.FormatInt(d.OOMScoreAdj.Value, 10))
	}
	if d.Limits.Err != nil {
		s.Unread["rlimits"] = d.Limits.Err
		return
	}
	word := func(n uint64) string {
		if n == detail.Unlimited {
			return "unlimited"
		}
		return strconv.FormatUint(n, 10)
	}
	for _, l := range d.Limits.Value {
		s.add("rlimits", l.Name, word(l.Soft)+":"+word(l.Hard))
	}
}

// environment has the names alone: a value may be a secret.
func (s *Side) environment(d *detail.Detail) {
	if d.Environ.Err != nil {
		s.Unread["environment"] = traced(d.Environ.Err)
		return
	}
	seen := map[string]bool{}
	for _, v := range d.Environ.Value.Vars {
		if name := text.Line(v.Name.Raw()); name != "" && !seen[name] {
			seen[name] = true
			s.add("environment", name, "set")
		}
	}
	if d.Environ.Value.Truncated {
		s.fail("environment", "(the rest)", errors.New("it is longer than bones reads"))
	}
}

func (s *Side) mounts(f target.Finder, id procwalk.ID) {
	if f.Past != nil {
		s.Unread["mounts"] = detail.ErrNotAsked
		return
	}
	list, err := Mounts(f.Proc, id)
	if err != nil && len(list) == 0 {
		s.Unread["mounts"] = err
		return
	}
	if err != nil {
		s.fail("mounts", "(the rest)", err)
	}
	times := map[string]int{}
	for _, m := range list {
		name := text.Line(m.Point.Raw())
		if times[name]++; times[name] > 1 {
			name += fmt.Sprintf(" (%d)", times[name]) // one on top of the other
		}
		s.add("mounts", name, fmt.Sprintf("%s of %s, root %s, %s", m.FSType, m.Source, m.Root, m.Options))
	}
}

// Mounts reads the mounts that a process sees, by its identity.
func Mounts(proc string, id procwalk.ID) ([]mountinfo.Mount, error) {
	folder, err := procwalk.OpenFolder(proc, id)
	if err != nil {
		return nil, err
	}
	defer folder.Close()
	living, err := folder.Living()
	if err != nil {
		return nil, err
	}
	defer living.Close()
	b, cut, err := living.Read("mountinfo", mountinfo.Max)
	if err != nil {
		return nil, err
	}
	return parsed(b, cut)
}

// parsed are the mounts of a text. One that was cut may end where a line does.
func parsed(b []byte, cut bool) ([]mountinfo.Mount, error) {
	list, err := mountinfo.Parse(b)
	if cut && err == nil {
		err = mountinfo.ErrCut
	}
	return list, err
}
