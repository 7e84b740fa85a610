// Package facts reads what the tour says of its container: the numbers behind its sentences. They are read again with
// each refresh of the UI, so only what may change is: a few processes, and a few files.
package facts

import (
	"context"
	"fmt"
	"path"
	"slices"
	"strconv"
	"strings"
	"time"

	"bones/cgroupview"
	"bones/cgroupview/inventory"
	"bones/cmd/bones/internal/privilege"
	"bones/cmd/bones/internal/target"
	"bones/nsview"
	"bones/procwalk"
	"bones/procwalk/fault"
	"bones/procwalk/rootfs"
	"bones/procwalk/text"
	"bones/ui/tour"

	"golang.org/x/sys/unix"
)

// Of says which container it is, and how the tour came to it.
type Of struct {
	Process procwalk.ID // that backs it
	Name    string      // as the user named it, or will find it
	Own     bool        // the tour started it
}

// Reader reads the facts of one container. One goroutine at a time may use it.
type Reader struct {
	of       Of
	finder   target.Finder
	readonly bool
	files    *rootfs.Client
	found    bool // what follows was looked for
	runtime  string
	groups   *cgroupview.FileSystem
	group    *cgroupview.Group // in which memory is limited; nil: none
	noGroup  string            // why not
	folder   string
	shell    bool
	bones    bool // it has no shell, but bones
	noFile   string
}

// Close ends the worker that looks into the container's files.
func (r *Reader) Close() { r.files.Close() }

// patience is how long the file system of the container may go without an answer.
const patience = 3 * time.Second

// New makes a Reader. Nothing is read yet; Close it when the tour ends.
func New(of Of, finder target.Finder, readonly bool) *Reader {
	return &Reader{of: of, finder: finder, readonly: readonly,
		files: rootfs.NewClient(finder.Proc, of.Process, rootfs.RootDir, patience)}
}

// Read reads the facts anew. What cannot be read is said in the facts, in place of a step's sentence.
func (r *Reader) Read(ctx context.Context) tour.Facts {
	if !r.found {
		r.find(ctx)
	}
	f := tour.Facts{Name: text.Line(r.of.Name), Own: r.of.Own, Runtime: text.Line(r.runtime), PID: r.of.Process.PID,
		Kernel: release(), Folder: r.folder, Shell: r.shell, Bones: r.bones, NoFile: r.noFile, NoLimit: r.noGroup}
	r.limit(&f)
	members, more := r.members()
	r.processes(ctx, &f, members)
	f.More = more
	if r.noFile == "" && !f.Ended {
		_, inside := f.Path()
		_, err := r.files.Stat(ctx, inside, false)
		f.Made = err == nil
	}
	r.rights(&f)
	return f
}

// find looks for what stays as it is while the container runs.
func (r *Reader) find(ctx context.Context) {
	r.found = true
	r.findGroup(ctx)
	r.folder = "/tmp"
	if i, err := r.files.Stat(ctx, r.folder, true); err != nil || i.Kind != rootfs.Directory {
		r.folder = "/"
		if _, err := r.files.Stat(ctx, r.folder, true); err != nil {
			r.noFile = "bones cannot look into its root: " + fault.Line(err)
		}
	}
	_, err := r.files.Stat(ctx, "/bin/sh", true)
	if r.shell = err == nil; !r.shell {
		_, err = r.files.Stat(ctx, "/bin/bones", true)
		r.bones = err == nil
	}
}

func (r *Reader) findGroup(ctx context.Context) {
	h, err := r.finder.CgroupHost()
	if err != nil {
		r.noGroup = "bones can read no control groups here: " + fault.Line(err)
		return
	}
	t, err := r.finder.Groups(ctx, h, "pid:"+strconv.Itoa(r.of.Process.PID))
	if err != nil {
		if r.noGroup = fault.Line(err); r.of.Own {
			r.noGroup = "it has no control group of its own: making one needs root"
		}
		return
	}
	if t.Entry != nil {
		r.runtime = string(t.Entry.Runtime)
	}
	if r.group = t.Groups.With("memory"); r.group == nil {
		r.noGroup = "it has no control group of its own in which memory is limited"
		return
	}
	r.groups = h
}

// limit reads the limit on memory, and finds one to try.
func (r *Reader) limit(f *tour.Facts) {
	if r.group == nil {
		return
	}
	f.Dir, f.File = r.group.Dir.Raw(), cgroupview.LimitFiles(r.group.Hierarchy.Version, cgroupview.Memory)[0]
	file, err := r.groups.File(r.group, f.File)
	switch {
	case err != nil:
		f.NoLimit = fault.Line(err)
		return
	case file.Err != nil:
		f.NoLimit = fault.Line(file.Err)
		return
	}
	f.Value = text.Line(file.Value.Raw())
	if ok, why := file.Editable(); !ok {
		f.NoLimit = text.Line(why)
		return
	}
	value := amounts{limit: number(f.Value), usage: r.number("memory.usage_in_bytes", "memory.current"),
		together: r.number("memory.memsw.limit_in_bytes")}
	if f.Try = value.try(); f.Try == "" {
		f.NoLimit = "its memory and its memory with swap are limited to the same, and it uses most of that: any other " +
			"limit would be refused or might do harm"
	}
}

