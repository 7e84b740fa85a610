// Package explain gathers what is known of a process, to explain why it is, or is not, in a container.
package explain

import (
	"context"
	"fmt"
	"path/filepath"
	"reflect"
	"slices"

	"bones/cgroupview"
	"bones/cgroupview/inventory"
	"bones/cmd/bones/internal/privilege"
	"bones/cmd/bones/internal/target"
	"bones/nsview"
	"bones/procwalk"
	"bones/procwalk/accounts"
	"bones/procwalk/detail"
	"bones/procwalk/mountinfo"
	"bones/procwalk/text"
	"bones/ui/rows"

	"golang.org/x/sys/unix"
)

// Explainer gathers the facts of one process after another.
type Explainer struct {
	finder   target.Finder
	reader   *detail.Reader
	users    func(uid uint32) string
	canTrace bool
}

// New returns an Explainer of the processes of this host.
func New(f target.Finder) *Explainer {
	e := &Explainer{finder: f, reader: detail.NewReader(f.Proc),
		users: accounts.New(accounts.Users(f.Proc)).Name, canTrace: privilege.Has(unix.CAP_SYS_PTRACE)}
	if f.Past != nil {
		e.users = f.Past.User
	}
	return e
}

// detail is what is known of a process beyond its row: read now, or recorded.
func (e *Explainer) detail(ctx context.Context, p *procwalk.Process) *detail.Detail {
	if e.finder.Past != nil {
		return e.finder.Past.Facts.Detail(p)
	}
	return e.reader.Read(ctx, p.ID())
}

// Facts reads what there is to know about a process of a snapshot that was taken with inventory.Want.
func (e *Explainer) Facts(ctx context.Context, s *procwalk.Snapshot, x *inventory.Inventory,
	p *procwalk.Process) *rows.ExplainFacts {
	f := &rows.ExplainFacts{ProcRoot: e.finder.Proc, Snap: s, Process: p, Chain: x.Chain(p), CanTrace: e.canTrace,
		Role:  x.Role(p),
		Users: e.users, ContainerOf: x.Label,
		Isolation: func(h nsview.Reference) [procwalk.NSTypes]nsview.Isolation {
			return x.Isolation(nsview.Groups(s), h, nil, p)
		},
		Detail: e.detail(ctx, p)}
	f.Guest, f.IsGuest = e.finder.Guest(p)
	if c, ok := x.Of(p); ok {
		f.Container = &rows.ExplainContainer{Name: c.Label(), Runtime: string(c.Runtime), Sandbox: c.Sandbox(),
			Guest: x.Guest(p),
			PIDs:  c.PIDs, Evidence: c.Evidence()}
		for _, o := range x.Outer(c) {
			f.Container.Outer = append(f.Container.Outer, o.Label())
		}
	}
	for _, c := range x.List {
		if q := s.Find(c.PID); q != nil && q.PPID == p.PID && !c.Sandbox() && !x.In(p, c) {
			f.Started = append(f.Started, c.Label())
		}
	}
	f.HostRoot = e.hostRoot(ctx, s, f)
	f.Apart = e.threads(s, p)
	defer e.starved(f)
	h, err := e.finder.CgroupHost()
	if err != nil {
		f.GroupsErr = err
		return f
	}
	f.Groups = h.Groups(p.Cgroups.Lines)
	f.Limits = limits(h, f.Groups, s.Host.MemTotal)
	return f
}

// starved tells of facts that are missing for want of a descriptor, which is no matter of the process.
func (e *Explainer) starved(f *rows.ExplainFacts) {
	errs := append(errorsIn(reflect.ValueOf(f.Detail)), f.GroupsErr, f.HostRoot.Err)
	for _, g := range f.Groups.Errors {
		errs = append(errs, g.Err)
	}
	if f.Apart != nil {
		errs = append(errs, f.Apart.Missed...)
	}
	e.finder.Missing("explain", errs...)
}

// errorsIn are the errors of all that was read on demand, also of what is part of something else, as the mount of the
// root is of the mounts.
func errorsIn(v reflect.Value) (list []error) {
	switch v.Kind() {
	case reflect.Pointer:
		if !v.IsNil() {
			return errorsIn(v.Elem())
		}
	case reflect.Struct:
		for i := range v.NumField() {
			if v.Type().Field(i).IsExported() {
				list = append(list, errorsIn(v.Field(i))...)
			}
		}
	case reflect.Interface:
		if err, ok := v.Interface().(error); ok {
			list = append(list, err)
		}
	}
	return list
}

