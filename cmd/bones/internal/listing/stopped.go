package listing

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"bones/cgroupview/container"
	"bones/cgroupview/inventory"
	"bones/cmd/bones/internal/object"
	"bones/cmd/bones/internal/tint"
	"bones/procwalk"
	"bones/ui/rows"
)

// Stopped are the containers that do not run, from the engines' records. The errors are what of them could not be
// read; the list is good without that.
func Stopped(m *inventory.Moment) ([]container.Stopped, []error) {
	list, more, errs := m.Inventory.Stopped()
	if more {
		errs = append(errs, errors.New("--all: the engines have more records of containers that do not run than "+
			"bones reads"))
	}
	return list, errs
}

// All prints one line for each container, with what it does: those that run, and below them those that do not.
func (t Tables) All(list []Container, stopped []container.Stopped, s *procwalk.Snapshot) error {
	var w tint.Table
	w.Plain(strings.Fields("NAME RUNTIME ID PID STATUS IMAGE")...)
	for i := range list {
		u := &list[i]
		w.Row(slices.Concat([]tint.Cell{{Text: u.Label().String(), Style: rows.ContainerHue(u.Container)}},
			DimIfEmpty(cmp.Or(string(u.Runtime), "-"), cmp.Or(inventory.ShortID(u.ID).String(), "-"), strconv.Itoa(u.PID)),
			[]tint.Cell{{Text: u.status(s), Style: rows.Good}}, DimIfEmpty(cmp.Or(u.Info.Image.String(), "-")))...)
	}
	for _, c := range stopped {
		style := rows.Dim
		if c.OOM || c.Exit != nil && *c.Exit != 0 {
			style = rows.Warn
		}
		w.Row(slices.Concat(DimIfEmpty(cmp.Or(c.Name.String(), "-"), string(c.Runtime), inventory.ShortID(c.ID).String(),
			"-"),
			[]tint.Cell{{Text: c.Status(s.Taken), Style: style}}, DimIfEmpty(cmp.Or(c.Image.String(), "-")))...)
	}
	return w.Print(t.Out, t.Colours)
}

// status is what a container that runs does.
func (c *Container) status(of *procwalk.Snapshot) string {
	s := "Up"
	if c.Process != nil && of.Host.TicksPerSec > 0 {
		s += " " + container.Ago(max(of.Uptime-of.Host.Ticks(c.Process.StartTime), 0))
	}
	if c.Sample.Frozen {
		s += " (frozen)"
	}
	return s
}

// PrintIDs prints the ids of all that have one.
func PrintIDs(out io.Writer, list []Container, stopped []container.Stopped) error {
	for i := range list {
		if u := &list[i]; !u.Sandbox() {
			if _, err := fmt.Fprintln(out, u.ID); err != nil {
				return err
			}
		}
	}
	for _, c := range stopped {
		if _, err := fmt.Fprintln(out, c.ID); err != nil {
			return err
		}
	}
	return nil
}

// WriteAll prints those that run and those that do not in JSON.
func WriteAll(out io.Writer, m *inventory.Moment, list []Container, stopped []container.Stopped) error {
	host := inventory.HostNamespaces(m.Snapshot)
	return object.WriteArray(out, func(yield func(any) bool) {
		for i := range list {
			if !yield(list[i].Object(host)) {
				return
			}
		}
		for _, c := range stopped {
			if !yield(object.NewStopped(c)) {
				return
			}
		}
	})
}
