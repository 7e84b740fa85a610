package ui

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"bones/procwalk"
	"bones/procwalk/effect"
	"bones/procwalk/text"
	"bones/ui/history"
	"bones/ui/rows/rowstest"
	"bones/ui/uitest/fakehost"
)

// TestCommandsAreWords types commands of bones, ps and docker into the palette: each shows or does the same.
func TestCommandsAreWords(t *testing.T) {
	for line, ok := range map[string]func(*rig) bool{
		"top cache": func(r *rig) bool {
			return r.View().Number() == 1 && r.Shows(`filter "container:cache"`) && r.pid() == 970
		},
		"top 700": func(r *rig) bool {
			return r.View().Number() == 1 && r.pid() == 700 && !r.Shows("filter \"")
		},
		"ps":               func(r *rig) bool { return r.View().Number() == 1 },
		"stats":            func(r *rig) bool { return r.View().Number() == 2 },
		"stats cache":      func(r *rig) bool { return r.View().Number() == 2 && r.pid() == 970 },
		"containers":       func(r *rig) bool { return r.View().Number() == 2 },
		"cgroup cache":     func(r *rig) bool { return r.View().Number() == 4 && r.pid() == 970 },
		"files cache":      func(r *rig) bool { return r.View().Number() == 5 && r.pid() == 970 },
		"pid cache":        func(r *rig) bool { return r.View().Number() == 1 && r.pid() == 970 },
		"which 990":        func(r *rig) bool { return r.View().Number() == 1 && r.pid() == 990 },
		"1200":             func(r *rig) bool { return r.pid() == 1200 },
		"logs cache":       func(r *rig) bool { return r.Shows("docker logs --follow cache") },
		"kill cache":       func(r *rig) bool { return r.Shows("Signal to PID 970") },
		"kill -HUP cache":  func(r *rig) bool { return r.Shows("signal 1 to 970?") },
		"kill -9 970":      func(r *rig) bool { return r.Shows("signal 9 to 970?") },
		"kill -s KILL 970": func(r *rig) bool { return r.Shows("signal 9 to 970?") },
		"kill -NONE 970":   func(r *rig) bool { return r.Shows(`there is no signal "NONE"`) },
		"update cache --memory 1g": func(r *rig) bool {
			return strings.Join(r.Asked, ",") == "set memory=1g of container cache"
		},
		"set cache pids=7 cpus=2": func(r *rig) bool {
			return strings.Join(r.Asked, ",") == "set pids=7 cpus=2 of container cache"
		},
		"update cache --memory": func(r *rig) bool { return r.Shows("--memory wants a value") },
		"update nobody -m 1g":   func(r *rig) bool { return len(r.Asked) == 0 && r.message.Text != "" },
		"freeze cache": func(r *rig) bool {
			return strings.HasPrefix(strings.Join(r.Asked, ","), "freeze true container cache")
		},
		"unpause cache": func(r *rig) bool {
			return strings.HasPrefix(strings.Join(r.Asked, ","), "freeze false container cache")
		},
		"exec cache": func(r *rig) bool { return r.Shows("exec: processes cannot be entered here") },
		"top nobody": func(r *rig) bool {
			return r.View().Number() == 1 && r.message.Text != "" && !r.Shows("filter \"")
		},
		"history": func(r *rig) bool { return r.Shows("there is no journal here") },
	} {
		t.Run(line, func(t *testing.T) {
			r := ctWorld(t, 120, 40, "1")
			r.Type(":" + line)
			r.frame(rowstest.World(4)) // the palette has the containers read
			r.Press("Enter")
			r.frame(rowstest.World(6))
			r.Safe()
			if !ok(r) {
				t.Errorf("asked %q, PID %d, view %d\n%s", r.Asked, r.pid(), r.View().Number(), r.Text())
			}
		})
	}
}

// TestExecFillsInTheProgram: what follows the target is the program.
func TestExecFillsInTheProgram(t *testing.T) {
	n := nsWorld(t, 120, 40)
	for _, line := range []string{"exec 970 ls -l /", "exec -it 970 ls -l /", "enter 970 -- ls -l /"} {
		n.entered = nil
		n.Type(":" + line + "\r")
		n.WantText("ls -l /")
		n.Press("Enter")
		if len(n.entered) != 1 || n.entered[0].Target.PID != 970 || strings.Join(n.entered[0].Program, " ") != "ls -l /" {
			t.Errorf("%s: entered %+v", line, n.entered)
		}
		n.Press("Esc")
	}
}

