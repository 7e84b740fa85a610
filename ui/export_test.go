package ui

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"bones/procwalk"
)

// exports catches what is to be written.
func exports(got *Export, file *string, fail *error) func(*Options) {
	return func(o *Options) {
		o.Export = func(_ context.Context, e Export, name string) (string, int, error) {
			*got, *file = e, name
			return "/somewhere/" + name, 7, *fail
		}
	}
}

func pidsOf(ids []procwalk.ID) string {
	var list []int
	for _, id := range ids {
		list = append(list, id.PID)
	}
	return fmt.Sprint(list)
}

func TestExportIsWhatTheViewShows(t *testing.T) {
	var got Export
	var file string
	var fail error
	r := world(t, 100, 30, exports(&got, &file, &fail))
	r.press("E")
	r.wantText("export to: bones-processes.json")
	r.press("Enter")
	r.wantText("7 rows written to /somewhere/bones-processes.json")
	if len(got.Processes) != 20 || got.View != "Processes" || file != "bones-processes.json" {
		t.Errorf("%d processes of %s to %q", len(got.Processes), got.View, file)
	}
	r.typeText(":filter memc\r:export /tmp/a b.json\r") // the ancestors of what passes are not exported
	if pidsOf(got.Processes) != "[970]" || file != "/tmp/a b.json" {
		t.Errorf("with a filter: %s to %q", pidsOf(got.Processes), file)
	}
	r.press("Esc")
	r.typeText(":700\r  :export x\r")
	if pidsOf(got.Processes) != "[700 705]" {
		t.Errorf("with tags: %s", pidsOf(got.Processes))
	}
	fail = errors.New("it is there \x1b already")
	r.press("E", "Enter")
	r.wantText(`it is there \x1b already`)
	fail = nil

	c := ctWorld(t, 100, 30, "2", exports(&got, &file, &fail))
	c.press("O", "E", "Enter")
	if len(got.Containers) != 2 || file != "bones-containers.json" {
		t.Errorf("%d containers to %q", len(got.Containers), file)
	}
	c = ctWorld(t, 100, 30, "4", exports(&got, &file, &fail))
	c.press("E", "Enter")
	if got.Group == nil || !strings.HasPrefix(got.Group.Path.Raw(), "/docker/0123") {
		t.Errorf("the group is %v", got.Group)
	}
	n := nsWorld(t, 100, 30, exports(&got, &file, &fail))
	n.typeText(":filter net\r")
	n.press("*", "a", "E", "Enter") // folded, they are there all the same
	if len(got.Namespaces) != 2 || got.Namespaces[0].Type != procwalk.Net || !got.Unused {
		t.Errorf("%v, unused %v", got.Namespaces, got.Unused)
	}
	f := fsWorld(t, 100, 30, exports(&got, &file, &fail))
	f.press("E", "Enter")
	if len(got.Files) != 8 {
		t.Errorf("%d files", len(got.Files))
	}
	empty := world(t, 100, 30, exports(&got, &file, &fail))
	empty.typeText(":filter nothing-at-all\r:export x\r")
	empty.wantText("export: no process is shown")
}

func TestCopyOfTheSelection(t *testing.T) {
	for _, c := range []struct {
		view string
		keys []string
		want string
	}{
		{"2", nil, strings.Repeat("0123456789abcdef", 4)}, {"2", []string{"g"}, "801"},
		{"4", nil, "/sys/fs/cgroup/memory/docker/0123456789ab0123456789ab0123456789ab0123456789ab0123456789ab0123"},
		{"4", []string{"Enter"}, "970\n990"}, {"4", []string{"Enter", "j"}, strings.ReplaceAll(hostileName, "\x1b", `\x1b`)},
	} {
		r := ctWorld(t, 100, 30, c.view)
		r.press(append(c.keys, "Y")...)
		if want := strings.ReplaceAll(c.want, "\u202e", `\u202e`); r.copied != want {
			t.Errorf("view %s after %q: %q, want %q", c.view, c.keys, r.copied, want)
		}
		r.safe()
	}
	n := nsWorld(t, 100, 30)
	n.press("Y")
	if n.copied != "4026532191" {
		t.Errorf("a namespace: %q", n.copied)
	}
	n.press("l", "j", "Y")
	if n.copied != "990" {
		t.Errorf("a member: %q", n.copied)
	}
	n.press("Esc", "g", "Y")
	n.wantText("nothing selected to copy")
	f := fsWorld(t, 100, 30)
	f.press("l", "Y")
	if f.copied != "/etc/app.conf" {
		t.Errorf("a file: %q", f.copied)
	}
	f.press("h", "F3", "v", "i", "l", "Enter", "Y")
	if strings.ContainsAny(f.copied, "\x1b\n") || !strings.Contains(f.copied, "printf") {
		t.Errorf("a hostile name: %q", f.copied)
	}
	r := world(t, 100, 30)
	r.typeText(":970\r")
	r.press("H", "j", "j", "Y")
	if r.copied != "971" {
		t.Errorf("a thread: %q", r.copied)
	}
}
