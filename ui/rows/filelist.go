package rows

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"bones/procwalk/rootfs"
	"bones/procwalk/text"
)

// SortFiles puts directories first, then the rest, each by name.
func SortFiles(list []rootfs.Info) {
	slices.SortFunc(list, func(a, b rootfs.Info) int {
		if x, y := a.Kind == rootfs.Directory, b.Kind == rootfs.Directory; x != y {
			if x {
				return -1
			}
			return 1
		}
		return byNumbers(a.Name, b.Name)
	})
}

// byNumbers compares names, those that are numbers by their value: fd/2 comes before fd/10.
func byNumbers(a, b string) int {
	x, err1 := strconv.Atoi(a)
	y, err2 := strconv.Atoi(b)
	if err1 == nil && err2 == nil {
		return x - y
	}
	return strings.Compare(a, b)
}

// FileMode is type and permissions as ls prints them.
func FileMode(i rootfs.Info) string {
	kind := byte('?')
	switch i.Kind {
	case rootfs.Regular:
		kind = '-'
	case rootfs.Directory:
		kind = 'd'
	case rootfs.Link:
		kind = 'l'
	case rootfs.FIFO:
		kind = 'p'
	case rootfs.Socket:
		kind = 's'
	case rootfs.Char:
		kind = 'c'
	case rootfs.Block:
		kind = 'b'
	}
	b := append(make([]byte, 0, 10), kind)
	for n := 8; n >= 0; n-- {
		if i.Mode&(1<<n) != 0 {
			b = append(b, "xwr"[n%3])
		} else {
			b = append(b, '-')
		}
	}
	for n, c := range []struct{ with, without byte }{{'t', 'T'}, {'s', 'S'}, {'s', 'S'}} {
		if at := 9 - 3*n; i.Mode&(0o1000<<n) != 0 {
			if b[at] == 'x' {
				b[at] = c.with
			} else {
				b[at] = c.without
			}
		}
	}
	return string(b)
}

// FileOwner shows a number as it is inside, and in parentheses the one on this host where it differs.
func FileOwner(outside uint32, inside int64) string {
	switch {
	case inside < 0:
		return fmt.Sprintf("(%d)", outside)
	case inside == int64(outside):
		return strconv.FormatInt(inside, 10)
	}
	return fmt.Sprintf("%d(%d)", inside, outside)
}

// FileName is a name with what shows its type, and of a link where it leads; safe to print.
func FileName(i rootfs.Info) string {
	name := text.Line(i.Name)
	switch i.Kind {
	case rootfs.Directory:
		name += "/"
	case rootfs.Link:
		name += " -> " + text.Line(i.Target)
	case rootfs.FIFO:
		name += "|"
	case rootfs.Socket:
		name += "="
	}
	return name
}

// FileSections sets out what is known about a file. mount may be nil; does is a sentence on what it is for.
func FileSections(i rootfs.Info, mount *rootfs.FileMount, does string) []Section {
	s := Section{Title: "File " + text.Line(i.Name)}
	add := func(label, value string) { s.Lines = append(s.Lines, Line{Label: label, Value: value}) }
	if does != "" {
		add("", does)
	}
	if i.Err != "" {
		s.Lines = append(s.Lines, Line{Value: text.Line(i.Err), Style: Bad})
		return []Section{s}
	}
	add("Kind", string(i.Kind))
	add("Mode", fmt.Sprintf("%04o %s", i.Mode, FileMode(i)))
	owner := FileOwner(i.UID, i.UIDIn)
	if i.UIDIn != int64(i.UID) {
		owner += " inside (on this host)"
	}
	add("Owner", owner)
	add("Group", FileOwner(i.GID, i.GIDIn))
	add("Size", fmt.Sprintf("%d bytes", i.Size))
	add("Names", fmt.Sprintf("%d", i.Links))
	add("Changed", i.ModTime.Format("2006-01-02 15:04:05"))
	if i.Kind == rootfs.Link {
		add("Leads to", text.Line(i.Target)+", as the process sees it")
	}
	if i.Kind == rootfs.Char || i.Kind == rootfs.Block {
		add("Device", fmt.Sprintf("%d:%d; never opened", i.Rdev>>8&0xfff, i.Rdev&0xff))
	}
	list := []Section{s}
	if mount != nil {
		m := Section{Title: "Mount"}
		m.Lines = append(m.Lines, Line{Label: "Point", Value: text.Line(mount.Point)},
			Line{Label: "Is", Value: mount.Does()}, Line{Label: "Type", Value: text.Line(mount.FSType)},
			Line{Label: "Source", Value: text.Line(mount.Source)}, Line{Label: "Of it", Value: text.Line(mount.Root)})
		list = append(list, m)
	}
	return list
}
