package ui

import (
	"fmt"
	"strings"

	"bones/cgroupview"
	"bones/nsview"
	"bones/procwalk"
	"bones/procwalk/rootfs"
	"bones/procwalk/text"
	"bones/ui/rows"
)

// Export is what a view would write to a file: what it shows, as the filter leaves it. Of the parts one is set.
type Export struct {
	View       string
	Processes  []procwalk.ID // those tagged, or all that pass
	Containers []rows.Container
	Namespaces []nsview.Key
	Unused     bool // namespaces without a process are among them
	Group      *cgroupview.Group
	Files      []rootfs.Info
}

// exporter is a View that can be exported.
type exporter interface {
	// Export says what is to be written, or why there is nothing.
	Export() (e Export, why string)
}

// askExport asks for the file.
func (u *UI) askExport() {
	u.ask("export to: ", "bones-"+strings.ToLower(u.view().Name())+".json", nil, u.exportTo, nil)
}

// exportTo has the view written to a file that is not there yet.
func (u *UI) exportTo(file string) {
	if file == "" {
		u.askExport()
		return
	}
	v, ok := u.view().(exporter)
	if !ok {
		u.say(rows.Warn, "this view cannot be exported")
		return
	}
	e, why := v.Export()
	if why != "" {
		u.say(rows.Warn, "export: "+why)
		return
	}
	e.View = u.view().Name()
	u.say(rows.Plain, "exporting ...")
	u.spawn(func() {
		path, n, err := u.opt.Export(u.ctx, e, file)
		u.post(func() {
			if err != nil {
				u.say(rows.Bad, sanitiseError(err))
				return
			}
			u.say(rows.Plain, fmt.Sprintf("%s written to %s", plural(n, "row", "rows"), text.Line(path)))
		})
	})
}

// Export implements exporter.
func (v *processes) Export() (Export, string) {
	if tags := v.model.Tags(); len(tags) > 0 {
		var e Export
		for _, p := range tags {
			e.Processes = append(e.Processes, p.ID())
		}
		return e, ""
	}
	list := v.model.PassingIDs()
	return Export{Processes: list}, missing(len(list) == 0, "no process is shown")
}

// Export implements exporter.
func (v *containers) Export() (Export, string) {
	var e Export
	for i := range v.model.Len() {
		e.Containers = append(e.Containers, *v.model.Row(i))
	}
	return e, missing(len(e.Containers) == 0, "no container is shown")
}

// Export implements exporter.
func (v *namespaces) Export() (Export, string) {
	e := Export{Namespaces: v.list.Passing(), Unused: v.reader.all}
	return e, missing(len(e.Namespaces) == 0, "no namespace is shown")
}

// Export implements exporter.
func (v *cgroups) Export() (Export, string) {
	g := v.group()
	return Export{Group: g}, missing(g == nil, "no group is selected")
}

// Export implements exporter.
func (v *files) Export() (Export, string) {
	return Export{Files: v.list}, missing(len(v.list) == 0, "no file is shown")
}
