// Package machines finds the processes of a snapshot that are virtual machines.
package machines

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"slices"
	"strings"
	"time"

	"bones/procwalk"
	"bones/procwalk/fault"
	"bones/procwalk/text"
	"bones/procwalk/virt"

	"golang.org/x/sys/unix"
)

// GuestProcess is a process that is a virtual machine.
type GuestProcess struct {
	ID    procwalk.ID
	Guest virt.Guest
	// Sandbox is what the machine is part of: that of Kata Containers runs one pod.
	Sandbox virt.Sandbox
	// Unread says why its descriptors could not be looked at; empty: they were.
	Unread string
}

// Label is what it is called: its name, else the program that runs it.
func (g *GuestProcess) Label() text.Text {
	if g.Guest.Name.Len() > 0 {
		return g.Guest.Name
	}
	return text.New(g.Guest.Monitor)
}

// Reader finds them in one snapshot after another. Only processes whose name is that of a program that is known to
// run machines are looked into, and those only now and then: who looks into the descriptors of each process of a
// host reads for seconds. It is for one goroutine.
type Reader struct {
	root  string
	known map[procwalk.ID]seen
	last  *procwalk.Snapshot
	could []bool // which of its processes have such a name
}

type seen struct {
	guest GuestProcess
	is    bool
	at    time.Time
}

// New returns a Reader of the proc file system at root.
func New(root string) *Reader { return &Reader{root: root, known: map[procwalk.ID]seen{}} }

// most bounds how many processes are looked into: whoever may start processes can call any number of them qemu.
const most = 1000

// ErrMany is what is to be said where Find reports that there are more.
var ErrMany = fmt.Errorf("more than %d processes are called as programs that run virtual machines; bones has looked "+
	"into the first %[1]d", most)

// freshFor is how long it counts what was read of a process: processors are seldom added to a machine that runs.
const freshFor = 30 * time.Second

// Find returns the virtual machines among the processes of a snapshot, in its order. more says that there are others
// that could be some, which were not looked into.
func (r *Reader) Find(s *procwalk.Snapshot) (list []GuestProcess, more bool) {
	known := map[procwalk.ID]seen{}
	for i, could := range r.candidates(s) {
		p := &s.Processes[i]
		if !could {
			continue
		}
		if len(known) == most {
			more = true
			break
		}
		was, ok := r.known[p.ID()]
		if !ok || s.Taken.Sub(was.at).Abs() > freshFor {
			was.guest, was.is = Of(r.root, p)
			was.at = s.Taken
		}
		known[p.ID()] = was
		if was.is {
			list = append(list, was.guest)
		}
	}
	r.known = known
	return list, more
}

// candidates reports of each process what Candidate does, and looks at those alone that have another name than in the
// snapshot before.
func (r *Reader) candidates(s *procwalk.Snapshot) []bool {
	could := make([]bool, len(s.Processes))
	at := 0
	for i := range s.Processes {
		p := &s.Processes[i]
		for r.last != nil && at < len(r.last.Processes) && r.last.Processes[at].PID < p.PID {
			at++
		}
		if r.last != nil && at < len(r.last.Processes) {
			if q := &r.last.Processes[at]; q.ID() == p.ID() && q.Cmdline == p.Cmdline && q.Comm == p.Comm &&
				q.Ended() == p.Ended() {
				could[i] = r.could[at]
				continue
			}
		}
		could[i] = Candidate(p)
	}
	r.last, r.could = s, could
	return could
}

// Candidate reports whether a process has the name of a program that runs virtual machines.
func Candidate(p *procwalk.Process) bool {
	if p.KernelThread() || p.Ended() {
		return false
	}
	names := []string{p.Comm.Raw()}
	if args := arguments(p); len(args) > 0 {
		names = append(names, path.Base(args[0].Raw()))
	}
	return slices.ContainsFunc(names, virt.MonitorName)
}

func arguments(p *procwalk.Process) []text.Text {
	if p.Cmdline == nil || p.Cmdline.Err != nil {
		return nil
	}
	return p.Cmdline.Args()
}

// Of looks into one process, whatever it is called.
func Of(root string, p *procwalk.Process) (GuestProcess, bool) {
	g := GuestProcess{ID: p.ID()}
	folder, err := procwalk.OpenFolder(root, p.ID())
	if err != nil {
		return g, false
	}
	defer folder.Close()
	facts := virt.ProcessFacts{Args: arguments(p)}
	if facts.Args == nil || p.Cmdline.Truncated {
		// Of a machine that nobody asked the command line of, or not all: it is kept short, and its end does not matter.
		if raw, _, err := folder.Read("cmdline", maxCommand); err == nil {
			facts.Args = (&procwalk.Cmdline{Raw: text.New(string(raw))}).Args()
		}
	}
	if exe, err := folder.Link("exe"); err == nil {
		facts.Exe = exe
	}
	var cutFiles, cutThreads bool
	facts.Descriptors, cutFiles, err = processors(folder)
	facts.Threads, cutThreads = threads(folder)
	switch {
	case err != nil:
		g.Unread = fault.New(fault.NotPermitted, "its descriptors could not be looked at: "+err.Error()).Error()
	case cutFiles:
		g.Unread = fmt.Sprintf("bones looks at %d of its descriptors, and it has more", maxFiles)
	case cutThreads:
		g.Unread = fmt.Sprintf("bones looks at %d of its threads, and it has more", maxThreads)
	}
	var is bool
	g.Guest, is = virt.GuestOf(facts)
	g.Sandbox = virt.SandboxOf(facts)
	return g, is
}

// maxCommand, maxFiles and maxThreads bound what is read of one process.
const (
	maxCommand = 64 << 10
	maxFiles   = 8192
	maxThreads = 4096
)

// names are the entries of one directory of a process's folder, so many at most; cut: there are more.
func names(folder *procwalk.Folder, dir string, most int) (list []string, cut bool, f *os.File, err error) {
	fd, err := unix.Openat(folder.FD(), dir, unix.O_RDONLY|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, false, nil, err
	}
	f = os.NewFile(uintptr(fd), dir)
	list, err = f.Readdirnames(most + 1)
	if errors.Is(err, io.EOF) {
		err = nil
	}
	return list[:min(len(list), most)], len(list) > most, f, err
}

// processors are the descriptors that are virtual processors of KVM; cut: not all descriptors were looked at.
func processors(folder *procwalk.Folder) (found []text.Text, cut bool, err error) {
	list, cut, dir, err := names(folder, "fd", maxFiles)
	if dir != nil {
		defer dir.Close()
	}
	if err != nil {
		return nil, false, err
	}
	found = []text.Text{}
	buf := make([]byte, 128)
	for _, name := range list {
		n, err := unix.Readlinkat(int(dir.Fd()), name, buf)
		if link := string(buf[:max(n, 0)]); err == nil && strings.HasPrefix(link, "anon_inode:kvm-vcpu") {
			found = append(found, text.New(link))
		}
	}
	return found, cut, nil
}

// threads are the names of its threads; cut: there are more.
func threads(folder *procwalk.Folder) (all []text.Text, cut bool) {
	list, cut, dir, err := names(folder, "task", maxThreads)
	if dir != nil {
		dir.Close()
	}
	if err != nil {
		return nil, false
	}
	for _, tid := range list {
		if comm, _, err := folder.Read("task/"+tid+"/comm", 64); err == nil {
			all = append(all, text.New(strings.TrimSuffix(string(comm), "\n")))
		}
	}
	return all, cut
}
