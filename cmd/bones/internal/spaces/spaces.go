// Package spaces finds a namespace that is entered by itself and not with a process: by its inode, as `bones ns` lists
// it, by a file on which it is mounted, or by the name that `ip netns` has for it.
package spaces

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"bones/cmd/bones/internal/listing"
	"bones/cmd/bones/internal/target"
	"bones/nsview"
	"bones/nsview/enter"
	"bones/procwalk"
	"bones/procwalk/fault"
	"bones/procwalk/text"

	"golang.org/x/sys/unix"
)

// Ref is what a TARGET names that is a namespace: a file, or a key whose type is -1 if only the inode was given.
type Ref struct {
	File string
	Key  nsview.Key
	word string
}

// mostPID is the highest PID there can be on a 64-bit kernel. Every namespace has a higher inode number: the kernel
// numbers them from 0xf0000000 on, and gives those that it boots with the numbers right below that.
//
// Source: PID_MAX_LIMIT, include/linux/threads.h; PROC_DYNAMIC_FIRST, fs/proc/generic.c; PROC_IPC_INIT_INO and the
// others, include/linux/proc_ns.h, MNT_NS_INIT_INO and the others since Linux 6.18.
const mostPID = 1 << 22

// netnsDir is where `ip netns` keeps its namespaces. Source: ip-netns(8).
const netnsDir = "/run/netns"

// errNoName is a netns: without a name that a file can have.
var errNoName = errors.New("netns:NAME takes a name of `ip netns list`, and netns:/FILE a file")

// Parse reads what names a namespace: ns:INODE, TYPE:INODE, TYPE:[INODE] as the links of /proc/PID/ns have it, an
// inode alone if it is higher than any PID, netns:NAME, and ns:/FILE or netns:/FILE. ok is false for every other word,
// among them pid:N and cgroup:PATH with a number that may be a PID or the name of a group.
func Parse(word string) (r Ref, ok bool, err error) {
	r = Ref{word: word, Key: nsview.Key{Type: -1}}
	prefix, value, prefixed := strings.Cut(word, ":")
	if !prefixed {
		r.Key.Inode, err = strconv.ParseUint(word, 10, 64)
		return r, err == nil && r.Key.Inode > mostPID, nil
	}
	switch {
	case (prefix == "netns" || prefix == "ns") && strings.HasPrefix(value, "/"):
		r.File = value
		return r, true, nil
	case prefix == "netns":
		if value == "" || value == "." || value == ".." || strings.ContainsAny(value, "/\x00") {
			return r, true, fmt.Errorf("%s: %w", text.Sanitise(word), errNoName)
		}
		r.File = filepath.Join(netnsDir, value)
		return r, true, nil
	case prefix != "ns":
		if r.Key.Type, ok = nsview.TypeOf(prefix); !ok {
			return r, false, nil
		}
	}
	if key, is := nsview.ParseLink(word); is {
		r.Key = key
		return r, true, nil
	}
	r.Key.Inode, err = strconv.ParseUint(value, 10, 64)
	other := (r.Key.Type == procwalk.PID || r.Key.Type == procwalk.Cgroup) && !strings.HasPrefix(value, "[")
	switch {
	case other && (err != nil || r.Key.Inode <= mostPID):
		return r, false, nil
	case err != nil:
		return r, true, fmt.Errorf("%s is not a namespace: %s:INODE takes the number of one, as `bones ns --all` lists it",
			text.Sanitise(word), prefix)
	}
	return r, true, nil
}

// mostNames bounds what Names keeps: whoever may write there can make as many.
const mostNames = 1000

// Names are those that `ip netns` has for namespaces of this host and that begin so. Of more than mostNames it returns
// some: a longer beginning finds the others.
func Names(beginning string) []string { return namesIn(netnsDir, beginning) }

