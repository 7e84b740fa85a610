package ui

import (
	"bones/cgroupview/inventory/matrix"
	"context"
	"fmt"
	"strings"

	"bones/cgroupview"
	"bones/cgroupview/inventory/events"
	"bones/nsview"
	"bones/procwalk"
	"bones/procwalk/rootfs"
	"bones/procwalk/text"
	"bones/ui/kit"
	"bones/ui/rows"
)

// Export is what a view would write to a file: what it shows, as the filter leaves it. Of the parts one is set.
type Export struct {
	View       string
	Processes  []procwalk.ID // those tagged, or all that pass
	Containers []rows.ContainerRow
	Matrix     []*matrix.Row // of namespaces; in place of Namespaces
	Namespaces []nsview.Key
	Unused     bool // namespaces without a process are among them
	Group      *cgroupview.Group
	Files      []rootfs.Info
	Events     []events.Event
}

// askExport asks for the file.
func (u *UI) askExport() {
	name := "bones-" + strings.ToLower(u.View().Name()) + ".json"
	u.ask(kit.Question{Label: "export to: ", Text: name, Accept: u.exportTo})
}

// exportTo has the view written to a file that is not there yet.
func (u *UI) exportTo(file string) {
	if file == "" {
		u.askExport()
		return
	}
	e, why := u.exported()
	if why != "" {
		u.say(rows.Warn, "export: "+why)
		return
	}
	u.say(rows.Plain, "exporting ...")
	shell{u}.Run(func(ctx context.Context) func() {
		path, n, err := u.opt.Export(ctx, e, file)
		return func() {
			if err != nil {
				u.say(rows.Bad, kit.ErrorLine(err))
				return
			}
			u.say(rows.Plain, fmt.Sprintf("%s written to %s", kit.Plural(n, "row", "rows"), text.Line(path)))
		}
	})
}

// exported is what the view shows, or why there is nothing to write.
func (u *UI) exported() (e Export, why string) {
	e.View = u.View().Name()
	switch u.View() {
	case u.processes:
		e.Processes = u.processes.Listed()
		why = kit.OffIf(len(e.Processes) == 0, "no process is shown")
	case u.containers:
		e.Containers = u.containers.Listed()
		why = kit.OffIf(len(e.Containers) == 0, "no container is shown")
	case u.namespaces:
		e.Matrix = u.namespaces.Matrix()
		e.Namespaces, e.Unused = u.namespaces.Listed()
		why = kit.OffIf(len(e.Namespaces) == 0, "no namespace is shown")
	case u.cgroups:
		e.Group = u.cgroups.Group()
		why = kit.OffIf(e.Group == nil, "no group is selected")
	case u.files:
		e.Files = u.files.Listed()
		why = kit.OffIf(len(e.Files) == 0, "no file is shown")
	case u.events:
		e.Events = u.events.Listed()
		why = kit.OffIf(len(e.Events) == 0, "no event is shown")
	default:
		why = "this view cannot be exported"
	}
	return e, why
}
