package fakehost

import (
	"context"
	"errors"
	"fmt"
	"path"
	"time"

	"bones/procwalk"
	"bones/procwalk/effect"
	"bones/procwalk/rootfs"
	"bones/ui/files"
)

// Files is the backend of view 5.
func (h *FakeHost) Files() files.Backend {
	contents := map[string]string{
		"/hosts": "127.0.0.1\tlocalhost\n::1 ip6 \x1b]0;owned\a\n", "/etc/app.conf": "a = 1\n# \x1b[2J \\ end",
		"/bin":     "\x7fELF\x00\x01",
		"/environ": "PASSWORD=hunter2\x00HOME=/root\x00EMPTY=\x00",
		"/status":  "Name:\tx\nState:\tS (sleeping)\nCapEff:\t0000000000000001\n",
	}
	return files.Backend{
		List: h.listFiles,
		Read: func(_ context.Context, _ procwalk.ID, _ rootfs.Where, p string, limit int64) ([]byte, error) {
			if b, ok := contents[path.Clean(p)]; ok {
				return []byte(b), nil
			}
			return nil, errors.New("it does not \x1b answer")
		},
		Mount: func(_ context.Context, _ procwalk.ID, i rootfs.Info) (rootfs.FileMount, error) {
			return rootfs.FileMount{Point: "/", FSType: "overlay", Source: "over\x1blay", Kind: "image", Root: "/"}, nil
		},
		Change: func(_ context.Context, _ files.Owner, op rootfs.Op) (effect.Effect, error) {
			if h.FileFail != nil {
				return nil, h.FileFail
			}
			h.Ops = append(h.Ops, op)
			risk := effect.Risk{}
			if op.Kind == "rm" {
				risk = effect.Risk{Level: effect.Confirm, Why: "the content is lost"}
			}
			return Effect{op.Kind + " " + op.Path, risk}, nil
		},
		Get: func(_ context.Context, _ procwalk.ID, where rootfs.Where, p, local string,
			progress func(files.CopyProgress)) (string, error) {
			progress(files.CopyProgress{Path: HostileName, Done: 300, Total: 400})
			h.During = h.Text()
			h.Got = append(h.Got, fmt.Sprint(where, " ", p, " to ", local))
			return "", h.FileFail
		},
		Put: func(_ context.Context, _ files.Owner, local, p string, progress func(files.CopyProgress)) (effect.Effect,
			error) {
			progress(files.CopyProgress{})
			return Effect{"put " + local + " at " + p, effect.Risk{}}, nil
		},
		KeepText: func(path string, content []byte) (string, error) {
			h.Kept = append(h.Kept, path+" "+string(content))
			return "/tmp/kept", nil
		},
	}
}

// file is one that nothing is wrong with.
func file(name string, kind rootfs.FileKind, mode uint32, size int64) rootfs.Info {
	return rootfs.Info{Name: name, Kind: kind, Mode: mode, UID: 100000, UIDIn: 0, GID: 5, GIDIn: -1, Size: size,
		Links: 1, ModTime: time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC), MountID: 7}
}

// listFiles lists the directories that there are: /, /etc, which is cut, /empty, /link, and the folder in /proc.
func (h *FakeHost) listFiles(_ context.Context, id procwalk.ID, where rootfs.Where, p string,
	limit int) ([]rootfs.Info,
	bool, error) {
	p = path.Clean(p)
	switch {
	case where == rootfs.ProcDir && p == "/":
		return []rootfs.Info{file("environ", rootfs.Regular, 0o400, 0), file("status", rootfs.Regular, 0o444, 0),
			{Name: "exe", Kind: rootfs.Link, Target: "/bin/\x1bx"}, file("fd", rootfs.Directory, 0o500, 0)}, false, nil
	case p == "/":
		link := file("link", rootfs.Link, 0o777, 3)
		link.Target = "\x1b[31m/etc"
		list := []rootfs.Info{file("hosts", rootfs.Regular, 0o644, 40), file("etc", rootfs.Directory, 0o4755, 4096), link,
			file("pipe", rootfs.FIFO, 0o600, 0),
			file("null", rootfs.Char, 0o666, 0), file("bin", rootfs.Regular, 0o755, 3<<20),
			{Name: "lost", Err: "not\x1b permitted"}, file(HostileName, rootfs.Regular, 0, 1)}
		if h.Extra != "" {
			list = append(list, file(h.Extra, rootfs.Regular, 0o644, 0))
		}
		for i := range h.Many {
			list = append(list, file(fmt.Sprintf("file%06d", i), rootfs.Regular, 0o644, 1))
		}
		return list, false, nil
	case p == "/etc", p == "/link":
		return []rootfs.Info{file("app.conf", rootfs.Regular, 0o600, 20)}, true, nil
	case p == "/empty":
		return nil, false, nil
	}
	if p == "/gone" {
		return nil, false, fmt.Errorf("/gone: %w", rootfs.ErrNotFound)
	}
	return nil, false, errors.New("no such\x1b directory")
}
