package psfmt

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"bones/procwalk"
	"bones/procwalk/text"
)

func TestObjects(t *testing.T) {
	s := fixture()
	at := func(pid int) *procwalk.Process { return s.Find(pid) }
	at(302).Status = &procwalk.Status{Err: procwalk.ErrGone}
	at(303).Cmdline = &procwalk.Cmdline{Err: procwalk.ErrStuck}
	at(303).NS.Err[procwalk.User] = errors.New("EACCES")
	o := options()
	var list []Object
	Objects(s, o, func(p *procwalk.Process) *ContainerObject {
		if p.PID != 301 {
			return nil
		}
		return &ContainerObject{ID: text.New("abc"), Runtime: text.New("docker")}
	}, func(o *Object) bool {
		list = append(list, *o)
		return true
	})
	b, err := json.Marshal(list)
	if err != nil {
		t.Fatal(err)
	}
	var back []map[string]any
	if err := json.Unmarshal(b, &back); err != nil {
		t.Fatal(err)
	}
	find := func(pid float64) map[string]any {
		for _, m := range back {
			if m["pid"] == pid {
				return m
			}
		}
		t.Fatalf("no process %v", pid)
		return nil
	}
	fields := "args cgroups comm container cpu_seconds errors ns ns_pids pgid pid pid_inside ppid rss_bytes sid start " +
		"start_ticks stat threads tpgid tty uid user vsz_bytes"
	for _, name := range strings.Fields(fields) {
		if _, ok := back[0][name]; !ok {
			t.Errorf("the field %s is missing", name)
		}
	}
	if n := len(strings.Fields(fields)); n != len(back[0]) {
		t.Errorf("%d fields, want %d: %v", len(back[0]), n, back[0])
	}
	errs := func(m map[string]any) map[string]any { return m["errors"].(map[string]any) }
	if m := find(302); m["uid"] != nil || m["rss_bytes"] != nil || errs(m)["uid"] != procwalk.ErrGone.Error() {
		t.Errorf("an unreadable status must be null with a reason: %v", m)
	}
	if m := find(303); m["args"] != nil || errs(m)["args"] == nil || errs(m)["ns.user"] != "EACCES" {
		t.Errorf("stuck arguments must be null with a reason: %v", m)
	}
	if m := find(2); len(m["args"].([]any)) != 0 || len(errs(m)) != 0 {
		t.Errorf("a kernel thread has no arguments, and that is no error: %v", m)
	}
	m := find(301)
	if c := m["container"].(map[string]any); c["id"] != "abc" || c["name"] != nil {
		t.Errorf("container %v", c)
	}
	if m["stat"] != "SNLsl" || m["user"] != "123456789" || m["rss_bytes"] != float64(1<<30) || m["tty"] != nil {
		t.Errorf("memcached is %v", m)
	}
	if got := find(200); got["tty"] != "pts/1" || got["tpgid"] != float64(201) || got["start"] != "2026-02-28T12:00:00Z" {
		t.Errorf("bash is %v", got)
	}
	if errs(find(4000000))["tty"] == nil {
		t.Error("a terminal without a name needs a reason")
	}
}