// number is what the first of several files holds that is there; 0: none, or no number.
func (r *Reader) number(names ...string) uint64 {
	for _, n := range names {
		if file, err := r.groups.File(r.group, n); err == nil && file.Err == nil {
			return number(file.Value.Raw())
		}
	}
	return 0
}

// number reads an amount; 0: there is no limit.
func number(s string) uint64 {
	n, err := strconv.ParseUint(strings.TrimSpace(s), 10, 64)
	if err != nil || n >= 1<<62 { // no limit of version 1 is the largest number of whole pages
		return 0
	}
	return n
}

// amounts are the limits of a group and what it uses, in bytes. 0: no limit, or not known.
type amounts struct{ limit, together, usage uint64 }

const mebi, gibi = 1 << 20, 1 << 30

// try is a limit on memory that does no harm, as one types it: a higher one where there is one, else one far above
// what is in use. Empty: there is none.
func (a amounts) try() string {
	want := uint64(gibi)
	switch {
	case a.limit == 0:
		for want < 4*a.usage {
			want += gibi
		}
	case a.limit >= gibi:
		want = a.limit + a.limit/2
	}
	// With version 1 memory is never limited to more than memory and swap together are.
	if a.together > 0 && want > a.together {
		if want = a.together; want <= a.limit {
			if want = a.limit / 4 * 3; want < 2*a.usage {
				return ""
			}
		}
	}
	switch {
	case want%gibi == 0:
		return fmt.Sprintf("%dG", want/gibi)
	case want < mebi:
		return ""
	}
	return fmt.Sprintf("%dM", want/mebi)
}

// listed is how many processes of the container are looked at.
const listed = 16

// members are processes of the container, at most so many as are looked at, and how many there are beside them.
func (r *Reader) members() (list []int, more int) {
	if r.group == nil {
		return []int{r.of.Process.PID}, 0
	}
	file, err := r.groups.File(r.group, "cgroup.procs")
	if err != nil || file.Err != nil {
		return []int{r.of.Process.PID}, 0
	}
	for word := range strings.FieldsSeq(file.Value.Raw()) {
		if pid, err := strconv.Atoi(word); err == nil && pid > 0 {
			list = append(list, pid)
		}
	}
	slices.Sort(list)
	if n := len(list) - listed; n > 0 {
		return list[:listed], n
	}
	if len(list) == 0 { // they are in groups below
		list = []int{r.of.Process.PID}
	}
	return list, 0
}

// processes fills in what is known of the processes.
func (r *Reader) processes(ctx context.Context, f *tour.Facts, members []int) {
	s, err := r.snapshot(ctx, append([]int{1, 2, f.PID}, members...))
	if err != nil {
		return // what was there is still shown by the UI; the tour waits
	}
	p := s.FindID(r.of.Process)
	if p == nil || p.Stat.Ended() {
		f.Ended = true
		return
	}
	f.Comm, f.Parent, f.Inside = text.Line(p.Comm.Raw()), p.PPID, inventory.InsidePID(p)
	if parents, err := r.snapshot(ctx, []int{p.PPID}); err == nil {
		if q := parents.Find(p.PPID); q != nil {
			f.ParentComm = text.Line(q.Comm.Raw())
		}
	}
	for _, pid := range members {
		if q := s.Find(pid); q != nil {
			f.Processes = append(f.Processes, tour.Member{PID: pid, Inside: inventory.InsidePID(q)})
		}
	}
	host := nsview.HostOf(s)
	for t := range procwalk.NSTypes {
		switch {
		case p.NS == nil || p.NS.Inode[t] == 0:
		case p.NS.Inode[t] == host.Inode[t]:
			f.Shared = append(f.Shared, t.String())
		default:
			f.Private = append(f.Private, t.String())
		}
	}
}

func (r *Reader) snapshot(ctx context.Context, pids []int) (*procwalk.Snapshot, error) {
	w, err := r.finder.Walker(procwalk.Only(pids))
	if err != nil {
		return nil, err
	}
	defer w.Close()
	return w.Snapshot(ctx, procwalk.Request{Want: procwalk.WantStatus | procwalk.WantNS})
}

// rights says what this user may not do here.
func (r *Reader) rights(f *tour.Facts) {
	if r.readonly {
		const why = "--readonly is set, so that nothing is changed or run"
		f.NoFile, f.NoLimit, f.NoEnter, f.NoUnshare = why, why, why, why
		return
	}
	if f.NoLimit == "" && unix.Access(path.Join(f.Dir, f.File), unix.W_OK) != nil {
		f.NoLimit = "only root, or whoever owns the group, may write to " + text.Line(path.Join(f.Dir, f.File))
	}
	if len(f.Private) == 0 {
		f.NoEnter = "bones may not look at its namespaces: that needs root, or CAP_SYS_PTRACE"
	}
	if !privilege.Has(unix.CAP_SYS_ADMIN) {
		if !slices.Contains(f.Private, "user") {
			f.NoEnter = "entering it needs root, or CAP_SYS_ADMIN"
		}
		f.NoUnshare = "new namespaces need root, or CAP_SYS_ADMIN; `unshare --map-root-user` makes a new user " +
			"namespace, in which every user has it"
	}
}

// release is that of the kernel.
func release() string {
	var u unix.Utsname
	if unix.Uname(&u) != nil {
		return "?"
	}
	return text.Line(unix.ByteSliceToString(u.Release[:]))
}
