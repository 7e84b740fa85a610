package object

import (
	"bones/procwalk/rootfs"
	"bones/procwalk/text"
	"fmt"

	"golang.org/x/sys/unix"
)

// FileEntry is a file inside of a process's root. Unknown is null.
type FileEntry struct {
	Name    text.Text  `json:"name"`
	Kind    string     `json:"kind"`
	Mode    string     `json:"mode"` // octal
	UID     uint32     `json:"uid"`  // on this host
	GID     uint32     `json:"gid"`
	UIDIn   *int64     `json:"uid_inside"`
	GIDIn   *int64     `json:"gid_inside"`
	Size    int64      `json:"size_bytes"`
	Links   uint64     `json:"links"`
	ModTime string     `json:"modified"` // RFC 3339
	Target  *text.Text `json:"target"`   // of a link
	Device  *string    `json:"device"`   // MAJOR:MINOR of a device node
	Error   *text.Text `json:"error"`
	Mount   *FileMount `json:"mount,omitempty"`
}

// FileMount is the mount that a file is on.
type FileMount struct {
	Point  text.Text `json:"point"`
	FSType text.Text `json:"type"`
	Source text.Text `json:"source"`
	Kind   string    `json:"kind"` // image, root, volume, tmpfs, kernel, other
	Does   string    `json:"-"`
}

// NewFileEntry makes the object of what the worker of package rootfs found out about one file.
func NewFileEntry(i rootfs.Info) FileEntry {
	e := FileEntry{Name: text.New(i.Name), Kind: string(i.Kind), Mode: fmt.Sprintf("%04o", i.Mode), UID: i.UID,
		GID: i.GID, Size: i.Size,
		Links: i.Links, ModTime: i.ModTime.UTC().Format("2006-01-02T15:04:05.999999999Z07:00"),
		Target: OrNull(text.New(i.Target)), Error: OrNull(text.New(i.Err))}
	if i.UIDIn >= 0 {
		e.UIDIn = &i.UIDIn
	}
	if i.GIDIn >= 0 {
		e.GIDIn = &i.GIDIn
	}
	if i.Kind == rootfs.Char || i.Kind == rootfs.Block {
		device := fmt.Sprintf("%d:%d", unix.Major(i.Rdev), unix.Minor(i.Rdev))
		e.Device = &device
	}
	return e
}
