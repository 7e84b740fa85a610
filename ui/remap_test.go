package ui

import (
	"strings"
	"testing"
	"time"
)

func TestRemappedKeys(t *testing.T) {
	r := world(t, 100, 30, func(o *Options) {
		o.Keys = map[string]string{"quit": "Q", "help": "^g", "processes.down": "k", "processes.up": "j",
			"history-back": "B", "Processes.Fold all": "F12", "copy": ""}
	})
	if r.message.Text != "" {
		t.Fatalf("it complains: %s", r.message.Text)
	}
	r.Type(":970\r")
	r.Press("q")
	if r.ctx.Err() != nil {
		t.Fatal("the old key still quits")
	}
	r.Time = r.Time.Add(time.Second) // what is typed right after a key that does nothing is not taken
	r.Press("k")
	if r.pid() != 990 {
		t.Errorf("k led to PID %d", r.pid())
	}
	r.Press("j", "B")
	if r.pid() != 1 {
		t.Errorf("B led to PID %d", r.pid())
	}
	r.Press("F12")
	if strings.Contains(r.Text(), "-bash") {
		t.Error("F12 did not fold")
	}
	r.Press("y")
	if r.Copied != "" {
		t.Error("a key that was taken away still copies")
	}
	r.Time = r.Time.Add(time.Second)
	r.Press("i") // the next key takes away what was said about the last one
	r.WantText("^g help  Q quit")
	r.Press("^g")
	r.WantText("Keys (")
	r.Type("/quit\r")
	r.WantText("Q ^c")
	r.Press("Esc", "Esc", "F1") // help cannot be lost
	r.Type("/page\r")
	r.WantText("^g F1")
	r.Press("Esc", "Esc", "^c")
	if r.ctx.Err() == nil {
		t.Error("^c does not quit")
	}
}

func TestBadKeysAreTold(t *testing.T) {
	for _, c := range []struct {
		name, keys, why string
	}{
		{"nonsense", "x", "no such action"}, {"cgroups.nonsense\x1b", "x", "no such action"},
		{"down", "x", "no such action"},
		{"quit", "F99", `no key "F99"`}, {"quit", "\x1b", "no key"}, {"quit", "^i", "is Tab"}, {"quit", "^m", "is Enter"},
		{"quit", "ab", "no key"}, {"quit", "\u202e", "no key"},
		{"pause", "Esc", "Esc always means back"}, {"processes.tag", "Enter", "Enter always means into"}, {"pause", "F1",
			"F1 always means help"},
		{"quit", "j", "j is also the key of processes.down"}, {"cgroups.edit", "q", "q is also the key of quit"},
		{"containers.sort", "/", "/ is also the key of containers.filter"},
	} {
		problems := KeyProblems(map[string]string{c.name: c.keys})
		if len(problems) != 1 || problems[0].Name != c.name || !strings.Contains(problems[0].Why, c.why) {
			t.Errorf("%s = %q: %v, want %q", c.name, c.keys, problems, c.why)
		}
		r := world(t, 120, 30, func(o *Options) { o.Keys = map[string]string{c.name: c.keys} })
		r.Safe()
		r.WantText(c.why[:min(len(c.why), 40)])
		r.Press("q")
		if r.ctx.Err() == nil {
			t.Errorf("%s = %q: q does not quit any longer", c.name, c.keys)
		}
	}
	// Two that want one key: neither gets it. One that takes the key of another whose own move fails: neither moves.
	if p := KeyProblems(map[string]string{"pause": "P", "refresh": "P"}); len(p) != 2 {
		t.Errorf("%v", p)
	}
	if p := KeyProblems(map[string]string{"pause": "r", "refresh": "q"}); len(p) != 2 {
		t.Errorf("%v", p)
	}
	if p := KeyProblems(map[string]string{"QUIT": "1", "quit": "P", "history back": "B",
		"history-back": "V"}); len(p) != 3 {
		t.Errorf("%v", p)
	}
	// The same key in two views is no conflict, and neither is changing places.
	if p := KeyProblems(map[string]string{"cgroups.edit": "X", "files.edit": "X", "pause": "r",
		"refresh": "Z"}); len(p) != 0 {
		t.Errorf("%v", p)
	}
}
