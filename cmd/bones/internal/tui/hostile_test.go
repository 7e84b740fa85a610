package tui

import (
	"math/rand/v2"
	"path/filepath"
	"strings"
	"testing"

	"bones/cgroupview/inventory"
	"bones/cmd/bones/internal/record"
	"bones/cmd/bones/internal/record/recordtest"
	"bones/cmd/bones/internal/target"
	"bones/procwalk/proctest"
	"bones/ui"
	"bones/ui/kit"
	"bones/ui/rows"
	"bones/ui/uitest/fakehost"
)

// TestHostileRecordingDrawn: whatever values stand in a recording that somebody sent, the terminal UI shows it under
// any keys, and nothing that acts on a terminal.
func TestHostileRecordingDrawn(t *testing.T) {
	dir := t.TempDir()
	genuine, path := filepath.Join(dir, "genuine"), filepath.Join(dir, "hostile")
	recordtest.World(t, genuine)
	for seed := range uint64(proctest.Soak(8, 2000)) {
		recordtest.Write(t, path, recordtest.Hostile(t, genuine, seed+1_000_000), recordtest.Hostile(t, genuine, seed))
		r, err := record.Open(path)
		if err != nil {
			t.Fatal(err)
		}
		past, err := record.NewReplay(r)
		if err != nil {
			t.Fatal(err)
		}
		t.Logf("seed %d", seed)
		show(t, past, seed)
		past.Close()
	}
}

// show draws a recording, and presses keys.
func show(t *testing.T, past *record.Replay, seed uint64) {
	rnd := rand.New(rand.NewPCG(seed, 3))
	host := fakehost.New(t, 30+rnd.IntN(140), 10+rnd.IntN(40))
	p := &program{Config: Config{Targets: target.Finder{Proc: t.TempDir(), Cgroups: t.TempDir()}, Replay: past}}
	o := ui.Options{Backend: p.pastBackend(past), Screen: host.Terminal, Past: past, ReadOnly: ui.ThisIsThePast,
		ASCII: rnd.IntN(2) == 0}
	o.Loop = &ui.Loop{Post: func(show func()) { show() }, Lend: func(func()) bool { return false }}
	o.Go = func(f func()) { f() }
	o.Copy, o.Suspend, o.Export = func(string) {}, nil, nil
	app := ui.New(o)
	host.UI = app
	update := func() {
		if m, err := past.Moment(t.Context(), inventory.Ask{}); err != nil {
			app.Update(&kit.Frame{Err: err})
		} else {
			app.Update(&kit.Frame{Facts: rows.NewFacts(past.Before(), m)})
		}
	}
	update()
	for _, view := range []string{"1", "2", "3", "4", "5"} {
		host.Press(view)
		host.SafeAsDrawn()
		keys := strings.Fields("j k G g l h t * i w x d I > < n N ? Esc Enter Esc H O Tab [ ] , . Space y F6 Esc e Esc s " +
			"Esc")
		for range 12 {
			host.Press(keys[rnd.IntN(len(keys))])
			host.SafeAsDrawn()
		}
		host.Press("Esc", "Esc")
		update()
		host.Safe()
	}
}
