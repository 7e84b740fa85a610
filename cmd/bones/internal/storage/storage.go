// Package storage is `bones storage`: what a container or process has mounted, on which device, and how full that is.
package storage

import (
	"context"
	"errors"
	"fmt"
	"path"
	"strings"
	"time"

	"bones/cmd/bones/internal/compare"
	"bones/cmd/bones/internal/target"
	"bones/procwalk"
	"bones/procwalk/effect"
	"bones/procwalk/mountinfo"
	"bones/procwalk/procroot"
	"bones/procwalk/rootfs"
	"bones/procwalk/rootfs/filetree"
	"bones/procwalk/text"
)

// MountUse is one mount, with how full its file system is.
type MountUse struct {
	mountinfo.Mount
	Kind string // root, volume, memory, kernel
	Use  rootfs.FSUse
	Err  error // why Use is not known
}

// Storage is what a target has mounted.
type Storage struct {
	Whom   string // safe to print
	PID    int
	Mounts []MountUse
	Cut    error  // why there are more
	Upper  string // the directory of the writable layer on the host; empty: there is none, see NoUpper
	// NoUpper is why there is no writable layer that can be measured.
	NoUpper string
	proc    string
}

const (
	patience  = 2 * time.Second // how long a file system may go without an answer
	hungMost  = 3               // file systems that did not answer, each of which keeps a process of ours waiting
	mountMost = 5000            // mounts that are asked
	walking   = time.Minute     // how long measuring may go without progress
)

// Read reads the mounts of what a TARGET names, and asks each file system how full it is. A file system that does not
// answer in time is an error of its row, not of the whole.
func Read(ctx context.Context, f target.Finder, word string) (*Storage, error) {
	_, x, p, c, err := f.Process(ctx, word)
	if err != nil {
		return nil, err
	}
	s := &Storage{Whom: text.Line(x.NameProcess(p).Raw()), PID: p.PID, proc: f.Proc}
	if c != nil {
		s.Whom = text.Line(c.Title().Raw())
	}
	list, err := compare.Mounts(f.Proc, p.ID())
	if err != nil && len(list) == 0 {
		return nil, fmt.Errorf("the mounts of PID %d: %w", p.PID, err)
	}
	s.Cut = err
	for _, m := range list {
		s.Mounts = append(s.Mounts, MountUse{Mount: m, Kind: kind(m)})
	}
	s.findUpper()
	s.ask(ctx, p.ID())
	f.Missing("storage", s.Cut)
	for i := range s.Mounts {
		f.Missing("storage", s.Mounts[i].Err)
	}
	return s, nil
}

// inMemory and ofKernel are types of file systems without a disk behind them.
const (
	inMemory = " tmpfs ramfs devtmpfs hugetlbfs "
	ofKernel = " proc sysfs cgroup cgroup2 devpts mqueue securityfs debugfs tracefs bpf pstore configfs fusectl " +
		"binfmt_misc nsfs rpc_pipefs autofs efivarfs selinuxfs "
)

func kind(m mountinfo.Mount) string {
	in := func(list string) bool { return strings.Contains(list, " "+m.FSType.Raw()+" ") }
	switch {
	case m.Point.Raw() == "/":
		return "root"
	case in(inMemory):
		return "memory"
	case in(ofKernel):
		return "kernel"
	}
	return "volume"
}

// ask asks each file system, by a worker that a mount which hangs leaves behind. Mounts of one file system are asked
// once.
func (s *Storage) ask(ctx context.Context, id procwalk.ID) {
	client := rootfs.NewClient(s.proc, id, rootfs.RootDir, patience)
	defer client.Close()
	type answer struct {
		use rootfs.FSUse
		err error
	}
	known, hung, asked := map[string]answer{}, 0, 0
	for i := range s.Mounts {
		m := &s.Mounts[i]
		if m.Kind == "kernel" {
			continue
		}
		a, ok := known[m.Device]
		switch {
		case ok && a.err == nil:
		case hung >= hungMost:
			a.err = fmt.Errorf("not asked: %d others did not answer", hung)
		case asked >= mountMost:
			a.err = fmt.Errorf("not asked: there are more than %d mounts", mountMost)
		default:
			asked++
			if a.use, a.err = client.Statfs(ctx, m.Point.Raw()); errors.Is(a.err, rootfs.ErrNoAnswer) {
				hung++
			}
			known[m.Device] = a
		}
		m.Use, m.Err = a.use, a.err
	}
}

// findUpper finds the directory of the writable layer, which the overlay at / names in its options.
//
// Source: Documentation/filesystems/overlayfs.rst; a comma or backslash in a path has a backslash before it.
func (s *Storage) findUpper() {
	var root *MountUse
	for i := range s.Mounts {
		if s.Mounts[i].Kind == "root" {
			root = &s.Mounts[i] // the last one is on top
		}
	}
	switch {
	case root == nil:
		s.NoUpper = "nothing is mounted at /"
	case root.FSType.Raw() != "overlay":
		s.NoUpper = fmt.Sprintf("its root is %s, not an overlay, so there is no layer to measure", root.FSType)
	default:
		s.Upper = option(root.Super.Raw(), "upperdir")
		if s.Upper == "" {
			s.NoUpper = "its root is an overlay that is not written to"
		} else if !path.IsAbs(s.Upper) {
			s.NoUpper, s.Upper = "its overlay names its upper directory by a relative path", ""
		}
	}
}

// option is the value of an option of an overlay.
func option(options, name string) string {
	var words []string
	var word strings.Builder
	for i := 0; i < len(options); i++ {
		switch c := options[i]; {
		case c == '\\' && i+1 < len(options) && strings.IndexByte(`,\:`, options[i+1]) >= 0:
			i++
			word.WriteByte(options[i])
		case c == ',':
			words = append(words, word.String())
			word.Reset()
		default:
			word.WriteByte(c)
		}
	}
	for _, w := range append(words, word.String()) {
		if value, ok := strings.CutPrefix(w, name+"="); ok {
			return value
		}
	}
	return ""
}

// errNoLayer is why there is nothing to measure.
type errNoLayer string

func (e errNoLayer) Error() string { return string(e) }

// Measure measures the writable layer, in the root that bones itself has, or that the first process of another host's
// proc file system has. Once ctx ends, so does it.
func (s *Storage) Measure(ctx context.Context, progress func(filetree.TreeUse)) (filetree.TreeUse, error) {
	if s.Upper == "" {
		return filetree.TreeUse{}, errNoLayer("the writable layer: " + s.NoUpper)
	}
	pid, err := procroot.Self(s.proc)
	if err != nil {
		pid = 1
	}
	start, err := procwalk.StartTime(s.proc, pid)
	if err != nil {
		return filetree.TreeUse{}, err
	}
	client := rootfs.NewClient(s.proc, procwalk.ID{PID: pid, Start: start}, rootfs.RootDir, walking)
	defer client.Close()
	u, err := client.Usage(ctx, s.Upper, progress)
	if err != nil {
		return u, fmt.Errorf("the writable layer at %s: %w", text.Sanitise(s.Upper), err)
	}
	return u, nil
}

// ByHand are the commands that show the same.
func (s *Storage) ByHand() []string {
	list := []string{"nsenter -t " + fmt.Sprint(s.PID) + " -m df -h", "cat /proc/" + fmt.Sprint(s.PID) + "/mountinfo"}
	if s.Upper != "" {
		list = append(list, effect.Command("du", "-sxh", s.Upper))
	}
	return list
}
