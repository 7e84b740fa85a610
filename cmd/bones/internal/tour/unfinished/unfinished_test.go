package unfinished

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"bones/cmd/bones/internal/host"
	"bones/cmd/bones/internal/ours"
	"bones/procwalk"
	"bones/procwalk/procroot"
)

// put writes a record as another run of bones would have.
func put(t *testing.T, s Store, tour Tour) {
	t.Helper()
	b, err := json.Marshal(tour)
	if err == nil {
		err = os.WriteFile(s.file(tour.Run), b, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// TestLeft: a tour that is under way is none that was left, one whose run has ended is; whoever has its PID now is
// another. What is no record, another user's, or of an earlier boot, counts for nothing.
func TestLeft(t *testing.T) {
	s := Store{t.TempDir()}
	if err := s.Begin("web", false); err != nil {
		t.Fatal(err)
	}
	if got := s.Left(); len(got) != 0 {
		t.Errorf("what is under way was left: %+v", got)
	}
	child := exec.Command("sleep", "1000")
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() { child.Process.Kill(); child.Wait() }()
	started, err := procwalk.StartTime("/proc", child.Process.Pid)
	if err != nil {
		t.Fatal(err)
	}
	me := os.Getuid()
	run := func(started uint64, uid int) host.Run {
		return host.Run{UID: uid, PID: child.Process.Pid, Started: started}
	}
	put(t, s, Tour{Run: run(started, me), Boot: procroot.BootID(), Name: "db"})
	if got := s.Left(); len(got) != 0 {
		t.Errorf("what is under way was left: %+v", got)
	}
	put(t, s, Tour{Run: run(started+1, me), Boot: procroot.BootID(), Name: "db", Demo: true})
	if got := s.Left(); len(got) != 1 || got[0].Name != "db" {
		t.Errorf("left: %+v", got)
	}
	if got, ok := s.Of("db"); !ok || got.Run.PID != child.Process.Pid {
		t.Errorf("the tour on the demo db: %+v, %v", got, ok)
	}
	if _, ok := s.Of("web"); ok {
		t.Error("a container of the user's own is taken for a demo")
	}
	put(t, s, Tour{Run: run(started+1, me+1), Boot: procroot.BootID(), Name: "db"})
	for name, text := range map[string]string{"tour-1.json": "{", "tour-2.json": `{"run":{"pid":3}}`, "tour-x.json": "x",
		"other.json": "{}"} {
		if err := os.WriteFile(filepath.Join(s.Dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink(s.file(run(0, me)), s.file(host.Run{PID: 7})); err != nil {
		t.Fatal(err)
	}
	if got := s.Left(); len(got) != 0 {
		t.Errorf("left: %+v", got)
	}
	put(t, s, Tour{Run: run(started+1, me), Boot: "another", Name: "db"})
	if got := s.Left(); len(got) != 0 {
		t.Errorf("left of another boot: %+v", got)
	}
	if _, err := os.Stat(s.file(run(0, me))); !os.IsNotExist(err) {
		t.Errorf("the record of another boot is kept: %v", err)
	}
	elsewhere := host.Now()
	elsewhere.PIDNS++
	elsewhere.Started++
	put(t, s, Tour{Run: elsewhere, Boot: procroot.BootID(), Name: "db"})
	if got := s.Left(); len(got) != 0 {
		t.Errorf("a tour in another PID namespace was left: %+v", got)
	}
	if err := s.Forget(Tour{Run: host.Now()}); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(s.file(elsewhere)); err != nil {
		t.Errorf("the tour that has our PID in another PID namespace: %v", err)
	}
	if err := s.Forget(Tour{Run: host.Now()}); err != nil {
		t.Errorf("what is not there is forgotten already: %v", err)
	}
}

// TestZombieIsOver: a run that was killed and that nobody has waited for does nothing any more.
func TestZombieIsOver(t *testing.T) {
	child := exec.Command("sh", "-c", "exec sleep 1000")
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	pid := child.Process.Pid
	started, err := procwalk.StartTime("/proc", pid)
	if err != nil {
		t.Fatal(err)
	}
	run := host.Run{PID: pid, Started: started}
	if run.Ended() {
		t.Error("what runs is over")
	}
	child.Process.Kill()
	for !run.Ended() { // the kernel has made it a zombie; the limit of go test holds if it never does
		b, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
		if err != nil || strings.Contains(string(b), ") Z ") && !run.Ended() {
			t.Fatalf("a zombie is not over: %s, %v", b, err)
		}
	}
	child.Wait()
}

// TestFindIsWhereTheJournalIs: the tours of a host whose root is mounted elsewhere are beside its journal.
func TestFindIsWhereTheJournalIs(t *testing.T) {
	want, err := ours.StateDirBelow("/node")
	if err != nil {
		t.Skip(err)
	}
	if s, err := Find("", "/node"); err != nil || s.Dir != want {
		t.Errorf("%+v, %v; want %s", s, err, want)
	}
	if s, err := Find("/tmp/j/journal", "/node"); err != nil || s.Dir != "/tmp/j" {
		t.Errorf("%+v, %v", s, err)
	}
}
