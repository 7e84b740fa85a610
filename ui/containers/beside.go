package containers

import (
	"context"
	"slices"
	"time"

	"bones/cgroupview/container"
	"bones/ui/kit"
	"bones/ui/rows"
)

// What a moment does not hold is read beside it: of the rows in view only, as it takes several files of each.

// readBeside has it read anew, unless that is still under way.
func (v *View) readBeside() {
	if v.backend.Extra != nil && !v.extra.Busy() {
		v.extra.Reload(struct{}{})
	}
	// Their number stands in the header, also where they are not listed: that may be a little older.
	if v.backend.Stopped != nil && !v.records.Busy() && (v.stopped || v.sh.Now().Sub(v.counted).Abs() > countedFor) {
		v.counted = v.sh.Now()
		v.records.Reload(struct{}{})
	}
}

// sortedBeside are the columns that the table cannot be sorted by unless what they show is known of every row.
var sortedBeside = []string{"SWAP", "OOM", "THROTTLED", "NET", "PORTS"}

func (v *View) readExtra(struct{}) kit.Read {
	first, end := v.table.InView()
	if c := v.model.Sort(); c != nil && slices.Contains(sortedBeside, c.Name) {
		first, end = 0, v.model.Len()
	}
	if v.table.Page == 0 { // it was not drawn yet
		first, end = 0, min(v.model.Len(), 100)
	}
	var list []rows.ContainerRow
	for i := first; i < min(end, v.model.Len()); i++ {
		if c := v.model.Row(i); c.Total == nil && c.Stopped == nil {
			list = append(list, *c)
		}
	}
	if len(list) == 0 {
		return nil
	}
	snap := v.model.Facts().Snap
	return func(ctx context.Context) func() {
		read := v.backend.Extra(ctx, snap, list)
		return func() {
			v.model.SetExtra(read)
			v.followCursor()
			v.sh.Changed(v, kit.Description)
		}
	}
}

// showLogs opens what the selected container prints, or has printed.
func (v *View) showLogs() {
	switch c := v.row(); {
	case c == nil || c.Total != nil:
		v.sh.Notice(rows.Warn, "there is no container selected")
	case c.Stopped != nil:
		v.backend.Logs.Show(v.sh, "id:"+c.Stopped.ID.Raw(), c.Label().String())
	case c.Guest != nil:
		v.sh.Notice(rows.Warn, c.Label().String()+" is a virtual machine: what it prints is on its console, which its "+
			"monitor has")
	default:
		v.backend.Logs.Show(v.sh, c.Container.Word(), c.Label().String())
	}
}

// toggleStopped shows what does not run, or hides it.
func (v *View) toggleStopped() {
	v.stopped, v.note = !v.stopped, ""
	if !v.stopped {
		v.model.SetStopped(nil)
		v.build()
		return
	}
	v.records.Reload(struct{}{})
}

// countedFor is for how long it counts how many do not run, while nobody looks at them.
const countedFor = 30 * time.Second

// NotRunning are the containers that do not run, as they were read last.
func (v *View) NotRunning() []container.Stopped { return v.ended }

func (v *View) readStopped(struct{}) kit.Read {
	now := v.model.Facts().Now
	if now == nil || now.Inventory == nil {
		return nil
	}
	return func(ctx context.Context) func() {
		list, note, err := v.backend.Stopped(ctx, now.Inventory)
		return func() {
			if v.ended = list; !v.stopped {
				return
			}
			if v.note = note; err != nil {
				v.note = ": " + kit.ErrorLine(err)
			}
			v.model.SetStopped(list)
			v.build()
		}
	}
}
