package tour

import (
	"strings"
	"testing"

	"bones/ui/kit"
)

// texts gives every sentence of a step.
func texts(s *Step, f *Facts) []string {
	list := []string{s.saw(f)}
	for i := range s.parts {
		list = append(list, s.parts[i].say(f))
	}
	return list
}

// groupHand and fileHand are what view 4 shows by hand of the container's group, and of the file of its limit.
func groupHand(f *Facts) string { return "grep -s . " + f.Dir + "/*" }
func fileHand(f *Facts) string  { return "cat " + f.Dir + "/" + f.File }

// TestConditions holds, for each part of each step, one state of the UI in which it is done, and others that look
// alike and in which it is not. What is to be pressed there is a matter of the state as well.
func TestConditions(t *testing.T) {
	sample := Sample()
	sandbox := sample
	sandbox.Runtime = ""
	changed := sample
	changed.Value = "1073741824"
	made := sample
	made.Made = true
	at := func(view int, more ...func(*Seen)) Seen {
		s := Seen{View: view, PID: sample.PID}
		for _, m := range more {
			m(&s)
		}
		return s
	}
	other := func(s *Seen) { s.PID++ }
	dialog := func(name string) func(*Seen) { return func(s *Seen) { s.Dialog = name } }
	status := func(text string) func(*Seen) { return func(s *Seen) { s.Status = text } }
	hand := func(text string) func(*Seen) { return func(s *Seen) { s.Hand = text } }
	typing := func(s *Seen) { s.Typing = true }
	proc, root := status("/proc/4312 of PID 4312 (memcached): /  54 entries"), "root of PID 4312 (memcached): "
	type state struct {
		facts *Facts // nil: the sample
		seen  Seen
		press string
	}
	for _, c := range []struct {
		step, part int
		done       state
		open       []state
	}{
		{0, 0, state{seen: at(1, dialog("Explain PID 4312 (memcached)"))}, []state{
			{seen: at(1), press: `: "explain 4312" Enter`},
			{seen: at(1, dialog(dialogPalette)), press: `"explain 4312" Enter`},
			{seen: at(1, dialog("Explain PID 43120 (x)")), press: "Esc"},
			{seen: at(2, typing), press: "Esc"}}},
		{1, 0, state{seen: at(1)}, []state{
			{seen: at(1, other), press: `: "pid 4312" Enter`}, {seen: at(2), press: "1"},
			{seen: at(2, other, dialog("Explain PID 1 (init)")), press: "Esc"},
			{seen: at(1, other, dialog(dialogPalette)), press: `"pid 4312" Enter`}}},
		{2, 0, state{seen: at(5, proc)}, []state{
			{seen: at(1), press: "5"}, {seen: at(5, status(root+"/  9 entries")), press: "."},
			{seen: at(5, proc, other), press: `: "files 4312" Enter`}}},
		{3, 0, state{seen: at(2)}, []state{{seen: at(1), press: "2"},
			{facts: &sandbox, seen: at(2, other, status("2 containers  1 sandbox hidden")), press: "O"},
			{seen: at(2, other), press: `: "containers 4312" Enter`}}},
		{3, 1, state{seen: at(1)}, []state{{seen: at(2), press: "Enter"}, {seen: at(2, dialog("x")), press: "Esc"},
			{seen: at(5), press: "2"}}},
		{4, 0, state{seen: at(2)}, []state{{seen: at(1), press: "2"}}},
		{5, 0, state{seen: at(5, status(root+"/tmp  2 entries"))}, []state{
			{seen: at(2), press: "5"}, {seen: at(5, status(root+"/  9 entries")), press: `: "cd /tmp" Enter`},
			{seen: at(5, status(root+"/tmp/x  9 entries")), press: `: "cd /tmp" Enter`},
			{seen: at(5, proc), press: "."}}},
		{5, 1, state{facts: &made, seen: at(5, status(root+"/tmp"))}, []state{
			{seen: at(5, status(root+"/tmp")), press: `a "made-on-the-host" Enter`},
			{seen: at(5, typing), press: `"made-on-the-host" Enter`},
			{seen: at(5, dialog(dialogConfirm)), press: "y"}}},
		{5, 2, state{seen: at(5)}, []state{{facts: &made, seen: at(5), press: "u"},
			{facts: &made, seen: at(5, dialog(dialogConfirm)), press: "y"}}},
		{6, 0, state{seen: at(3)}, []state{{seen: at(5), press: "3"}, {seen: at(3, other), press: `: "ns 4312" Enter`}}},
		{6, 1, state{seen: at(3, func(s *Seen) { s.Entered = 1 })}, []state{
			{seen: at(3), press: "s"}, {seen: at(3, func(s *Seen) { s.Unshared = 1 }), press: "s"},
			{seen: at(3, dialog("Shell inside PID 4312 (memcached)")),
				press: `Enter (then inside) "echo $$" Enter "exit" Enter`}}},
		{7, 0, state{seen: at(3, func(s *Seen) { s.Unshared = 1 })}, []state{
			{seen: at(3), press: `: "unshare" Enter`},
			{seen: at(3, func(s *Seen) { s.Entered = 1 }), press: `: "unshare" Enter`},
			{seen: at(3, dialog(unshareTitle)), press: `Enter (then inside) "echo $$" Enter "exit" Enter`}}},
		{8, 0, state{seen: at(4, hand(groupHand(&sample)))}, []state{
			{seen: at(3), press: "4"}, {seen: at(4, hand("grep -s . /sys/fs/cgroup/cpu/x/*")), press: "m"},
			{seen: at(4, hand("grep -s . "+sample.Dir+"x/*")), press: "m"}}},
		{8, 1, state{seen: at(4, hand(fileHand(&sample)))}, []state{
			{seen: at(4, hand(groupHand(&sample))), press: "Enter"},
			{seen: at(4, hand("cat "+sample.Dir+"/memory.high")), press: `F3 "memory.max" Enter`},
			{seen: at(4, hand("cat "+sample.Dir+"/memory.high"), typing), press: `"memory.max" Enter`},
			{seen: at(1), press: "4"}}},
		{9, 0, state{facts: &changed, seen: at(4, hand(fileHand(&sample)))}, []state{
			{seen: at(4, hand(fileHand(&sample))), press: "e"},
			{seen: at(4, hand(fileHand(&sample)), dialog(dialogEdit)), press: `^u "1G" Enter`},
			{seen: at(4, hand(fileHand(&sample)), dialog(dialogConfirm)), press: "y"},
			{seen: at(2), press: "4"}}},
		{10, 0, state{seen: at(4)}, []state{{facts: &changed, seen: at(4), press: "u"},
			{facts: &changed, seen: at(4, dialog(dialogConfirm)), press: "y"}}},
	} {
		part := Steps()[c.step].parts[c.part]
		facts := func(s state) *Facts {
			if s.facts != nil {
				return s.facts
			}
			return &sample
		}
		if !part.done(facts(c.done), &c.done.seen) {
			t.Errorf("step %d, part %d is not done in %+v", c.step, c.part, c.done.seen)
		}
		for _, s := range c.open {
			if part.done(facts(s), &s.seen) {
				t.Errorf("step %d, part %d is done in %+v", c.step, c.part, s.seen)
			}
			if got := said(part.keys(facts(s), &s.seen)); got != s.press {
				t.Errorf("step %d, part %d, in %+v: press %s, want %s", c.step, c.part, s.seen, got, s.press)
			}
		}
	}
}

