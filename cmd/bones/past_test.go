package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"bones/cgroupview/inventory"
	"bones/cmd/bones/internal/record"
	"bones/cmd/bones/internal/record/worldtest"
	"bones/cmd/bones/internal/recording"
	"bones/procwalk/proctest"
	"bones/procwalk/text"
)

// writePast writes frames of a fixture tree, a minute apart, into a file.
func writePast(t *testing.T, path, proc string, frames int) {
	t.Helper()
	a, _, _ := testApp(t)
	a.procRoot = proc
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	s, err := record.NewStream(f)
	if err != nil {
		t.Fatal(err)
	}
	source, done, err := a.moments()
	if err != nil {
		t.Fatal(err)
	}
	defer done()
	m, err := source.Moment(context.Background(), record.Ask())
	if err != nil {
		t.Fatal(err)
	}
	for i := range frames {
		snapshot := *m.Snapshot
		snapshot.Taken = m.Snapshot.Taken.Add(time.Duration(i-frames+1) * time.Minute)
		snapshot.Processes = snapshot.Processes[:len(snapshot.Processes)-(frames-1-i)]
		moment := *m
		moment.Snapshot = &snapshot
		if err := s.Write(record.FrameOf(&moment, recording.NamesOf(&snapshot, "/proc"))); err != nil {
			t.Fatal(err)
		}
	}
}

