package cgroups

import (
	"context"

	"bones/ui/kit"
	"bones/ui/rows"
)

// detailsKey says what the details are about: a group, and of its files the selected one, or "".
type detailsKey struct {
	group groupKey
	file  string
}

// Describe implements kit.Describer.
func (v *View) Describe(bool) []rows.Section {
	g := v.Group()
	if g == nil {
		return nil
	}
	var more *rows.GroupMore
	f := v.selectedFile()
	if v.moreOf.group == keyOf(g) {
		about := v.more
		if f == nil || v.moreOf.file != f.Name.Raw() {
			about.HasLimit = false
		}
		more = &about
	}
	return rows.GroupSections(g, f, v.names, more)
}

// ReadDetails implements kit.Describer.
func (v *View) ReadDetails() {
	g := v.Group()
	if g == nil || v.backend.More == nil {
		return
	}
	key := detailsKey{group: keyOf(g)}
	if f := v.selectedFile(); f != nil {
		key.file = f.Name.Raw()
	}
	v.details.Load(key)
}

// readMore reads more about the group and the file, if that group is still the selected one.
func (v *View) readMore(key detailsKey) kit.Read {
	g := v.Group()
	if g == nil || keyOf(g) != key.group {
		return nil
	}
	return func(ctx context.Context) func() {
		more := v.backend.More(ctx, g, key.file)
		return func() {
			v.more, v.moreOf = more, key
			v.sh.Changed(v, kit.Description)
		}
	}
}
