package merge

import (
	"cmp"
	"io"
	"strconv"
	"strings"

	"bones/cmd/bones/internal/listing"
	"bones/cmd/bones/internal/object"
	"bones/cmd/bones/internal/tint"
)

// number is a number; a hyphen where it is not known.
func number(n *int) string {
	if n == nil {
		return "-"
	}
	return strconv.Itoa(*n)
}

// orNil is nil for the PID of what has no process, or was not told.
func orNil(pid int) *int {
	if pid == 0 {
		return nil
	}
	return &pid
}

func pids(out io.Writer, o Options, all []Item) error {
	var t tint.Table
	t.Plain(hostHead, "PID", "INSIDE")
	for _, i := range all {
		p := decoded[object.BackingPID](i)
		t.Row(listing.DimIfEmpty(i.Host, number(orNil(p.PID)), number(p.PIDInside))...)
	}
	return t.Print(out, o.Colours)
}

// containersOf are the containers that a process is in and their runtimes, the innermost last.
func containersOf(w *object.Which) (names, runtimes string) {
	var list, engines []string
	for _, e := range w.Chain {
		if e.Kind != "container" && e.Kind != "sandbox" {
			continue
		}
		name := word(e.Name)
		if name == "-" {
			name = short(e.ID)
		}
		list = append(list, name)
		if e.Runtime != nil && *e.Runtime != "" {
			engines = append(engines, plain(e.Runtime))
		}
	}
	if c := w.Container; len(list) == 0 && c != nil { // what runs beside its groups is in its namespaces alone
		list = append(list, cmp.Or(strings.TrimPrefix(word(c.Name), "-"), cmp.Or(short(&c.ID), "-")))
	}
	if len(list) == 0 && w.Machine != nil {
		list = append(list, "vm:"+word(w.Machine.Name))
	}
	return cmp.Or(strings.Join(list, " > "), "-"), cmp.Or(strings.Join(engines, " > "), "-")
}

func owners(out io.Writer, o Options, all []Item) error {
	var t tint.Table
	t.Plain(hostHead, "PID", "INSIDE", "KIND", "RUNTIME", "CONTAINER", "COMMAND")
	for _, i := range all {
		w := decoded[object.Which](i)
		names, runtimes := containersOf(&w)
		t.Row(listing.DimIfEmpty(i.Host, number(orNil(w.PID)), number(w.PIDInside), plain(&w.Kind), runtimes, names,
			word(&w.Comm))...)
	}
	return t.Print(out, o.Colours)
}
