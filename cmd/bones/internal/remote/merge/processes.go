package merge

import (
	"cmp"
	"io"
	"strconv"
	"strings"

	"bones/cmd/bones/internal/listing"
	"bones/cmd/bones/internal/tint"
)

// process is what is looked at of a process, see psfmt.Object. Its table is the one that ps prints there.
type process struct{ PID *int }

// backing is what the table shows of the process that backs a container, see object.BackingPID.
type backing struct {
	PID       *int
	PIDInside *int `json:"pid_inside"`
}

// number is a number; a hyphen where it is not known.
func number(n *int) string {
	if n == nil {
		return "-"
	}
	return strconv.Itoa(*n)
}

func pids(out io.Writer, o Options, all []Item) error {
	var t tint.Table
	t.Plain(hostHead, "PID", "INSIDE")
	for _, i := range all {
		p := decoded[backing](i)
		t.Row(listing.DimIfEmpty(i.Host, number(p.PID), number(p.PIDInside))...)
	}
	return t.Print(out, o.Colours)
}

// owner is what the table shows of a process and what it is in, see object.Which.
type owner struct {
	PID       *int
	PIDInside *int `json:"pid_inside"`
	Comm      *string
	Kind      *string
	Machine   *struct{ Name *string }
	Container *struct{ Name, ID *string }
	Chain     []struct {
		Kind              string
		Runtime, ID, Name *string
	}
}

// names are the containers that it is in and their runtimes, the innermost last.
func (w *owner) names() (names, runtimes string) {
	var list, engines []string
	for _, e := range w.Chain {
		if e.Kind != "container" && e.Kind != "sandbox" {
			continue
		}
		name := word(e.Name)
		if name == "-" {
			name = (&container{ID: e.ID}).short()
		}
		list = append(list, name)
		if e.Runtime != nil && *e.Runtime != "" {
			engines = append(engines, word(e.Runtime))
		}
	}
	if c := w.Container; len(list) == 0 && c != nil { // what runs beside its groups is in its namespaces alone
		list = append(list, cmp.Or(strings.TrimPrefix(word(c.Name), "-"), (&container{ID: c.ID}).short()))
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
		w := decoded[owner](i)
		names, runtimes := w.names()
		t.Row(listing.DimIfEmpty(i.Host, number(w.PID), number(w.PIDInside), word(w.Kind), runtimes, names, word(w.Comm))...)
	}
	return t.Print(out, o.Colours)
}

// total is what is looked at of a group of containers, see object.Total. Its table is the one that is printed there.
type total struct {
	By    string
	Group *string
}
