package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"bones/cgroupview/inventory"
	"bones/cmd/bones/internal/spaces"
	"bones/cmd/bones/internal/tui"
	"bones/nsview"
	"bones/procwalk"
	"bones/procwalk/proctest"
	"bones/procwalk/rootfs"
	"bones/ui"
	"bones/ui/rows"
)

// decoded reads a file of ours.
func decoded(t *testing.T, path string) []map[string]any {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return decode(t, b)
}

func decode(t *testing.T, b []byte) []map[string]any {
	t.Helper()
	var list []map[string]any
	if err := json.Unmarshal(b, &list); err != nil {
		t.Fatalf("%v: %.300s", err, b)
	}
	return list
}

// exportApp is a program on this host.
func exportApp(t *testing.T) (*app, *bytes.Buffer, string) {
	t.Helper()
	a, out, _ := testApp(t)
	a.procRoot, a.cgroupRoot = "/proc", "/sys/fs/cgroup"
	return a, out, t.TempDir()
}

// TestExportAgreesWithTheCommands: what view 1 writes about a process is what bones ps --json says.
func TestExportAgreesWithTheCommands(t *testing.T) {
	a, out, dir := exportApp(t)
	victim := sleeper(t)
	w, err := procwalk.NewWalker("/proc")
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	snap, err := w.Snapshot(context.Background(), procwalk.Request{})
	if err != nil {
		t.Fatal(err)
	}
	// the last is not that one
	ids := []procwalk.ID{snap.Find(victim.Process.Pid).ID(), snap.Find(os.Getpid()).ID(), {PID: 1, Start: 99999999}}
	path, n, err := tui.Export(context.Background(), a.targets(), ui.Export{View: "Processes", Processes: ids},
		filepath.Join(dir, "p.json"))
	if err != nil || n != 2 {
		t.Fatalf("%d rows, %v", n, err)
	}
	if st, err := os.Stat(path); err != nil || st.Mode() != 0o600 {
		t.Errorf("%v %v", st.Mode(), err)
	}
	a.json = true
	if status := a.run(context.Background(), []string{"ps", "--json"}); status != 0 {
		t.Fatal(status)
	}
	said := map[float64]string{}
	for _, o := range decode(t, out.Bytes()) {
		delete(o, "cpu_seconds") // goes on meanwhile
		delete(o, "rss_bytes")
		delete(o, "vsz_bytes")
		delete(o, "stat")
		delete(o, "threads")
		b, _ := json.Marshal(o)
		said[o["pid"].(float64)] = string(b)
	}
	for _, o := range decoded(t, path) {
		pid := o["pid"].(float64)
		for _, field := range []string{"cpu_seconds", "rss_bytes", "vsz_bytes", "stat", "threads"} {
			if _, ok := o[field]; !ok {
				t.Errorf("%s is missing", field)
			}
			delete(o, field)
		}
		if b, _ := json.Marshal(o); string(b) != said[pid] || len(o) < 15 {
			t.Errorf("PID %v:\nexport  %s\ncommand %s", pid, b, said[pid])
		}
	}

	// Namespaces.
	out.Reset()
	own, err := os.Readlink("/proc/self/ns/net")
	if err != nil {
		t.Fatal(err)
	}
	ref, _, err := spaces.Parse(own)
	if err != nil {
		t.Fatal(err)
	}
	path, n, err = tui.Export(context.Background(), a.targets(),
		ui.Export{View: "Namespaces", Namespaces: []nsview.Key{ref.Key}}, filepath.Join(dir, "n.json"))
	if err != nil || n != 1 {
		t.Fatalf("%d rows, %v", n, err)
	}
	if status := a.run(context.Background(), []string{"ns", "--json", "--type", "net"}); status != 0 {
		t.Fatal(status)
	}
	got := decoded(t, path)[0]
	for _, o := range decode(t, out.Bytes()) {
		if o["ns"] != got["ns"] {
			continue
		}
		if len(o) != len(got) || o["pid"] != got["pid"] || o["type"] != got["type"] || o["owner"] != got["owner"] ||
			o["command"] != got["command"] {
			t.Errorf("export %v\ncommand %v", got, o)
		}
	}

	// Files.
	path, n, err = tui.Export(context.Background(), a.targets(),
		ui.Export{View: "Files", Files: []rootfs.Info{{Name: "a\x1bb", Kind: rootfs.Regular, UIDIn: -1, GIDIn: -1}}},
		filepath.Join(dir, "f.json"))
	if err != nil || n != 1 || decoded(t, path)[0]["name"] != "a\x1bb" {
		t.Errorf("files: %d, %v", n, err)
	}
	// Containers that are not there any more are left out.
	path, n, err = tui.Export(context.Background(), a.targets(),
		ui.Export{View: "Containers",
			Containers: []rows.ContainerRow{{Usage: &inventory.Usage{Container: &inventory.Container{Key: "gone"}}}}},
		filepath.Join(dir, "c.json"))
	if err == nil && (n != 0 || len(decoded(t, path)) != 0) {
		t.Errorf("containers: %d", n)
	}
	// A group with its files.
	proctest.Need(t, proctest.Cgroups)
	h, err := a.cgroupHost()
	if err != nil {
		t.Fatal(err)
	}
	g, err := h.Group(h.Hierarchies()[0], h.Hierarchies()[0].Root)
	if err != nil {
		t.Fatal(err)
	}
	path, n, err = tui.Export(context.Background(), a.targets(), ui.Export{View: "Cgroups", Group: g},
		filepath.Join(dir, "g.json"))
	if err != nil || n == 0 {
		t.Fatalf("%d, %v", n, err)
	}
	if o := decoded(t, path)[0]; o["dir"] != g.Dir.Raw() || len(o["files"].([]any)) != n {
		t.Errorf("%v", o)
	}
}