// called is a process with a name.
func called(pid int, name string) (p procwalk.Process) {
	p.PID, p.PPID, p.StartTime, p.State, p.Comm = pid, 1, 5, 'S', text.New(name)
	return p
}

// TestTheBestIsOfferedFirst: what is called so comes first, whatever stands before it in the table.
func TestTheBestIsOfferedFirst(t *testing.T) {
	s := rowstest.World(0)
	var first []procwalk.Process
	for i := range 3 * offered {
		first = append(first, called(20000+i, fmt.Sprintf("dx%dxb", i)))
	}
	s.Processes = append(s.Processes, first...)
	s.Processes = append(s.Processes, called(30000, "db"))
	r := newRig(t, 100, 40)
	r.frame(s)
	r.Type(":db")
	if got := r.offers(); !strings.HasPrefix(got, "[30000 db]") || len(r.palette().list) < offered {
		t.Errorf("offers %.60q", got)
	}
	r.Press("Enter")
	if r.pid() != 30000 {
		t.Errorf("led to PID %d", r.pid())
	}
}

// withHistory gives a UI three changes.
func withHistory(asked *[]int, problem *error) func(*Options) {
	return func(o *Options) {
		o.UndoLast = func(context.Context) (effect.Effect, error) { return nil, errors.New("not this one") }
		o.History = history.Backend{
			List: func(context.Context) ([]history.JournalLine, string, error) {
				at := time.Date(2026, 1, 31, 3, 0, 0, 0, time.Local)
				return []history.JournalLine{
					{N: 1, Time: at, Who: text.New("root"), What: text.New("write 1 to memory.max"), ByHand: "echo 1 > x",
						Result: "done", Undoable: true},
					{N: 2, Time: at, Who: text.New("ev\x1be"), What: text.New(fakehost.HostileName), Result: "failed"},
					{N: 7, Time: at, Who: text.New("ada"), What: text.New("freeze web"), Result: "undone"},
				}, "a line was cut short", *problem
			},
			Undo: func(_ context.Context, n int) (effect.Effect, error) {
				*asked = append(*asked, n)
				return fakehost.Effect{What: fmt.Sprintf("undo number %d", n)}, nil
			},
		}
	}
}

// TestHistory lists what was changed, and takes any line back, after asking even where it is safe.
func TestHistory(t *testing.T) {
	var asked []int
	var problem error
	for _, open := range []string{"J", ":history\r"} {
		asked = nil
		r := world(t, 100, 30, withHistory(&asked, &problem))
		r.Type(open)
		r.SafeAsDrawn()
		for _, want := range []string{"2026-01-31 03:00:00", "root", "write 1 to memory.max", `ev\x1be`, "freeze web", "undone",
			"a line was cut short"} {
			r.WantText(want)
		}
		r.Press("j", "j")
		r.WantText("by hand: echo 1 > x")
		r.Press("u")
		r.WantText("undo number 1?")
		r.Press("Enter") // No
		if len(r.Sent) > 0 {
			t.Fatalf("carried out %q without a yes", r.Sent)
		}
		r.Press("u", "y")
		if strings.Join(r.Sent, ",") != "undo number 1" {
			t.Fatalf("carried out %q", r.Sent)
		}
		r.Press("Esc")
		r.Type(":undo 7\r")
		r.WantText("undo number 7?")
		r.Press("Esc")
		r.Type(":undo x\r")
		r.WantText(`undo "x": give a number`)
		r.Type(":undo\r")
		r.WantText("not this one")
	}
	locked := world(t, 100, 30, withHistory(&asked, &problem), func(o *Options) { o.ReadOnly = "read-only it is" })
	asked = nil
	locked.Press("J", "u")
	if locked.Press("Esc"); len(asked) > 0 {
		t.Error("undone in spite of --readonly")
	}
	problem = errors.New("no \x1b journal")
	broken := world(t, 100, 30, withHistory(&asked, &problem))
	broken.Press("J")
	broken.WantText(`no \x1b journal`)
	small := world(t, 40, 10, withHistory(&asked, new(error)))
	small.Press("J")
	small.WantText("failed")
	small.Safe()
}
