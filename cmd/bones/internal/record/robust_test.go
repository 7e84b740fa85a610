package record

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"bones/procwalk/proctest"
	"bones/ui/rows/rowstest"

	"golang.org/x/sys/unix"
)

// TestReadOnlyDisk: a disk that becomes read-only is one message, and what was recorded before is whole.
func TestReadOnlyDisk(t *testing.T) {
	proctest.Need(t, proctest.Mounts)
	dir := proctest.TempDir(t)
	if err := unix.Mount("tmpfs", dir, "tmpfs", 0, "size=4m,mode=0700"); err != nil {
		t.Fatal(err)
	}
	defer unix.Unmount(dir, unix.MNT_DETACH)
	s := create(t, dir+"/recording", Keep{})
	w := newWorld(8, 30)
	for i := range 10 {
		if err := s.Write(w.at(i)); err != nil {
			t.Fatal(err)
		}
	}
	s.Close()
	if err := unix.Mount("", dir, "", unix.MS_REMOUNT|unix.MS_RDONLY, ""); err != nil {
		t.Fatal(err)
	}
	s, err := Create(dir+"/recording", Keep{})
	if err == nil {
		err = s.Write(w.at(100))
		s.Close()
	}
	if !errors.Is(err, unix.EROFS) || strings.Contains(err.Error(), "\n") {
		t.Errorf("it says %v", err)
	}
	if r := open(t, dir+"/recording"); r.Len() != 10 || len(r.Damaged()) > 0 {
		t.Errorf("%d frames are left, %v", r.Len(), r.Damaged())
	}
}

// TestClocks: a clock on the wall that is set back or forward, and a machine that slept, lose no frame, and each time
// finds the frame that was taken then.
func TestClocks(t *testing.T) {
	dir := filepath.Join(proctest.TempDir(t), "recording")
	s := create(t, dir, Keep{For: 24 * time.Hour})
	w := newWorld(9, 20)
	boot := rowstest.Boot()
	var times []time.Time
	write := func(uptime int, wall time.Time) {
		f := w.at(uptime)
		f.Head.Snapshot.Taken = wall
		if err := s.Write(f); err != nil {
			t.Fatal(err)
		}
		times = append(times, wall)
	}
	second := 0
	for range 20 { // as it should be
		second += 10
		write(second, boot.Add(time.Duration(second)*time.Second))
	}
	for range 20 { // set back by an hour
		second += 10
		write(second, boot.Add(time.Duration(second)*time.Second-time.Hour))
	}
	second += 8 * 3600 // it slept: the clock since boot counts that
	for range 20 {
		second += 10
		write(second, boot.Add(time.Duration(second)*time.Second-time.Hour))
	}
	for range 20 { // set forward by a year
		second += 10
		write(second, boot.AddDate(1, 0, 0).Add(time.Duration(second)*time.Second))
	}
	r := open(t, dir)
	if r.Len() != len(times) || len(r.Damaged()) > 0 {
		t.Fatalf("%d of %d frames, %v", r.Len(), len(times), r.Damaged())
	}
	for i, want := range times {
		if got := r.Time(i); !got.Equal(want) {
			t.Fatalf("frame %d is of %v, want %v", i, got, want)
		}
		if at := r.At(want); !r.Time(at).Equal(want) {
			t.Errorf("%v is found at %v", want, r.Time(at))
		}
		if _, err := r.Frame(i); err != nil {
			t.Error(err)
		}
	}
	p := replayOf(t, r)
	steps := 0
	for p.Step(-1) {
		steps++
	}
	if steps != len(times)-1 {
		t.Errorf("%d steps back over %d frames", steps, len(times))
	}
}

// TestDamagedSegmentIsSkipped: of three segments one is rubbish: the others are shown, and it is named.
func TestDamagedSegmentIsSkipped(t *testing.T) {
	dir := filepath.Join(proctest.TempDir(t), "recording")
	s := create(t, dir, Keep{})
	w := newWorld(10, 20)
	for i := range 30 {
		if err := s.Write(w.at(i * 400)); err != nil { // nine an hour
			t.Fatal(err)
		}
	}
	list, _ := filepath.Glob(dir + "/*" + suffix)
	if len(list) < 3 {
		t.Fatalf("%d segments", len(list))
	}
	info, _ := os.Stat(list[1])
	if err := os.WriteFile(list[1], make([]byte, info.Size()), 0o600); err != nil {
		t.Fatal(err)
	}
	r := open(t, dir)
	said := errors.Join(r.Damaged()...)
	if said == nil || !strings.Contains(said.Error(), filepath.Base(list[1])) || len(r.Damaged()) != 1 {
		t.Errorf("it says %v", said)
	}
	if r.Len() < 15 || r.Len() > 25 {
		t.Errorf("%d frames of 30 are shown", r.Len())
	}
	for i := range r.Len() {
		if _, err := r.Frame(i); err != nil {
			t.Error(err)
		}
	}
}