func TestExportOverwritesNothing(t *testing.T) {
	a, _, dir := exportApp(t)
	e := ui.Export{Files: []rootfs.Info{{Name: "x"}}}
	there := filepath.Join(dir, "there")
	if err := os.WriteFile(there, []byte("precious"), 0o600); err != nil {
		t.Fatal(err)
	}
	dangling := filepath.Join(dir, "dangling")
	if err := os.Symlink(filepath.Join(dir, "target"), dangling); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{there, dangling, dir} {
		if _, _, err := tui.Export(context.Background(), a.targets(), e, path); err == nil || !strings.Contains(err.Error(),
			"is there already") {
			t.Errorf("%s: %v", path, err)
		}
	}
	if b, _ := os.ReadFile(there); string(b) != "precious" {
		t.Errorf("it is now %q", b)
	}
	if _, _, err := tui.Export(context.Background(), a.targets(), e, filepath.Join(dir, "no", "such")); !errors.Is(err,
		os.ErrNotExist) {
		t.Errorf("%v", err)
	}
	// What fails half way leaves nothing.
	a.procRoot = filepath.Join(dir, "no-proc")
	half := filepath.Join(dir, "half")
	if _, _, err := tui.Export(context.Background(), a.targets(), ui.Export{Processes: []procwalk.ID{{PID: 1}}},
		half); err == nil {
		t.Error("a table was read that is not there")
	}
	if _, err := os.Lstat(half); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("left behind: %v", err)
	}
}

// TestExportLeavesNothing: of an export that fails nothing stays.
func TestExportLeavesNothing(t *testing.T) {
	a, _, dir := exportApp(t)
	a.procRoot = filepath.Join(dir, "none")
	victim := filepath.Join(dir, "dest", "out.json")
	if err := os.Mkdir(filepath.Dir(victim), 0o777); err != nil {
		t.Fatal(err)
	}
	if _, _, err := tui.Export(t.Context(), a.targets(), ui.Export{View: "Processes"}, victim); err == nil {
		t.Fatal("it did not fail")
	}
	if names, _ := os.ReadDir(filepath.Dir(victim)); len(names) > 0 {
		t.Errorf("half an export stays: %v", names)
	}
}