// said are presses as the panel shows them, apart from colours.
func said(list []Press) string {
	var words []string
	inside := false
	for _, k := range list {
		if k.Inside && !inside {
			inside = true
			words = append(words, "(then inside)")
		}
		if k.Key == "" {
			words = append(words, `"`+k.Text+`"`)
		} else {
			words = append(words, k.Key)
		}
	}
	return strings.Join(words, " ")
}

// TestStepsAreTen: their numbers, that each has what it needs, and that no text needs more lines than the panel has on
// 80 columns, for names as long as they are.
func TestStepsAreTen(t *testing.T) {
	long := Sample()
	long.Name, long.Comm, long.ParentComm = "memcached-of-the-shop", "memcached-serve", "containerd-shim"
	long.PID, long.Parent, long.Kernel = 4194301, 4194300, "6.8.0-1021-azure-fde"
	long.Dir = "/sys/fs/cgroup/memory/docker/0123456789ab"
	own := long
	own.Own, own.Shell, own.Bones, own.Name = true, false, true, "tour-4194302"
	distroless := long
	distroless.Shell = false
	steps := Steps()
	if len(steps) != 11 {
		t.Fatalf("%d steps", len(steps))
	}
	for n := range steps {
		s := &steps[n]
		if s.Number != n || s.Name == "" || len(s.parts) == 0 {
			t.Errorf("step %d is number %d, %q, of %d parts", n, s.Number, s.Name, len(s.parts))
		}
		for _, f := range []*Facts{&long, &own, &distroless} {
			for _, text := range texts(s, f) {
				if lines := len(kit.Wrap("Done. "+text, 78)); lines > 4 || strings.Contains(text, "%!") || text == "" {
					t.Errorf("step %d takes %d lines: %s", n, lines, text)
				}
			}
			if s.hand(f) == "" {
				t.Errorf("step %d has no command by hand", n)
			}
			if _, keys, lacks := s.Told(f); len(keys) == 0 || len(lacks) > 0 {
				t.Errorf("step %d as text: keys %v, lacks %v", n, keys, lacks)
			}
		}
	}
}

// TestBriefKeys: the keys of the steps as text are those of the panel, in the states that follow on each other.
func TestBriefKeys(t *testing.T) {
	f := Sample()
	for n, path := range [][]Seen{
		{{View: 1}}, {{View: 1, PID: 1}},
		{{View: 1, PID: f.PID}, {View: 5, PID: f.PID, Status: "root of PID 4312 (memcached): /  2 entries"}},
		{{View: 1, PID: f.PID}}, {{View: 1, PID: f.PID}},
	} {
		step := Steps()[n]
		_, keys, _ := step.Told(&f)
		var got []string
		for i := range path {
			got = append(got, strings.Split(said(step.parts[0].keys(&f, &path[i])), " ")...)
		}
		if all, begin := strings.Join(keys, " "), strings.Join(got, " "); !strings.HasPrefix(all, begin) {
			t.Errorf("step %d: the text says %s, the panel %s", n, all, begin)
		}
	}
}

// TestTextSaysTheNewLimit: in the steps as text nothing has happened, and the end of step 9 has the new limit all the
// same.
func TestTextSaysTheNewLimit(t *testing.T) {
	f := Sample()
	for _, step := range Steps() {
		if step.Number != 9 {
			continue
		}
		text, _, _ := step.Told(&f)
		if end := text[len(text)-1]; !strings.HasPrefix(end, "memory.max says 1 GiB now, and said 512 MiB before") {
			t.Error(end)
		}
	}
	if f.Value != f.Before {
		t.Error("the facts were changed")
	}
}

func TestHuman(t *testing.T) {
	for value, want := range map[string]string{"max": "no limit", "9223372036854771712": "no limit",
		"134217728":  "128 MiB",
		"1073741824": "1 GiB", "1000": "1000 bytes", "odd": "odd", "1610612736": "1.5 GiB"} {
		if got := new(Facts).human(value); got != want {
			t.Errorf("%s is %s, want %s", value, got, want)
		}
	}
}