// TestPastIsAsLive: each command prints of a snapshot of now what it prints of now. The host is a fixture: nothing
// changes there.
func TestPastIsAsLive(t *testing.T) {
	tree := proctest.New(t)
	tree.Fill(200, func(i int) proctest.Proc {
		return proctest.Proc{PID: i + 1, PPID: i / 2, Comm: fmt.Sprintf("c%d", i), Args: []string{"c", fmt.Sprint(i)}}
	})
	for name, content := range map[string]string{"self/mountinfo": ""} { // no control groups are mounted
		os.MkdirAll(filepath.Dir(filepath.Join(tree.Path(), name)), 0o755)
		if err := os.WriteFile(filepath.Join(tree.Path(), name), []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	path := filepath.Join(t.TempDir(), "now")
	writePast(t, path, tree.Path(), 1)
	run := func(args ...string) string {
		t.Helper()
		a, out, errOut := testApp(t)
		if got := a.run(context.Background(), args); got != 0 {
			t.Fatalf("%q: status %d, %s", args, got, errOut)
		}
		return out.String()
	}
	for _, args := range [][]string{
		{"ps"}, {"ps", "--aux"}, {"ps", "--json"}, {"ps", "12"}, {"ps", "-o", "pid,cpid,container,user,group,args",
			"--sort", "-pid"},
		{"top", "3"}, {"which", "7"}, {"which", "7", "--json"}, {"which", "--all"}, {"pid", "9"}, {"pid", "9", "--json"},
		{"containers"}, {"containers", "--json"}, {"stats", "--once"}, {"ns"}, {"ns", "5"}, {"ns", "--type", "net"},
	} {
		live := run(append(args, "--proc", tree.Path())...)
		past := run(append(args, "--from", path)...)
		if live != past {
			t.Errorf("%q: live\n%.600s\nfrom a snapshot\n%.600s", args, live, past)
		}
	}
	var processes []json.RawMessage
	if err := json.Unmarshal([]byte(run("ps", "--json", "--from", path)), &processes); err != nil ||
		len(processes) != 200 {
		t.Errorf("%d processes, %v", len(processes), err)
	}
}

// TestPastOfThisHost: of the real host, too, with its containers and their groups.
func TestPastOfThisHost(t *testing.T) {
	path := filepath.Join(t.TempDir(), "now")
	writePast(t, path, "/proc", 1)
	p, err := readPast(path, "", func(err error) { t.Error(err) })
	if err != nil {
		t.Fatal(err)
	}
	if p.Now.Snapshot.Find(os.Getpid()) == nil || p.Now.Inventory == nil {
		t.Fatal("this process is not there")
	}
	a, out, errOut := testApp(t)
	if got := a.run(context.Background(), []string{"ps", "--from", path, fmt.Sprint(os.Getpid())}); got != 0 ||
		!strings.Contains(out.String(), filepath.Base(os.Args[0])) {
		t.Errorf("status %d, %s%s", got, out, errOut)
	}
	if inventory.InsidePID(p.Now.Snapshot.Find(os.Getpid())) == 0 {
		t.Error("its PIDs in namespaces are not there")
	}
}

// TestPastAt: the last frame at a time or before is shown.
func TestPastAt(t *testing.T) {
	tree := proctest.New(t)
	tree.Fill(20, func(i int) proctest.Proc { return proctest.Proc{PID: i + 1, PPID: i, Comm: "x", Args: []string{"x"}} })
	path := filepath.Join(t.TempDir(), "past")
	writePast(t, path, tree.Path(), 5)
	for at, want := range map[string]int{"": 20, "now": 20, "-30s": 19, "-150s": 17,
		time.Now().Add(-210 * time.Second).Format(
			time.RFC3339): 16} {
		a, out, errOut := testApp(t)
		args := []string{"ps", "-o", "pid", "--from", path}
		if at != "" {
			args = append(args, "--at", at)
		}
		if got := a.run(context.Background(), args); got != 0 {
			t.Fatalf("%q: status %d, %s", at, got, errOut)
		}
		if rows := strings.Count(out.String(), "\n") - 1; rows != want {
			t.Errorf("--at %q: %d processes, want %d", at, rows, want)
		}
	}
}

// TestPastCountsFromItsEnd: times in a recording that is days old are those before its end, and where nothing was
// recorded bones says when that is what it prints.
func TestPastCountsFromItsEnd(t *testing.T) {
	path := filepath.Join(t.TempDir(), "old")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	s, err := record.NewStream(f)
	if err != nil {
		t.Fatal(err)
	}
	w := worldtest.New(20, 1)
	var boot time.Time
	write := func(from, to int) { // seconds; the last frame is that of to
		for second := from; second <= to; second += 10 {
			m := w.Moment(second)
			boot = m.Snapshot.Taken.Add(-time.Duration(second) * time.Second)
			w.Containers = 1
			frame := record.FrameOf(m, record.Names{})
			frame.Processes[19].Comm = text.New(fmt.Sprint("second", second))
			if err := s.Write(frame); err != nil {
				t.Fatal(err)
			}
		}
	}
	write(0, 600)
	write(3000, 3600) // the recorder was not running meanwhile
	f.Close()
	clock := func(second int) string {
		return boot.Add(time.Duration(second) * time.Second).Local().Format(time.TimeOnly)
	}
	for _, c := range []struct {
		at     string
		second int
		says   string
	}{
		{"-5m", 3300, ""}, {"-90s", 3510, ""}, {"now", 3600, ""}, {clock(300), 300, ""}, {clock(3025), 3020, ""},
		{clock(612), 600, ""}, // within the interval
		{"-30m", 600, "there is nothing between"}, {clock(2990), 600, "this is how it was at"},
		{boot.Add(2 * time.Hour).Format(time.RFC3339), 3600, "the recording ends at"},
	} {
		a, out, errOut := testApp(t)
		got := a.run(t.Context(), []string{"ps", "-o", "comm", "--from", path, "--at", c.at})
		if got != 0 || !strings.Contains(out.String(), fmt.Sprintf("second%d\n", c.second)) {
			t.Errorf("--at %s: status %d, %s; want second %d\n%s", c.at, got, errOut, c.second, out)
		}
		if said := errOut.String(); !strings.Contains(said, c.says) || c.says == "" && said != "" {
			t.Errorf("--at %s says %q; want %q", c.at, said, c.says)
		}
	}
	a, out, errOut := testApp(t)
	args := []string{"stats", "--from", path, "--begin", "-5m", "--end", "-3m", "--csv"}
	if got := a.run(t.Context(), args); got != 0 ||
		!strings.Contains(out.String(), boot.Add(3420*time.Second).Local().Format(time.RFC3339)) {
		t.Errorf("a series: status %d, %s%s", got, errOut, out)
	}
}

// TestPastRefuses: what acts, or asks the kernel, is about now; what is no recording is said.
func TestPastRefuses(t *testing.T) {
	tree := proctest.New(t)
	tree.Fill(3, func(i int) proctest.Proc { return proctest.Proc{PID: i + 1, PPID: i, Comm: "x", Args: []string{"x"}} })
	dir := t.TempDir()
	path := filepath.Join(dir, "past")
	writePast(t, path, tree.Path(), 1)
	os.WriteFile(dir+"/text", []byte("hello"), 0o600)
	os.WriteFile(dir+"/empty", nil, 0o600)
	os.Mkdir(dir+"/none", 0o700)
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	later := slices.Clone(whole)
	later[15] = 9
	os.WriteFile(dir+"/cut", whole[:len(whole)-10], 0o600)
	os.WriteFile(dir+"/later", later, 0o600)
	for _, c := range []struct {
		status int
		says   string
		args   []string
	}{
		{exitUsage, "as it is now", []string{"kill", "1", "--from", path}},
		{exitUsage, "as it is now", []string{"set", "1", "memory=1G", "--from", path}},
		{exitUsage, "as it is now", []string{"--from", path}},
		{exitUsage, "--from", []string{"ps", "--at", "03:00"}},
		{exitUsage, "not a time", []string{"ps", "--from", path, "--at", "soon"}},
		{exitUsage, "self", []string{"ps", "self", "--from", path}},
		{exitUsage, "snapshot", []string{"ns", "--all", "--from", path}},
		{exitUsage, "snapshot", []string{"ns", "4026531840", "--from", path}},
		{exitFailed, "not whole: it was cut off", []string{"ps", "--from", dir + "/cut"}},
		{exitFailed, "it is empty", []string{"ps", "--from", dir + "/empty"}},
		{exitFailed, "holds no segments", []string{"events", "--from", dir + "/none"}},
		{exitFailed, "it has form 9, and this one reads form 1", []string{"health", "--from", dir + "/later"}},
		{exitFailed, "begins later", []string{"ps", "--from", path, "--at", "-9h"}},
		{exitFailed, "not a recording", []string{"ps", "--from", dir + "/text"}},
		{exitFailed, "no moment", []string{"ps", "--from", dir + "/empty"}},
		{exitFailed, "no moment", []string{"ps", "--from", dir + "/none"}},
		{exitFailed, "ENOENT", []string{"ps", "--from", dir + "/missing"}},
		{exitFailed, "regular file", []string{"ps", "--from", "/dev/null"}},
		{exitNoTarget, "", []string{"ps", "77", "--from", path}},
	} {
		a, out, errOut := testApp(t)
		got := a.run(context.Background(), c.args)
		if said := errOut.String(); got != c.status || !strings.Contains(said, c.says) || strings.Count(said, "\n") != 1 {
			t.Errorf("%q: status %d, %s%s", c.args, got, said, out)
		}
	}
}

// TestPastSaysWhatIsMissing: every command over a recording names the parts of it that cannot be read, and those that
// print command lines say how many are not whole.
func TestPastSaysWhatIsMissing(t *testing.T) {
	tree := proctest.New(t)
	tree.Fill(20, func(i int) proctest.Proc {
		return proctest.Proc{PID: i + 1, PPID: i, Comm: "x", Args: []string{strings.Repeat("x", 100+500*i)}}
	})
	tree.Write("self/mountinfo", "") // no control groups are mounted
	path := filepath.Join(t.TempDir(), "past")
	writePast(t, path, tree.Path(), 3)
	said := func(status int, args ...string) string {
		t.Helper()
		a, _, errOut := testApp(t)
		if got := a.run(t.Context(), append(args, "--from", path)); got != status {
			t.Errorf("%q: status %d, %s", args, got, errOut)
		}
		return errOut.String()
	}
	for _, c := range []struct {
		args []string
		says bool
	}{{[]string{"ps"}, true}, {[]string{"ps", "--json"}, true}, {[]string{"top", "3"}, true},
		{[]string{"pid", "20"}, true},
		{[]string{"containers"}, false}, {[]string{"ns"}, false}} {
		if got := said(0, c.args...); strings.Contains(got, "12 command lines are recorded up to the first 4096 bytes") !=
			c.says || strings.Count(got, "\n") > 1 {
			t.Errorf("%q says %q", c.args, got)
		}
	}
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	rubbish := bytes.Repeat([]byte{0xff}, 100)
	if err := os.WriteFile(path, append(b, rubbish...), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{{"ps"}, {"ns"}, {"events"}, {"health"}, {"containers"}, {"stats", "--every", "1m"}} {
		if got := said(0, args...); strings.Count(got, "is damaged from byte") != 1 {
			t.Errorf("%q says %q", args, got)
		}
	}
	path = "-"
	if got := said(exitUsage, "ps"); !strings.Contains(got, "bones replay -") || strings.Count(got, "\n") != 1 {
		t.Errorf("of standard input it says %q", got)
	}
}
