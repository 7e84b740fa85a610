package containers

import (
	"bones/ui/kit"
	"bones/ui/rows"
)

// ReadsUnits implements kit.UnitReader.
func (v *View) ReadsUnits() bool { return v.model.Services }

// toggleServices shows systemd's services and slices in place of the containers, or these again. What they use comes
// with the next frame.
func (v *View) toggleServices() {
	v.model.Services = !v.model.Services
	v.located = false
	v.model.SetFilter(nil)
	if f := v.model.Facts(); f.Now != nil {
		v.model.Set(f)
	}
	v.build()
	v.sh.Changed(v, kit.Wants)
}

// Listed are the containers that pass the filter.
func (v *View) Listed() []rows.ContainerRow {
	var list []rows.ContainerRow
	for i := range v.model.Len() {
		if c := v.model.Row(i); c.Total == nil && c.Stopped == nil && c.Guest == nil {
			list = append(list, *c)
		}
	}
	return list
}
