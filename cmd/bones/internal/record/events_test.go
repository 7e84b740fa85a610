package record

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"bones/cgroupview/inventory/events"
	"bones/procwalk/proctest"
	"bones/procwalk/text"
	"bones/ui/rows/rowstest"

	"github.com/google/go-cmp/cmp"
)

// batchAt is what happened up to a second.
func batchAt(second int) *events.Batch {
	at := rowstest.Boot().Add(time.Duration(second) * time.Second)
	return &events.Batch{Since: at.Add(-time.Second), Until: at, LeftOut: map[events.EventKind]int{events.Fork: second},
		Events: []events.Event{
			{Time: at.Add(-time.Second / 2), Kind: events.Exit, PID: 7, Start: 9, Gone: true, Command: text.New("a\x1b\xff"),
				What: text.New("exit status 2: a\x1b\xff"), Evidence: text.New("process events connector"),
				Exit: &events.Ended{Told: true, Status: 2, CPU: time.Second, Counted: true}},
			{Time: at, Kind: events.OOM, PID: second, Key: "k", Name: text.New("web"), ID: text.New("id"),
				Group: text.New("/web"), What: text.New("killed")},
		}}
}

// TestEventsAreRecorded: what was written is read again, from a directory and from a stream; frames are what they were
// without, and a reader finds both by the index and by itself.
func TestEventsAreRecorded(t *testing.T) {
	dir, w := filepath.Join(proctest.TempDir(t), "r"), newWorld(1, 50)
	s := create(t, dir, Keep{})
	var stream bytes.Buffer
	out, err := NewStream(&stream)
	if err != nil {
		t.Fatal(err)
	}
	var frames []*Frame
	for i := range 150 { // more than one key frame
		f := w.at(i)
		frames = append(frames, f)
		for _, err := range []error{s.Write(f), out.Write(f), s.WriteEvents(batchAt(i)), out.WriteEvents(batchAt(i)),
			s.WriteEvents(&events.Batch{})} {
			if err != nil {
				t.Fatal(err)
			}
		}
	}
	s.Close()
	file := filepath.Join(proctest.TempDir(t), "stream")
	if err := os.WriteFile(file, stream.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	check := func(name, path string) {
		r := open(t, path)
		if r.Len() != len(frames) || !r.HasEvents() {
			t.Errorf("%s: %d frames, %v", name, r.Len(), r.Damaged())
		}
		wantFrame(t, r, 149, frames[149])
		wantFrame(t, r, 3, frames[3])
		i := 100
		damaged := r.Events(batchAt(100).Until, func(b *events.Batch) bool {
			if diff := cmp.Diff(batchAt(i), b, same()); diff != "" {
				t.Errorf("%s, batch %d: %s", name, i, diff)
			}
			i++
			return i < 120
		})
		if i != 120 || damaged != nil {
			t.Errorf("%s: up to %d, %v", name, i, damaged)
		}
	}
	check("a directory", dir)
	check("a stream", file)
	indexes, _ := filepath.Glob(dir + "/*" + indexSuffix)
	for _, name := range indexes {
		os.Remove(name)
	}
	check("without an index", dir)
}

// TestDamagedEvents: a batch that was changed is named, and the others and all frames are read.
func TestDamagedEvents(t *testing.T) {
	dir, w := filepath.Join(proctest.TempDir(t), "r"), newWorld(2, 5)
	s := create(t, dir, Keep{})
	var last int64
	for i := range 3 {
		if err := s.Write(w.at(i)); err != nil {
			t.Fatal(err)
		}
		before := s.size
		if err := s.WriteEvents(batchAt(i)); err != nil {
			t.Fatal(err)
		}
		if i == 1 {
			last = before
		}
	}
	s.Close()
	names, _ := filepath.Glob(dir + "/*" + suffix)
	f, err := os.OpenFile(names[0], os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	f.WriteAt([]byte{0xff, 0xff}, last+headerSize+5)
	f.Close()
	r := open(t, dir)
	n := 0
	damaged := r.Events(time.Unix(0, 0), func(*events.Batch) bool { n++; return true })
	if n != 2 || len(damaged) != 1 || !strings.Contains(fmt.Sprint(damaged[0]), fmt.Sprint("byte ", last)) ||
		r.Len() != 3 {
		t.Errorf("%d batches, %v", n, damaged)
	}
}

// TestOldRecording: one without events tells what comparing its frames shows.
func TestOldRecording(t *testing.T) {
	path := filepath.Join(proctest.TempDir(t), "old")
	var b bytes.Buffer
	s, err := NewStream(&b)
	if err != nil {
		t.Fatal(err)
	}
	for i := range 3 {
		f := newWorld(1, 5+i).at(i)
		if err := s.Write(f); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(path, b.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	log, ended := &events.Log{}, make(chan error)
	go func() { ended <- ReadLog(ctx, path, log) }()
	proctest.Until(t, "the events", func() bool {
		list, _, _, notes := log.All()
		forks := 0
		for _, e := range list {
			if e.Kind == events.Fork {
				forks++
			}
		}
		return forks == 2 && len(notes) > 0
	})
	stop()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

// TestKillsUpToATime: who was killed later does not push out who was killed before the time that is shown.
func TestKillsUpToATime(t *testing.T) {
	path := filepath.Join(proctest.TempDir(t), "stream")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	s, err := NewStream(f)
	if err != nil {
		t.Fatal(err)
	}
	w := newWorld(1, 5)
	for i := 1; i <= maxKills+50; i++ {
		for _, err := range []error{s.Write(w.at(i)), s.WriteEvents(batchAt(i))} {
			if err != nil {
				t.Fatal(err)
			}
		}
	}
	if list, left := Kills(path, batchAt(20).Until); left != 0 || len(list) != 20 || list[0].PID != 1 ||
		list[19].PID != 20 {
		t.Errorf("up to second 20 it tells of %d", len(list))
	}
	if list, left := Kills(path, batchAt(1000).Until); left != 50 || len(list) != maxKills || list[0].PID != 51 {
		t.Errorf("up to the end it tells of %d, and leaves %d out", len(list), left)
	}
}