// TestReplayWhileItIsRecorded: whoever has gone back in a recording that grows gets to all that has come since, frame
// by frame, a minute on, and by time; only Live goes on with what comes.
func TestReplayWhileItIsRecorded(t *testing.T) {
	dir := filepath.Join(proctest.TempDir(t), "recording")
	s := create(t, dir, Keep{})
	w := newWorld(11, 20)
	written := 0
	write := func(n int) {
		for range n {
			if err := s.Write(w.at(written * 10)); err != nil {
				t.Fatal(err)
			}
			written++
		}
	}
	write(2)
	p := replayOf(t, open(t, dir))
	at := func(what string, frame, frames int, live bool) {
		t.Helper()
		m, err := p.Moment(t.Context(), Ask())
		if err != nil {
			t.Fatal(err)
		}
		i, n, _, _, follows := p.Position()
		want := rowstest.Boot().Add(time.Duration(frame-1) * 10 * time.Second)
		if i != frame || n != frames || follows != live || !m.Snapshot.Taken.Equal(want) {
			t.Fatalf("%s: %d of %d, live %v, %v; want %d of %d, %v", what, i, n, follows, m.Snapshot.Taken, frame, frames, live)
		}
	}
	at("the beginning", 2, 2, true)
	p.Step(-1)
	at("a step back", 1, 2, false)
	write(1)
	at("it grows meanwhile", 1, 3, false)
	p.Step(1)
	p.Step(1)
	at("what came meanwhile", 3, 3, false)
	write(1)
	if !p.Step(1) {
		t.Error("the recording ends where it has gone on")
	}
	at("what has just come", 4, 4, false)
	write(10)
	if !p.Skip(time.Minute) {
		t.Error("there is no minute after, and it was recorded")
	}
	at("a minute on", 10, 14, false)
	write(30)
	if err := p.Seek("-1m"); err != nil {
		t.Error(err)
	}
	at("a minute before what came last", 38, 44, false)
	p.Live()
	write(1)
	at("live", 45, 45, true)
}

// TestAWeekIsAtHand simulates a recording of seven days, and goes about in it: any moment and any step of it cost what
// they cost in a recording of one hour.
func TestAWeekIsAtHand(t *testing.T) {
	processes, every := proctest.Soak(500, 5000), proctest.Soak(50, 5) // some frames stand on a key frame, 60 at most
	const week = 7 * 24
	dir := filepath.Join(proctest.TempDir(t), "recording")
	hourOf(t, dir, processes, every)
	cost := func(hours int) (seek, step time.Duration) {
		r := open(t, dir)
		p := replayOf(t, r)
		show(t, p) // memory is got once
		for i := range 20 {
			began := cpuTime(t)
			at := rowstest.Boot().Add(time.Duration((i*211_333)%(hours*3600)) * time.Second) // all over it
			if err := p.Seek(at.Format(time.RFC3339)); err != nil {
				t.Fatal(err)
			}
			show(t, p)
			seek += cpuTime(t) - began
			began = cpuTime(t)
			p.Step(1)
			show(t, p)
			step += cpuTime(t) - began
		}
		t.Logf("%d frames of %d processes in %d hours: 20 times of it in %v, 20 steps in %v of processor time", r.Len(),
			processes, hours, seek, step)
		return seek, step
	}
	hourSeek, hourStep := cost(1)
	andHours(t, dir, week)
	seek, step := cost(week)
	// What this program does besides, as collecting garbage, is in these few milliseconds too.
	const allowed, more = 4, 40 * time.Millisecond
	if seek > allowed*hourSeek+more || step > allowed*hourStep+more {
		t.Errorf("20 times and steps take %v and %v in one hour, and %v and %v in a week", hourSeek, hourStep, seek, step)
	}
}

func show(t *testing.T, p *Replay) {
	t.Helper()
	if _, err := p.Moment(t.Context(), Ask()); err != nil {
		t.Fatal(err)
	}
	p.Before()
}

// cpuTime is the processor time that this process has used.
func cpuTime(t testing.TB) time.Duration {
	t.Helper()
	var u unix.Rusage
	if err := unix.Getrusage(unix.RUSAGE_SELF, &u); err != nil {
		t.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// TestDamagedLengthIsSaid: in a stream, which has no index, a frame whose length is too long by a damaged byte is not
// taken for one that is just being written, with all that comes after it; and one whose kind is another is not passed
// over, as later frames stand on it. What is cut off at the end is nothing of the sort.
func TestDamagedLengthIsSaid(t *testing.T) {
	path := filepath.Join(proctest.TempDir(t), "stream")
	var out bytes.Buffer
	s, err := NewStream(&out)
	if err != nil {
		t.Fatal(err)
	}
	w := newWorld(6, 60)
	for i := range 100 {
		if err := s.Write(w.at(i)); err != nil {
			t.Fatal(err)
		}
	}
	whole := out.Bytes()
	read := func(b []byte) *Reader {
		t.Helper()
		if err := os.WriteFile(path, b, 0o600); err != nil {
			t.Fatal(err)
		}
		return open(t, path)
	}
	r := read(whole)
	if r.Len() != 100 || len(r.Damaged()) > 0 {
		t.Fatalf("%d frames, %v", r.Len(), r.Damaged())
	}
	entries := r.segments[0].entries
	for _, cut := range []int64{entries[99].offset + 1, entries[99].offset + headerSize, entries[99].end() - 1,
		entries[70].end() - 3} {
		if r := read(whole[:cut]); len(r.Damaged()) > 0 || r.Len() != 99 && r.Len() != 70 {
			t.Errorf("cut at byte %d: %d frames, %v", cut, r.Len(), r.Damaged())
		}
	}
	for _, x := range []struct {
		at   int64 // of the header
		flip byte
	}{{2, 0x40}, {2, 0x10}, {8, 0x40}} {
		damaged := bytes.Clone(whole)
		damaged[entries[50].offset+x.at] ^= x.flip
		r := read(damaged)
		if said := fmt.Sprint(r.Damaged()); r.Len() != 50 || !strings.Contains(said, "50 frames") ||
			!strings.Contains(said, path) {
			t.Errorf("byte %d of the header: %d frames are left, it says %s", x.at, r.Len(), said)
		}
	}
}
