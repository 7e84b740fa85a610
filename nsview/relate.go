package nsview

import (
	"context"
	"errors"
	"unsafe"

	"bones/procwalk"

	"golang.org/x/sys/unix"
)

// Relations are how a namespace stands to others.
//
// Source: ioctl_ns(2); NS_GET_ID: include/uapi/linux/nsfs.h, Linux 6.18.
type Relations struct {
	Known     bool  // whether it was looked for
	Err       error // why the namespace could not be opened: nothing else is known then
	Parent    Key   // pid and user only: which it was made in; the zero Key if there is none to see
	ParentErr error // ErrOutside, or procwalk.ErrUnsupported before Linux 4.9
	Owner     Key   // the user namespace whose capabilities rule it
	OwnerErr  error
	UID       uint32 // user only: the user who made it, as we see the number
	UIDErr    error
	ID        uint64 // never used for another namespace until the next boot; 0 where the kernel does not tell
}

// HasParent reports whether namespaces of this type descend from each other.
func HasParent(t procwalk.NSType) bool { return t == procwalk.PID || t == procwalk.User }

// Relate asks the kernel for the relations of every namespace of the view. Parents and owners that were not in the
// view are in the one that it returns, held by their child. It takes a few system calls for each namespace.
func (r *Reader) Relate(ctx context.Context, v *View) (*View, error) {
	d := v.draft()
	for i := 0; i < len(d.v.Namespaces); i++ {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if n := &d.v.Namespaces[i]; !n.Relations.Known {
			fd, err := r.open(ctx, d.v, n)
			if err != nil {
				n.Relations = Relations{Known: true, Err: err}
				continue
			}
			r.relate(d, i, fd)
		}
	}
	return d.view(), nil
}

// relate fills in the relations of namespace i, which fd is of, and of those that become known by that. It closes fd.
func (r *Reader) relate(d draft, i, fd int) {
	type step struct{ i, fd int }
	todo := []step{{i, fd}}
	for len(todo) > 0 {
		at := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		k := d.v.Namespaces[at.i].Key
		rel := Relations{Known: true}
		related := func(request uint) (Key, error) {
			fd, err := unix.IoctlRetInt(at.fd, request)
			if err != nil {
				return Key{}, relationErr(err)
			}
			other, err := r.keyOf(fd)
			if err == nil {
				if _, known := d.v.index[other]; !known {
					d.hold(other, Holder{Kind: ByChild, Child: k})
					todo = append(todo, step{len(d.v.Namespaces) - 1, fd})
					return other, nil
				}
			}
			unix.Close(fd)
			return other, err
		}
		if HasParent(k.Type) {
			rel.Parent, rel.ParentErr = related(unix.NS_GET_PARENT)
		}
		rel.Owner, rel.OwnerErr = related(unix.NS_GET_USERNS)
		if k.Type == procwalk.User {
			rel.UID, rel.UIDErr = unix.IoctlGetUint32(at.fd, unix.NS_GET_OWNER_UID)
		}
		rel.ID, _ = ioctlUint64(at.fd, unix.NS_GET_ID)
		d.v.Namespaces[at.i].Relations = rel
		unix.Close(at.fd)
	}
}

func relationErr(err error) error {
	switch {
	case errors.Is(err, unix.EPERM):
		return ErrOutside
	case errors.Is(err, unix.ENOTTY):
		return procwalk.ErrUnsupported
	}
	return err
}

func ioctlUint64(fd int, request uint) (uint64, error) {
	var value uint64
	_, _, errno := unix.Syscall(unix.SYS_IOCTL, uintptr(fd), uintptr(request), uintptr(unsafe.Pointer(&value)))
	if errno != 0 {
		return 0, errno
	}
	return value, nil
}

// Branch is one namespace in the forest that Tree makes.
type Branch struct {
	*Namespace
	Depth int  // 0 for a root
	Last  bool // whether no sibling follows
}

// Tree orders the namespaces of a related view as a forest, each before what hangs below it: pid and user namespaces
// below their parents, all others, and the first pid namespace, below the user namespace that owns them. What keep
// refuses is left out, unless something below it is kept; nil keeps all.
func (v *View) Tree(keep func(*Namespace) bool) []Branch {
	n := len(v.Namespaces)
	parent := make([]int32, n)
	children := make([][]int32, n+1) // the last: of no one
	for i := range v.Namespaces {
		parent[i] = int32(n)
		rel := &v.Namespaces[i].Relations
		for _, k := range []Key{rel.Parent, rel.Owner} {
			if p, ok := v.index[k]; ok && int(p) != i {
				parent[i] = p
				break
			}
		}
	}
	v.cut(parent)
	for i, p := range parent {
		children[p] = append(children[p], int32(i))
	}
	order := make([]Branch, 0, n)
	type step struct {
		i    int32
		at   int
		last bool
	}
	var stack []step
	push := func(of int32, depth int) {
		for j := len(children[of]) - 1; j >= 0; j-- {
			stack = append(stack, step{children[of][j], depth, false})
		}
	}
	push(int32(n), 0)
	for len(stack) > 0 {
		s := stack[len(stack)-1]
		stack = stack[:len(stack)-1]
		order = append(order, Branch{Namespace: &v.Namespaces[s.i], Depth: s.at})
		push(s.i, s.at+1)
	}
	return lasts(pruned(order, keep))
}

// cut makes roots where the answers go round in a circle, as they may in a recording.
func (v *View) cut(parent []int32) {
	root := int32(len(parent))
	const unseen, onPath, done = 0, 1, 2
	state := make([]int8, len(parent)+1)
	state[root] = done
	var path []int32
	for i := range parent {
		path = path[:0]
		j := int32(i)
		for ; state[j] == unseen; j = parent[j] {
			state[j] = onPath
			path = append(path, j)
		}
		if state[j] == onPath {
			parent[j] = root
		}
		for _, j := range path {
			state[j] = done
		}
	}
}

// pruned drops the branches that are not kept and have nothing below that is.
func pruned(order []Branch, keep func(*Namespace) bool) []Branch {
	if keep == nil {
		return order
	}
	kept := make([]bool, len(order))
	need := 0 // the depth above which the next branch upwards is an ancestor of something kept
	for i := len(order) - 1; i >= 0; i-- {
		if d := order[i].Depth; keep(order[i].Namespace) || d < need {
			kept[i], need = true, d
		}
	}
	out := order[:0]
	for i, b := range order {
		if kept[i] {
			out = append(out, b)
		}
	}
	return out
}

func lasts(order []Branch) []Branch {
	var seen []bool // per depth: whether a sibling was seen below
	for i := len(order) - 1; i >= 0; i-- {
		d := order[i].Depth
		for len(seen) <= d {
			seen = append(seen, false)
		}
		order[i].Last = !seen[d]
		seen[d] = true
		clear(seen[d+1:])
	}
	return order
}
