package storage

import (
	"fmt"

	"bones/cmd/bones/internal/object"
	"bones/procwalk/fault"
	"bones/procwalk/rootfs/filetree"
	"bones/procwalk/text"
	"bones/ui/rows"
)

// cells are those of a mount: KIND MOUNTED ON, TYPE, DEVICE, SIZE, USED, FREE, USE%, SOURCE.
func (m *MountUse) cells() []string {
	size, used, free, share := "-", "-", "-", "-"
	switch {
	case m.Err != nil:
		share = "(" + fault.Line(m.Err) + ")"
	case m.Use.Total > 0:
		size, used, free = rows.Size(m.Use.Total), rows.Size(m.Use.Total-m.Use.Free), rows.Size(m.Use.Available)
		share = fmt.Sprintf("%.0f%%", 100*m.share())
	}
	from := m.Source.String()
	if m.Root.Raw() != "/" {
		from += " " + m.Root.String() // which directory of it
	}
	return []string{m.Kind, m.Point.String(), m.FSType.String(), m.Device, size, used, free, share, from}
}

// share is what df has as Use%: what root keeps for itself is no room.
func (m *MountUse) share() float64 {
	used := m.Use.Total - min(m.Use.Free, m.Use.Total)
	if room := used + m.Use.Available; room > 0 {
		return float64(used) / float64(room)
	}
	return 0
}

func (m *MountUse) style() rows.Style {
	switch {
	case m.Err != nil:
		return rows.Warn
	case m.Kind == "kernel" || m.Use.Total == 0:
		return rows.Dim
	}
	return rows.ShareStyle(m.share())
}

// sizeLine says what was measured.
func sizeLine(u filetree.TreeUse) string {
	s := fmt.Sprintf("%s in %d entries", rows.Size(u.Bytes), u.Files)
	if u.Unread > 0 {
		s += fmt.Sprintf("; %d directories could not be read: %s", u.Unread, text.Line(u.Why))
	}
	if u.Links {
		s += "; some files with several names are counted more than once"
	}
	return s
}

// Sections are the mounts and the writable layer for the terminal UI. size is nil as long as nobody has measured the
// layer.
func (s *Storage) Sections(size *filetree.TreeUse) []rows.Section {
	if s == nil {
		return nil
	}
	mounts := rows.Section{Title: "Mounts"}
	for i := range s.Mounts {
		m := &s.Mounts[i]
		if m.Kind == "kernel" {
			continue
		}
		c := m.cells()
		mounts.Lines = append(mounts.Lines, rows.Line{Label: c[1], Style: m.style(),
			Value: fmt.Sprintf("%s of %s used, %s free  %s on %s, %s", c[5], c[4], c[6], c[2], c[3], c[8])})
		if m.Err != nil {
			mounts.Lines[len(mounts.Lines)-1].Value = fmt.Sprintf("%s  %s on %s, %s", c[7], c[2], c[3], c[8])
		}
	}
	if s.Cut != nil {
		mounts.Lines = append(mounts.Lines, rows.Line{Label: "more", Value: fault.Line(s.Cut), Style: rows.Warn})
	}
	layer := rows.Section{Title: "Writable layer"}
	switch {
	case s.Upper == "":
		layer.Lines = append(layer.Lines, rows.Line{Value: s.NoUpper, Style: rows.Dim})
	case size == nil:
		layer.Lines = append(layer.Lines, rows.Line{Label: "at", Value: text.Line(s.Upper)},
			rows.Line{Label: "size", Value: "not measured", Style: rows.Dim})
	default:
		layer.Lines = append(layer.Lines, rows.Line{Label: "at", Value: text.Line(s.Upper)},
			rows.Line{Label: "size", Value: sizeLine(*size)})
	}
	hand := rows.Section{Title: "By hand"}
	for _, line := range s.ByHand() {
		hand.Lines = append(hand.Lines, rows.Line{Value: line})
	}
	return []rows.Section{mounts, layer, hand}
}

// object is it in JSON.
func (s *Storage) object(size *filetree.TreeUse) object.Storage {
	o := object.Storage{PID: s.PID, Mounts: []object.StorageMount{}, Errors: map[string]string{}, ByHand: s.ByHand()}
	if s.Cut != nil {
		o.Errors["mounts"] = fault.Line(s.Cut)
	}
	for i := range s.Mounts {
		m := &s.Mounts[i]
		j := object.StorageMount{Device: m.Device, Root: m.Root, Point: m.Point, FSType: m.FSType, Source: m.Source,
			Kind: m.Kind, Options: m.Options}
		if m.Err != nil {
			why := fault.Line(m.Err)
			j.Error = &why
		} else if m.Use.Total > 0 {
			used := m.Use.Total - min(m.Use.Free, m.Use.Total)
			j.Size, j.Used, j.Available = &m.Use.Total, &used, &m.Use.Available
		}
		if m.Use.Inodes > 0 {
			j.Inodes, j.FreeInodes = &m.Use.Inodes, &m.Use.FreeInodes
		}
		o.Mounts = append(o.Mounts, j)
	}
	if s.Upper == "" {
		o.Errors["writable_layer"] = text.Line(s.NoUpper)
		return o
	}
	upper := text.New(s.Upper)
	o.Layer = &object.StorageLayer{Dir: upper}
	if size != nil {
		o.Layer.Bytes, o.Layer.Entries = &size.Bytes, &size.Files
		if size.Unread > 0 {
			o.Errors["writable_layer"] = sizeLine(*size)
		}
	}
	return o
}
