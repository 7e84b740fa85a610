package explain

import (
	"testing"

	"bones/cmd/bones/internal/target"
	"bones/procwalk"
	"bones/procwalk/detail"
	"bones/ui/rows"

	"golang.org/x/sys/unix"
)

// TestEveryMissingFactIsSaid: whichever fact is missing because bones may open no more files, the command has failed.
func TestEveryMissingFactIsSaid(t *testing.T) {
	for name, spoil := range map[string]func(d *detail.Detail){
		"all":            func(d *detail.Detail) { d.Err = unix.EMFILE },
		"status":         func(d *detail.Detail) { d.Status.Err = unix.EMFILE },
		"root's mount":   func(d *detail.Detail) { d.Mounts.Value.Root.Err = unix.EMFILE },
		"user map":       func(d *detail.Detail) { d.UIDMap.Err = unix.EMFILE },
		"group map":      func(d *detail.Detail) { d.GIDMap.Err = unix.EMFILE },
		"security label": func(d *detail.Detail) { d.Label.Err = unix.EMFILE },
		"nothing":        func(*detail.Detail) {},
		"another cause":  func(d *detail.Detail) { d.UIDMap.Err = unix.EACCES },
	} {
		var said error
		e := &Explainer{finder: target.Finder{Starved: func(err error) { said = err }}}
		d := &detail.Detail{Status: &procwalk.Status{}, Cmdline: &procwalk.Cmdline{}}
		spoil(d)
		e.starved(&rows.ExplainFacts{Detail: d})
		if want := name != "nothing" && name != "another cause"; (said != nil) != want {
			t.Errorf("%s: said %v", name, said)
		}
	}
}
