package ui

import (
	"bones/ui/uitest/fakehost"
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
	r.Press("E")
	r.WantText("export to: bones-processes.json")
	r.Press("Enter")
	r.WantText("7 rows written to /somewhere/bones-processes.json")
	if len(got.Processes) != 20 || got.View != "Processes" || file != "bones-processes.json" {
		t.Errorf("%d processes of %s to %q", len(got.Processes), got.View, file)
	}
	r.Type(":filter memc\r:export /tmp/a b.json\r") // the ancestors of what passes are not exported
	if pidsOf(got.Processes) != "[970]" || file != "/tmp/a b.json" {
		t.Errorf("with a filter: %s to %q", pidsOf(got.Processes), file)
	}
	r.Press("Esc")
	r.Type(":700\r  :export x\r")
	if pidsOf(got.Processes) != "[700 705]" {
		t.Errorf("with tags: %s", pidsOf(got.Processes))
	}
	fail = errors.New("it is there \x1b already")
	r.Press("E", "Enter")
	r.WantText(`it is there \x1b already`)
	fail = nil

	c := ctWorld(t, 100, 30, "2", exports(&got, &file, &fail))
	c.Press("E", "Enter")
	if len(got.Containers) != 2 || file != "bones-containers.json" {
		t.Errorf("%d containers to %q", len(got.Containers), file)
	}
	c = ctWorld(t, 100, 30, "4", exports(&got, &file, &fail))
	c.Press("E", "Enter")
	if got.Group == nil || !strings.HasPrefix(got.Group.Path.Raw(), "/docker/0123") {
		t.Errorf("the group is %v", got.Group)
	}
	n := nsWorld(t, 100, 30, exports(&got, &file, &fail))
	n.Type(":filter net\r")
	n.Press("*", "a", "E", "Enter") // folded, they are there all the same
	if len(got.Namespaces) != 2 || got.Namespaces[0].Type != procwalk.Net || !got.Unused {
		t.Errorf("%v, unused %v", got.Namespaces, got.Unused)
	}
	f := fsWorld(t, 100, 30, exports(&got, &file, &fail))
	f.Press("E", "Enter")
	if len(got.Files) != 8 {
		t.Errorf("%d files", len(got.Files))
	}
	empty := world(t, 100, 30, exports(&got, &file, &fail))
	empty.Type(":filter nothing-at-all\r:export x\r")
	empty.WantText("export: no process is shown")
}

func TestCopyOfTheSelection(t *testing.T) {
	for _, c := range []struct {
		view string
		keys []string
		want string
	}{
		{"2", nil, strings.Repeat("0123456789abcdef", 4)}, {"2", []string{"O", "g"}, "801"},
		{"4", nil, "/sys/fs/cgroup/memory/docker/0123456789ab0123456789ab0123456789ab0123456789ab0123456789ab0123"},
		{"4", []string{"Enter"}, "970\n990"}, {"4", []string{"Enter", "j"}, strings.ReplaceAll(fakehost.HostileName, "\x1b",
			`\x1b`)},
	} {
		r := ctWorld(t, 100, 30, c.view)
		r.Press(append(c.keys, "Y")...)
		if want := strings.ReplaceAll(c.want, "\u202e", `\u202e`); r.Copied != want {
			t.Errorf("view %s after %q: %q, want %q", c.view, c.keys, r.Copied, want)
		}
		r.Safe()
	}
	n := nsWorld(t, 100, 30)
	n.Press("Y")
	if n.Copied != "4026532191" {
		t.Errorf("a namespace: %q", n.Copied)
	}
	n.Press("l", "j", "Y")
	if n.Copied != "990" {
		t.Errorf("a member: %q", n.Copied)
	}
	n.Press("Esc", "g", "Y")
	n.WantText("nothing selected to copy")
	f := fsWorld(t, 100, 30)
	f.Press("l", "Y")
	if f.Copied != "/etc/app.conf" {
		t.Errorf("a file: %q", f.Copied)
	}
	f.Press("h", "F3", "v", "i", "l", "Enter", "Y")
	if strings.ContainsAny(f.Copied, "\x1b\n") || !strings.Contains(f.Copied, "printf") {
		t.Errorf("a hostile name: %q", f.Copied)
	}
	r := world(t, 100, 30)
	r.Type(":970\r")
	r.Press("H", "j", "j", "Y")
	if r.Copied != "971" {
		t.Errorf("a thread: %q", r.Copied)
	}
}