func namesIn(path, beginning string) (names []string) {
	dir, err := os.Open(path)
	if err != nil {
		return nil
	}
	defer dir.Close()
	for len(names) < mostNames {
		some, err := dir.Readdirnames(mostNames)
		for _, name := range some {
			if strings.HasPrefix(name, beginning) && len(names) < mostNames {
				names = append(names, name)
			}
		}
		if err != nil { // io.EOF at the end
			break
		}
	}
	slices.Sort(names)
	return names
}

// Find opens the namespace.
func Find(ctx context.Context, f target.Finder, r Ref) (enter.Space, error) {
	if r.File != "" {
		return ofFile(f.Proc, r)
	}
	read, err := listing.ReadNamespaces(ctx, f, procwalk.WantNS, true)
	if err != nil {
		return enter.Space{}, err
	}
	defer read.Reader.Close()
	n := find(read.View, r.Key)
	if n == nil { // no process is in it
		if read.View, err = listing.Groups(ctx, f, procwalk.WantNS); err == nil {
			read.View, err = read.Reader.Discover(ctx, read.View)
		}
		if err != nil {
			return enter.Space{}, err
		}
		if n = find(read.View, r.Key); n == nil {
			return enter.Space{}, fault.New(fault.Gone, "there is no namespace "+text.Sanitise(r.word)+
				" here that a process, a thread, a descriptor, a socket or a mount keeps")
		}
	}
	return Of(ctx, read.Reader, read.View, n.Key)
}

func find(v *nsview.View, k nsview.Key) *nsview.Namespace {
	if k.Type < 0 {
		return v.FindInode(k.Inode)
	}
	return v.Find(k)
}

// Of opens a namespace of a view.
func Of(ctx context.Context, r *nsview.Reader, v *nsview.View, k nsview.Key) (enter.Space, error) {
	file, err := r.Open(ctx, v, k)
	if err != nil {
		return enter.Space{}, fmt.Errorf("the namespace %s: %w", k, err)
	}
	return openSpace(k, file, k.String(), v.Way(k)), nil
}

// ofFile opens the namespace that is mounted on a file.
func ofFile(proc string, r Ref) (enter.Space, error) {
	reader, err := nsview.NewReader(proc)
	if err != nil {
		return enter.Space{}, err
	}
	defer reader.Close()
	file, key, err := Open(reader, r)
	if err != nil {
		return enter.Space{}, err
	}
	return openSpace(key, file, r.File, r.File), nil
}

// Open opens the namespace that is mounted on the file of a Ref, and says which it is.
func Open(reader *nsview.Reader, r Ref) (*os.File, nsview.Key, error) {
	file, key, err := reader.OpenFile(r.File)
	switch {
	case errors.Is(err, unix.ENOENT) && strings.HasPrefix(r.word, "netns:") && filepath.Dir(r.File) == netnsDir:
		return nil, key, fault.New(fault.Gone, text.Sanitise(r.word)+": there is no network namespace of that name in "+
			netnsDir+"; `ip netns list` shows the names")
	case errors.Is(err, unix.ENOENT):
		return nil, key, fault.New(fault.Gone, "there is no file "+text.Sanitise(r.File))
	case errors.Is(err, nsview.ErrNoWay):
		return nil, key, fmt.Errorf("%s is not a namespace: nothing is mounted on it", text.Sanitise(r.File))
	case err != nil:
		return nil, key, fmt.Errorf("%s: %w", text.Sanitise(r.File), err)
	case strings.HasPrefix(r.word, "netns:") && key.Type != procwalk.Net:
		file.Close()
		return nil, key, fmt.Errorf("%s is of a namespace of type %s, not net", text.Sanitise(r.File), key.Type)
	}
	return file, key, nil
}

// openSpace is a namespace that is open. The file stays so as long as somebody may enter it.
func openSpace(k nsview.Key, file *os.File, name, path string) enter.Space {
	return enter.Space{Type: k.Type, Name: text.New(name), Path: path, Open: func() (*os.File, error) {
		fd, err := unix.FcntlInt(file.Fd(), unix.F_DUPFD_CLOEXEC, 3)
		if err != nil {
			return nil, err
		}
		return os.NewFile(uintptr(fd), name), nil
	}}
}
