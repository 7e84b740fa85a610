package main

import (
	"bytes"
	"context"
	"errors"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"bones/cgroupview/inventory"
	"bones/cgroupview/inventory/events"
	"bones/cmd/bones/internal/record/recordtest"
	"bones/cmd/bones/internal/record/seldom"
	"bones/cmd/bones/internal/target"
	"bones/procwalk/text"

	"github.com/spf13/cobra"
)

// steeredCommands name what is there although nothing has its name.
var steeredCommands = [][]string{{"containers", "970"}, {"containers", "--group", "user"},
	{"containers", "--machines"}, {"containers", "--machines", "--json"}, {"stats", "970", "--once"}, {"cgroup", "1201"},
	{"cgroup", "1201", "--json"}, {"cgroup", "1201", "--memory"}, {"cgroup", "1201", "--stat"},
	{"cgroup", "cgroup:/broken"}, {"explain", "970"}, {"explain", "970", "--json"}, {"explain", "1201"},
	{"explain", "1201", "--json"}, {"which", "970"}, {"which", "970", "--json"}, {"diff", "970", "1201"},
	{"health", "970"}, {"health", "--check"}, {"ns", "970"}, {"ns", "--matrix"}, {"ns", "--matrix", "--json"},
	{"pid", "caches"}}

// TestSteeringMoment: of a moment in which nothing is wrong but that each text, or each error, steers a terminal,
// every command prints all that it prints of such, and makes it harmless. The moment was not read from a file, where
// errors are made harmless before: over this host there is nobody who does it for the command.
func TestSteeringMoment(t *testing.T) {
	for what, steered := range map[string]recordtest.Steered{"texts": recordtest.SteeredTexts,
		"errors": recordtest.SteeredErrors, "all errors": recordtest.SteeredErrors} {
		past := steeredPast(t, steered, what == "all errors")
		shown := 0
		for _, args := range slices.Concat(pastCommands, steeredCommands) {
			a, out, errOut := testApp(t)
			root := a.rootFor(args)
			root.PersistentPreRunE = func(*cobra.Command, []string) error { a.past = past; return nil }
			root.SetArgs(args)
			root.SetOut(out)
			root.SetErr(errOut)
			err := root.ExecuteContext(t.Context())
			if s := (*statusError)(nil); errors.As(err, &s) {
				err = s.Err
			}
			if err != nil {
				a.complain(err)
			}
			if strings.Contains(out.String()+errOut.String(), `\x1b[2J`) {
				shown++
			}
			for _, said := range []*bytes.Buffer{out, errOut} {
				if err := unsafeText(said.Bytes()); err != nil {
					t.Errorf("%s, %q: it prints %v", what, args, err)
				}
				// Nor does whoever takes an error out of JSON.
				if i := bytes.Index(said.Bytes(), []byte(`\u001b[2Jit`)); i >= 0 {
					t.Errorf("%s, %q: it prints %.60q", what, args, said.Bytes()[max(i-20, 0):])
				}
			}
			*a = app{}
		}
		if shown < 20 {
			t.Errorf("%s: only %d commands show any of them", what, shown)
		}
	}
}

// steeredPast is the past of a small host with everything that a recording can hold. Unless it is told to, it has no
// errors that leave nothing to be shown.
func steeredPast(t *testing.T, steered recordtest.Steered, whole bool) *target.Past {
	t.Helper()
	dir := t.TempDir()
	genuine, path := filepath.Join(dir, "genuine"), filepath.Join(dir, "steered")
	recordtest.World(t, genuine)
	f := recordtest.Steering(t, genuine, steered)
	recordtest.Write(t, path, f, f) // for commands that read more than one moment
	var moments [2]*inventory.Moment
	for i := range moments {
		m, err := recordtest.Steering(t, genuine, steered).Moment()
		if err != nil {
			t.Fatal(err)
		}
		if moments[i] = m; !whole {
			m.InventoryErr, m.UsageErr = nil, nil
		}
		recordtest.Steer(&m.Snapshot.Host, recordtest.SteeredWords)
	}
	recordtest.Steer(&f.Users, recordtest.SteeredWords)
	recordtest.Steer(&f.Groups, recordtest.SteeredWords)
	now := moments[1]
	return &target.Past{File: path, Before: moments[0], Now: now, Facts: steeredFacts(now, steered, whole),
		User: func(id uint32) string { return f.Users[id] }, Group: func(id uint32) string { return f.Groups[id] },
		Span: func(_ context.Context, _ time.Duration, _ int, each func(*inventory.Moment)) (int, error) {
			each(moments[0])
			each(now)
			return 0, nil
		},
		Kills: func() []events.Event {
			var e [1]events.Event
			recordtest.Fill(&e, 1)
			recordtest.Steer(&e, steered)
			return e[:]
		}}
}

// steeredFacts are what was recorded of groups, processes and namespaces beside the moment.
func steeredFacts(m *inventory.Moment, steered recordtest.Steered, whole bool) *seldom.Facts {
	f := &seldom.Facts{Cgroups: make([]seldom.RecordedHierarchy, 1), Processes: make([]seldom.RecordedProcess, 3)}
	files := []seldom.RecordedFile{{Name: "memory.max"}, {Name: "memory.stat"}, {Name: "memory.events"}, {Name: "x"}}
	f.Cgroups[0].Groups = []seldom.RecordedGroup{{Files: files}, {Files: slices.Clone(files)},
		{Path: text.New("/broken")}}
	recordtest.Fill(f, 90)
	recordtest.Steer(f, steered)
	// By these it is found.
	f.Taken = m.Snapshot.Taken
	for i, pid := range []int{1, 970, 1201} {
		d := &f.Processes[i].Detail
		if d.ID = m.Snapshot.Find(pid).ID(); !whole {
			d.Err = nil
		}
	}
	h := &f.Cgroups[0]
	h.Version, h.Controllers, h.Mount, h.Root = 2, []string{"memory"}, "/sys/fs/cgroup", "/"
	h.Groups[1].Files[3].Value = text.New("\x1b]0;one line\a")
	h.Groups[0].Path, h.Groups[0].Err = text.New("/"), nil
	h.Groups[1].Path, h.Groups[1].Err = text.New(filepath.Clean(m.Snapshot.Find(1201).Cgroups.Lines[0].Path.Raw())), nil
	if !whole {
		f.CgroupsErr, f.NamespacesErr = nil, nil
	}
	return f
}
