// Package spaces finds a namespace that is entered by itself and not with a process: by its inode, as `bones ns` lists
// it, by a file on which it is mounted, or by the name that `ip netns` has for it.
package spaces

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
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

// firstInode is the lowest that the kernel gives a namespace.
//
// Source: PROC_DYNAMIC_FIRST, fs/proc/generic.c; /proc/PID/ns/* have had such numbers since Linux 3.8.
const firstInode = 0xf0000000

// netnsDir is where `ip netns` keeps its namespaces. Source: ip-netns(8).
const netnsDir = "/run/netns"

// errNoName is a netns: without a name that a file can have.
var errNoName = errors.New("netns:NAME takes a name of `ip netns list`, and netns:/FILE a file")

// Parse reads netns:NAME, netns:/FILE, ns:INODE, ns:/FILE, TYPE:[INODE], and an inode alone, which is higher than any
// PID; ok is false for every other word.
func Parse(word string) (r Ref, ok bool, err error) {
	r = Ref{word: word, Key: nsview.Key{Type: -1}}
	prefix, value, _ := strings.Cut(word, ":")
	switch {
	case prefix == "netns" && strings.HasPrefix(value, "/"), prefix == "ns" && strings.HasPrefix(value, "/"):
		r.File = value
		return r, true, nil
	case prefix == "netns":
		if value == "" || value == "." || value == ".." || strings.ContainsAny(value, "/\x00") {
			return r, true, fmt.Errorf("%s: %w", text.Sanitise(word), errNoName)
		}
		r.File = filepath.Join(netnsDir, value)
		return r, true, nil
	case prefix == "ns":
		if r.Key.Inode, err = strconv.ParseUint(value, 10, 64); err != nil {
			return r, true, fmt.Errorf("%s: ns:INODE takes the number of a namespace, as `bones ns` lists it",
				text.Sanitise(word))
		}
		return r, true, nil
	case strings.HasPrefix(value, "[") && strings.HasSuffix(value, "]"):
		for t := range procwalk.NSTypes {
			if t.String() == prefix {
				r.Key.Type = t
				r.Key.Inode, err = strconv.ParseUint(value[1:len(value)-1], 10, 64)
				return r, err == nil, nil
			}
		}
	}
	if n, err := strconv.ParseUint(word, 10, 64); err == nil && n >= firstInode {
		r.Key.Inode = n
		return r, true, nil
	}
	return r, false, nil
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
	return held(k, file, k.String(), v.Way(k)), nil
}

// ofFile opens the namespace that is mounted on a file.
func ofFile(proc string, r Ref) (enter.Space, error) {
	reader, err := nsview.NewReader(proc)
	if err != nil {
		return enter.Space{}, err
	}
	defer reader.Close()
	file, key, err := reader.OpenFile(r.File)
	switch {
	case errors.Is(err, unix.ENOENT) && strings.HasPrefix(r.word, "netns:") && filepath.Dir(r.File) == netnsDir:
		return enter.Space{}, fault.New(fault.Gone, fmt.Sprintf("there is no net namespace called %s in %s",
			text.Sanitise(filepath.Base(r.File)), netnsDir))
	case errors.Is(err, unix.ENOENT):
		return enter.Space{}, fault.New(fault.Gone, "there is no file "+text.Sanitise(r.File))
	case errors.Is(err, nsview.ErrNoWay):
		return enter.Space{}, fmt.Errorf("%s is not a namespace: nothing is mounted on it", text.Sanitise(r.File))
	case err != nil:
		return enter.Space{}, fmt.Errorf("%s: %w", text.Sanitise(r.File), err)
	case strings.HasPrefix(r.word, "netns:") && key.Type != procwalk.Net:
		file.Close()
		return enter.Space{}, fmt.Errorf("%s is of a namespace of type %s, not net", text.Sanitise(r.File), key.Type)
	}
	return held(key, file, r.File, r.File), nil
}

// held is a namespace that is open. The file stays so as long as somebody may enter it.
func held(k nsview.Key, file *os.File, name, path string) enter.Space {
	return enter.Space{Type: k.Type, Name: text.New(name), Path: path, Open: func() (*os.File, error) {
		fd, err := unix.FcntlInt(file.Fd(), unix.F_DUPFD_CLOEXEC, 3)
		if err != nil {
			return nil, err
		}
		return os.NewFile(uintptr(fd), name), nil
	}}
}