// threads are those of a process that have namespaces of their own.
func (e *Explainer) threads(s *procwalk.Snapshot, p *procwalk.Process) *rows.ExplainThreads {
	if p.NumThreads < 2 {
		return nil
	}
	found := &rows.ExplainThreads{}
	if past := e.finder.Past; past != nil {
		if past.Facts == nil || !past.Facts.Whole {
			return nil // nobody looked for any
		}
		return apart(found, p, nsview.Groups(s).Recall(past.Facts.Namespaces, func(h nsview.Holder) bool {
			return h.Kind == nsview.ByThread && h.ID == p.ID()
		}))
	}
	r, err := nsview.NewReader(e.finder.Proc)
	if err != nil {
		found.Missed = append(found.Missed, err)
		return found
	}
	defer r.Close()
	return apart(found, p, r.ThreadsOf(nsview.Groups(s), p))
}

// apart notes the threads of a process that hold namespaces of a view.
func apart(found *rows.ExplainThreads, p *procwalk.Process, v *nsview.View) *rows.ExplainThreads {
	type which struct {
		tid  int
		next bool
	}
	at := map[which]int{}
	for i := range v.Namespaces {
		for _, h := range v.Namespaces[i].Holders {
			if h.Kind != nsview.ByThread || h.ID != p.ID() {
				continue
			}
			w := which{h.TID, h.Next}
			if _, ok := at[w]; !ok {
				at[w] = len(found.Threads)
				found.Threads = append(found.Threads, rows.ExplainThread{TID: h.TID, Next: h.Next})
			}
			t := &found.Threads[at[w]]
			t.In = append(t.In, v.Namespaces[i].Key)
		}
	}
	slices.SortFunc(found.Threads, func(a, b rows.ExplainThread) int { return a.TID - b.TID })
	for _, m := range v.Missed {
		found.Missed = append(found.Missed, m.Err)
	}
	return found
}

// hostRoot is what is mounted on the root of the process that stands for the host.
func (e *Explainer) hostRoot(ctx context.Context, s *procwalk.Snapshot,
	f *rows.ExplainFacts) detail.Field[mountinfo.Mount] {
	q := s.Find(nsview.HostOf(s).PID[procwalk.Mnt])
	if q == nil {
		return detail.Field[mountinfo.Mount]{Err: procwalk.ErrNone}
	}
	d := f.Detail
	if q != f.Process {
		d = e.detail(ctx, q)
	}
	switch {
	case d.Err != nil:
		return detail.Field[mountinfo.Mount]{Err: d.Err}
	case d.Mounts.Err != nil:
		return detail.Field[mountinfo.Mount]{Err: d.Mounts.Err}
	}
	return d.Mounts.Value.Root
}

// limits are the limits that bind a process in these groups.
func limits(h *cgroupview.FileSystem, g cgroupview.Groups, total uint64) []rows.ExplainLimit {
	var list []rows.ExplainLimit
	pass := h.Pass()
	names := []string{cgroupview.Memory: "memory", cgroupview.Tasks: "tasks", cgroupview.CPU: "CPU"}
	for _, r := range []cgroupview.Resource{cgroupview.Memory, cgroupview.Tasks, cgroupview.CPU} {
		what := names[r]
		own := g.Innermost(r.Controller())
		if own == nil {
			continue
		}
		l := pass.Binding(g, r)
		if r == cgroupview.Memory && l.Err == nil && !l.Unlimited && total > 0 && l.Value > total {
			l = cgroupview.Limit{Unlimited: true}
		}
		limit := rows.ExplainLimit{What: what, Limit: l, Own: l.From != nil && l.From.Ino == own.Ino &&
			l.From.Dev == own.Dev}
		file := cgroupview.LimitFiles(own.Hierarchy.Version, r)[0]
		if l.From != nil {
			limit.File = text.New(filepath.Join(l.From.Dir.Raw(), l.File))
		} else if f, err := h.File(own, file); err == nil && f.Err == nil {
			limit.File = text.New(filepath.Join(own.Dir.Raw(), file))
		}
		list = append(list, limit)
	}
	return list
}

// Process explains a process. It reads the process table anew, for who shows one may not have all that this takes.
func (e *Explainer) Process(ctx context.Context, id procwalk.ID) (*rows.Explanation, error) {
	s, x, err := e.finder.Containers(ctx)
	if err != nil {
		return nil, err
	}
	p := s.FindID(id)
	if p == nil {
		return nil, fmt.Errorf("PID %d: %w", id.PID, procwalk.ErrGone)
	}
	return rows.Explain(e.Facts(ctx, s, x, p)), nil
}
