package fakehost

import (
	"context"
	"errors"
	"strconv"

	"bones/nsview"
	"bones/procwalk"
	"bones/ui/namespaces"
	"bones/ui/rows/rowstest"
)

// NamespaceWorld is rowstest.World, in which the container has five namespaces of its own.
func NamespaceWorld(later int) *procwalk.Snapshot {
	s := rowstest.World(later)
	for i := range s.Processes {
		p := &s.Processes[i]
		switch p.PID {
		case 970, 990:
			for _, t := range []procwalk.NSType{procwalk.IPC, procwalk.Mnt, procwalk.Net, procwalk.UTS} {
				p.NS.Inode[t] = 4026532190 + uint64(t)
			}
		case 1200:
			p.NS = &procwalk.Namespaces{}
			for t := range p.NS.Err {
				p.NS.Err[t] = errors.New("evil\x1b[2J")
			}
		case 801: // its next child is in another
			p.NS.PIDForChildren = 4026532299
		}
	}
	return s
}

// Namespaces is the backend of view 3.
func (h *FakeHost) Namespaces() namespaces.Backend {
	return namespaces.Backend{
		Relate: func(_ context.Context, v *nsview.View, all bool) (*nsview.View, error) {
			h.All = all
			root := nsview.Key{Type: procwalk.User, Inode: 4026531835 + uint64(procwalk.User)}
			for i := range v.Namespaces {
				rel := &v.Namespaces[i].Relations
				rel.Known, rel.Owner = true, root
				switch k := v.Namespaces[i].Key; {
				case k == root:
					rel.Owner, rel.OwnerErr, rel.ParentErr = nsview.Key{}, nsview.ErrOutside, nsview.ErrOutside
				case k.Type == procwalk.PID && k.Inode != 4026531835+uint64(procwalk.PID):
					rel.Parent = nsview.Key{Type: procwalk.PID, Inode: 4026531835 + uint64(procwalk.PID)}
				}
			}
			return v, h.RelateFail
		},
		Inside: func(_ context.Context, v *nsview.View, k nsview.Key) nsview.Details {
			if k.Type == procwalk.Net {
				lo := nsview.Interface{Flags: "up|loopback", MTU: 65536}
				return nsview.Details{Net: &nsview.NetDetails{Interfaces: []nsview.Interface{lo}}}
			}
			return nsview.Details{}
		},
		Named: named,
	}
}

// named knows an inode alone, TYPE:[INODE], and the network namespace lab, which is the host's.
func named(word string) (func(context.Context) (nsview.Key, error), bool) {
	k, ok := nsview.ParseLink(word)
	if !ok && word == "netns:lab" {
		k, ok = nsview.Key{Type: procwalk.Net, Inode: 4026531835 + uint64(procwalk.Net)}, true
	}
	if inode, err := strconv.ParseUint(word, 10, 64); err == nil && inode > 1<<22 {
		k, ok = nsview.Key{Type: -1, Inode: inode}, true
	}
	return func(context.Context) (nsview.Key, error) { return k, nil }, ok
}
