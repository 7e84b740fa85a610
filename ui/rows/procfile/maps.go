package procfile

import (
	"fmt"

	"bones/procwalk/smaps"
	"bones/ui/rows"
)

// addressSpace is maps: the address space, one mapping a line.
//
// Source: proc_pid_maps(5).
func addressSpace(s string) []string {
	t := table("ADDRESS", ">SIZE", "RIGHTS", "WHAT")
	total, both, n := uint64(0), 0, 0
	for _, line := range lines(s) {
		m, ok := smaps.ParseMapping(line)
		if !ok {
			t.raw(line)
			continue
		}
		n++
		what := "memory of its own"
		if m.Name.Len() > 0 {
			what = m.Name.String()
			if says := mappingNotes[what]; says != "" {
				what += ": " + says
			}
		}
		if m.Write && m.Execute {
			both++
			what += "  ! it can be written and executed"
		}
		total += m.To - m.From
		t.add(fmt.Sprintf("%08x-%08x", m.From, m.To), rows.Size(m.To-m.From), mappingRights(m), what)
	}
	head := fmt.Sprintf("%d mappings, %s of address space", n, rows.Size(total))
	if both > 0 {
		head += fmt.Sprintf(", %d can be both written and executed", both)
	}
	return append([]string{head}, t.lines()...)
}

// mappingRights are the rights as maps writes them.
func mappingRights(m smaps.Mapping) string {
	rights := []byte("---")
	for i, has := range []bool{m.Read, m.Write, m.Execute} {
		if has {
			rights[i] = "rwx"[i]
		}
	}
	said := string(rights)
	if said == "---" {
		said = "none"
	}
	if m.Shared {
		said += " shared"
	}
	return said
}

var mappingNotes = map[string]string{"[heap]": "what malloc gives out", "[stack]": "of its first thread",
	"[vdso]": "calls that need no kernel", "[vvar]": "the clock's data for them",
	"[vsyscall]": "the same, older form", "[uprobes]": "traced places"}
