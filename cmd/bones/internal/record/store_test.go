package record

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"bones/cgroupview"
	"bones/cgroupview/inventory"
	"bones/cmd/bones/internal/record/seldom"
	"bones/procwalk"
	"bones/procwalk/proctest"
	"bones/procwalk/text"
	"bones/ui/rows/rowstest"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"golang.org/x/sys/unix"
)

// same compares frames; texts by their bytes, errors by their words, times as instants.
func same() cmp.Options {
	return cmp.Options{
		cmp.Comparer(func(a, b text.Text) bool { return a.Raw() == b.Raw() }),
		cmp.Comparer(func(a, b string) bool { return a == b || text.Line(a) == text.Line(b) }), // read as safe to print
		cmp.Comparer(func(a, b error) bool {
			return a == nil && b == nil || a != nil && b != nil &&
				a.Error() == b.Error()
		}),
		cmp.Comparer(func(a, b time.Time) bool { return a.Equal(b) }),
		// Most rows are the same in every field, and reflect sees that in a fraction of the time.
		cmp.FilterValues(func(a, b []procwalk.Process) bool { return len(a) > 0 && reflect.DeepEqual(a, b) },
			cmp.Comparer(func(a, b []procwalk.Process) bool { return true })),
		cmp.FilterValues(func(a, b procwalk.Process) bool { return reflect.DeepEqual(a, b) },
			cmp.Comparer(func(a, b procwalk.Process) bool { return true })),
		cmpopts.IgnoreUnexported(inventory.Container{}, cgroupview.Hierarchy{}, procwalk.Namespaces{}),
		cmpopts.EquateEmpty(),
	}
}

// world is a host on which little changes from one second to the next.
type world struct {
	r *rand.Rand
	s *procwalk.Snapshot
}

func newWorld(seed uint64, processes int) *world {
	return &world{rand.New(rand.NewPCG(seed, 1)), rowstest.Many(processes, 0)}
}

// at returns the frame of a second.
func (w *world) at(second int) *Frame {
	s := *w.s
	s.Taken, s.Uptime = rowstest.Boot().Add(time.Duration(second)*time.Second), time.Duration(second)*time.Second
	s.Processes = append([]procwalk.Process(nil), w.s.Processes...)
	for range 1 + len(s.Processes)/50 {
		p := &s.Processes[w.r.IntN(len(s.Processes))]
		p.UTime += w.r.Uint64N(100)
		p.RSS += w.r.Uint64N(10)
	}
	w.s = &s
	return FrameOf(&inventory.Moment{Snapshot: &s}, Names{})
}

func create(t testing.TB, dir string, keep Keep) *Store {
	t.Helper()
	s, err := Create(dir, keep)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

func open(t testing.TB, path string) *Reader {
	t.Helper()
	r, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(r.Close)
	return r
}

// replayOf ends what is read ahead before the reader is closed.
func replayOf(t testing.TB, r *Reader) *Replay {
	t.Helper()
	p, err := NewReplay(r)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Close)
	return p
}

func wantFrame(t *testing.T, r *Reader, i int, want *Frame) {
	t.Helper()
	got, err := r.Frame(i)
	if err != nil {
		t.Fatalf("frame %d: %v", i, err)
	}
	if diff := cmp.Diff(want, got, same()); diff != "" {
		t.Fatalf("frame %d: %.2000s", i, diff)
	}
}

// TestLiveMoment: a moment of this host is read again as it was written.
func TestLiveMoment(t *testing.T) {
	w, err := procwalk.NewWalker("/proc")
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	live := inventory.NewLive(inventory.LiveConfig{Processes: w, ProcRoot: "/proc", CgroupRoot: "/sys/fs/cgroup"})
	defer live.Close()
	m, err := live.Moment(context.Background(), inventory.Ask{Want: Want, Machine: true, Usage: true})
	if err != nil {
		t.Fatal(err)
	}
	f := FrameOf(m, Names{User: func(id uint32) string { return fmt.Sprint("u", id) }})
	var b bytes.Buffer
	s, err := NewStream(&b)
	if err != nil {
		t.Fatal(err)
	}
	for range 3 {
		if err := s.Write(f); err != nil {
			t.Fatal(err)
		}
	}
	path := filepath.Join(proctest.TempDir(t), "snapshot")
	if err := os.WriteFile(path, b.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	r := open(t, path)
	if r.Len() != 3 {
		t.Fatalf("%d frames; %v", r.Len(), r.Damaged())
	}
	for _, i := range []int{2, 0, 1} {
		wantFrame(t, r, i, f)
	}
	again, err := f.Moment()
	if err != nil || len(again.Snapshot.Processes) != len(m.Snapshot.Processes) || len(again.Usage) != len(m.Usage) {
		t.Errorf("the moment has %d processes, %v", len(again.Snapshot.Processes), err)
	}
	if info, err := os.Stat(path); err == nil {
		t.Log(len(m.Snapshot.Processes), "processes take", info.Size(), "bytes three times")
	}
}

// TestStoreAndReader: any frame in any order, over several segments, while it is recorded and afterwards.
func TestStoreAndReader(t *testing.T) {
	dir := filepath.Join(proctest.TempDir(t), "recording")
	s := create(t, dir, Keep{})
	w := newWorld(1, 120)
	var frames []*Frame
	write := func(n int) {
		for range n {
			f := w.at(len(frames) * 45) // 80 an hour
			if err := s.Write(f); err != nil {
				t.Fatal(err)
			}
			frames = append(frames, f)
		}
	}
	write(100)
	r := open(t, dir)
	write(100)
	if more, err := r.More(); !more || err != nil {
		t.Fatal(more, err)
	}
	if r.Len() != 200 || len(r.segments) != 3 || len(r.Damaged()) > 0 {
		t.Fatalf("%d frames in %d segments; %v", r.Len(), len(r.segments), r.Damaged())
	}
	for range 60 {
		i := w.r.IntN(len(frames))
		wantFrame(t, r, i, frames[i])
		if at := r.At(frames[i].Head.Snapshot.Taken.Add(time.Second)); at != i {
			t.Fatalf("frame %d is found at %d", i, at)
		}
	}
	if at := r.At(rowstest.Boot().Add(-time.Hour)); at != -1 {
		t.Errorf("before the first there is %d", at)
	}
	for _, name := range []string{"", "/lock"} {
		info, err := os.Stat(dir + name)
		if err != nil || info.Mode().Perm()&0o077 != 0 {
			t.Errorf("%s%s is open to others: %v, %v", dir, name, info, err)
		}
	}
	if _, err := Create(dir, Keep{}); !errors.Is(err, ErrBusy) {
		t.Errorf("a second recorder writes there, too: %v", err)
	}
	// Without its index a segment is read all the same.
	index, _ := filepath.Glob(dir + "/*" + indexSuffix)
	os.Remove(index[0])
	os.WriteFile(index[1], []byte("rubbish"), 0o600)
	wantFrame(t, open(t, dir), 137, frames[137])
}

// TestCutAndKilled: wherever a recording is cut off, all frames that were whole are read, equal to what was written.
func TestCutAndKilled(t *testing.T) {
	dir := filepath.Join(proctest.TempDir(t), "recording")
	s := create(t, dir, Keep{})
	w := newWorld(2, 30)
	var frames []*Frame
	for i := range 130 {
		f := w.at(i)
		if err := s.Write(f); err != nil {
			t.Fatal(err)
		}
		frames = append(frames, f)
	}
	s.Close()
	path := open(t, dir).segments[0].name
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	ends := []int64{}
	for _, e := range open(t, dir).segments[0].entries {
		ends = append(ends, e.end())
	}
	cut := filepath.Join(proctest.TempDir(t), "cut")
	for range proctest.Soak(60, 10_000) {
		at := w.r.IntN(len(whole) + 1)
		if err := os.WriteFile(cut, whole[:at], 0o600); err != nil {
			t.Fatal(err)
		}
		want := 0
		for want < len(ends) && ends[want] <= int64(at) {
			want++
		}
		r, err := Open(cut)
		if err != nil {
			t.Fatalf("%d of %d bytes: %v", at, len(whole), err)
		}
		if r.Len() != want || len(r.Damaged()) > 0 {
			t.Fatalf("%d of %d bytes have %d frames, want %d; %v", at, len(whole), r.Len(), want, r.Damaged())
		}
		if want > 0 {
			wantFrame(t, r, want-1, frames[want-1])
		}
		r.Close()
	}
}

// TestDamage: a frame with another byte in it is an error that names the file, those of other keys are read.
func TestDamage(t *testing.T) {
	dir := filepath.Join(proctest.TempDir(t), "recording")
	s := create(t, dir, Keep{})
	w := newWorld(3, 30)
	var frames []*Frame
	for i := range 200 {
		f := w.at(i)
		if err := s.Write(f); err != nil {
			t.Fatal(err)
		}
		frames = append(frames, f)
	}
	r := open(t, dir)
	segment := r.segments[0]
	b, _ := os.ReadFile(segment.name)
	first := segment.entries[0] // the key of the first sixty
	b[first.offset+headerSize+int64(first.length)/2] ^= 1
	if err := os.WriteFile(segment.name, b, 0o600); err != nil {
		t.Fatal(err)
	}
	r = open(t, dir)
	if _, err := r.Frame(20); err == nil || !strings.Contains(err.Error(), segment.name) {
		t.Errorf("a damaged key is used: %v", err)
	}
	wantFrame(t, r, 150, frames[150])

	b[segment.entries[100].offset] ^= 0xff // a length: what comes after it cannot be found
	b[segment.entries[100].offset+3] ^= 0xff
	os.WriteFile(segment.name, b, 0o600)
	os.Remove(strings.TrimSuffix(segment.name, suffix) + indexSuffix)
	r = open(t, dir)
	if said := fmt.Sprint(r.Damaged()); r.Len() != 100 || !strings.Contains(said, segment.name) ||
		!strings.Contains(said, "100 frames") {
		t.Errorf("%d frames are left; it says %s", r.Len(), said)
	}
	if _, err := Open(os.Args[0]); !errors.Is(err, ErrNoRecording) {
		t.Errorf("a program is a recording: %v", err)
	}
}

// TestFullDisk: a frame that has no place leaves nothing of itself, and what was there before is whole.
func TestFullDisk(t *testing.T) {
	proctest.Need(t, proctest.Mounts)
	dir := proctest.TempDir(t)
	if err := unix.Mount("tmpfs", dir, "tmpfs", 0, "size=128k,mode=0700"); err != nil {
		t.Fatal(err)
	}
	defer unix.Unmount(dir, unix.MNT_DETACH)
	s := create(t, dir+"/recording", Keep{})
	w := newWorld(4, 200)
	var frames []*Frame
	var err error
	for i := range 2000 {
		f := w.at(i)
		if err = s.Write(f); err != nil {
			break
		}
		frames = append(frames, f)
	}
	if !errors.Is(err, unix.ENOSPC) || !strings.Contains(err.Error(), "whole") || strings.Count(err.Error(), "\n") > 0 {
		t.Fatalf("it says %v", err)
	}
	r := open(t, dir+"/recording")
	if r.Len() != len(frames) || len(frames) < 3 {
		t.Fatalf("%d frames of %d are there", r.Len(), len(frames))
	}
	for _, i := range []int{0, len(frames) / 2, len(frames) - 1} {
		wantFrame(t, r, i, frames[i])
	}
	s.Close()
	// Whoever is started again and again meanwhile leaves nothing that has no frame.
	before, _ := os.ReadDir(dir + "/recording")
	for range 3 {
		s = create(t, dir+"/recording", Keep{})
		if err := s.Write(w.at(4000)); !errors.Is(err, unix.ENOSPC) {
			t.Errorf("it says %v", err)
		}
		s.Close()
	}
	if now, _ := os.ReadDir(dir + "/recording"); len(now) != len(before) {
		t.Errorf("%v are left in place of %v", now, before)
	}
	os.Remove(r.segments[0].name)
	r.Close()
	s = create(t, dir+"/recording", Keep{}) // once there is room, it goes on
	if err := s.Write(w.at(5000)); err != nil {
		t.Error(err)
	}
}

// TestKeep: the oldest segments go first, within time and size, and a clock that jumps removes nothing.
func TestKeep(t *testing.T) {
	segments := func(dir string) int { list, _ := filepath.Glob(dir + "/*" + suffix); return len(list) }
	t.Run("size", func(t *testing.T) {
		dir := filepath.Join(proctest.TempDir(t), "r")
		s := create(t, dir, Keep{Size: 48 << 10})
		w := newWorld(5, 100)
		for i := range 120 { // some 30 stay
			if err := s.Write(w.at(i * 10)); err != nil {
				t.Fatal(err)
			}
			if i%10 != 0 {
				continue
			}
			total := int64(0)
			names, _ := os.ReadDir(dir)
			for _, n := range names {
				info, _ := n.Info()
				total += info.Size()
			}
			if total > 48<<10 {
				t.Fatalf("after %d frames there are %d bytes", i, total)
			}
		}
		r := open(t, dir)
		if first := r.Time(0); !first.After(rowstest.Boot()) {
			t.Errorf("the first frame is still %v", first)
		}
		if last := r.Time(r.Len() - 1); !last.Equal(rowstest.Boot().Add(1190 * time.Second)) {
			t.Errorf("the last frame is %v", last)
		}
	})
	t.Run("a short time", func(t *testing.T) {
		dir := filepath.Join(proctest.TempDir(t), "r")
		s := create(t, dir, Keep{For: 16 * time.Minute})
		w := newWorld(6, 10)
		start := time.Now()
		for minute := range 50 {
			f := w.at(minute * 60)
			f.Head.Snapshot.Taken = start.Add(time.Duration(minute) * time.Minute)
			if err := s.Write(f); err != nil {
				t.Fatal(err)
			}
			os.Chtimes(s.segment.Name(), f.Head.Snapshot.Taken, f.Head.Snapshot.Taken)
		}
		r := open(t, dir)
		if kept := r.Last().Sub(r.Time(0)); kept < 16*time.Minute || kept > 20*time.Minute {
			t.Errorf("%v are kept in place of 16 minutes", kept)
		}
	})
	t.Run("facts", func(t *testing.T) {
		dir := filepath.Join(proctest.TempDir(t), "r")
		s := create(t, dir, Keep{For: 2 * time.Minute})
		w := newWorld(8, 10)
		for second := 0; second <= 300; second += 5 {
			f := w.at(second)
			if second == 0 {
				if err := s.Facts(&seldom.Facts{Taken: f.Head.Snapshot.Taken}); err != nil {
					t.Fatal(err)
				}
			}
			if err := s.Write(f); err != nil {
				t.Fatal(err)
			}
			os.Chtimes(s.segment.Name(), f.Head.Snapshot.Taken, f.Head.Snapshot.Taken)
		}
		r := open(t, dir)
		if kept := r.Last().Sub(r.Time(0)); kept > 3*time.Minute {
			t.Fatalf("%v are kept: the first segment is still there", kept)
		}
		for i := range r.Len() {
			if f, err := r.Facts(i); f == nil || err != nil {
				t.Fatalf("of frame %d: %v, %v", i, f, err)
			}
		}
	})
	t.Run("age", func(t *testing.T) {
		dir := filepath.Join(proctest.TempDir(t), "r")
		s := create(t, dir, Keep{For: 30 * time.Hour})
		w := newWorld(6, 10)
		frame := func(hour int, wall time.Time) {
			f := w.at(hour * 3600)
			f.Head.Snapshot.Taken = wall
			if err := s.Write(f); err != nil {
				t.Fatal(err)
			}
			os.Chtimes(s.segment.Name(), wall, wall)
		}
		start := time.Now()
		for hour := range 40 {
			frame(hour, start.Add(time.Duration(hour)*time.Hour))
		}
		if n := segments(dir); n < 30 || n > 32 {
			t.Errorf("%d segments of an hour are kept", n)
		}
		before := segments(dir)
		frame(41, start.AddDate(1, 0, 0)) // the clock is set forward by a year
		if n := segments(dir); n < before-1 {
			t.Errorf("a clock that was set forward removed %d segments", before-n)
		}
		frame(42, start.Add(42*time.Hour)) // and back
		if n := segments(dir); n < before-2 {
			t.Errorf("a clock that was set back removed %d segments", before-n)
		}
	})
}

// TestForeignDirectory: nothing is written where somebody else could exchange it.
func TestForeignDirectory(t *testing.T) {
	dir := proctest.TempDir(t)
	os.Mkdir(dir+"/open", 0o777)
	os.Chmod(dir+"/open", 0o777)
	if err := os.Symlink(dir, dir+"/link"); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{dir + "/open", dir + "/open/below", dir + "/link/x"} {
		if s, err := Create(path, Keep{}); err == nil || !strings.Contains(err.Error(), "--dir") {
			t.Errorf("%s: %v", path, err)
			if s != nil {
				s.Close()
			}
		}
	}
}

// FuzzReader: whatever a file holds, it is read or refused, within bounds.
func FuzzReader(f *testing.F) {
	var b bytes.Buffer
	s, err := NewStream(&b)
	if err != nil {
		f.Fatal(err)
	}
	w := newWorld(7, 3)
	for i := range 4 {
		s.Write(w.at(i))
	}
	f.Add(b.Bytes())
	f.Add([]byte(magic))
	dir := f.TempDir()
	f.Fuzz(func(t *testing.T, in []byte) {
		path := filepath.Join(dir, fmt.Sprint(os.Getpid()))
		if err := os.WriteFile(path, in, 0o600); err != nil {
			t.Fatal(err)
		}
		r, err := Open(path)
		if err != nil {
			return
		}
		defer r.Close()
		for i := range min(r.Len(), 20) {
			if f, err := r.Frame(i); err == nil {
				f.Moment()
			}
		}
	})
}

// TestEarlierVersions: what an earlier version wrote is read as it was written. testdata/kind2.bones has frames that
// stand row by row against the key frame.
func TestEarlierVersions(t *testing.T) {
	r := open(t, "testdata/kind2.bones")
	if r.Len() != 4 || len(r.Damaged()) > 0 || r.entry(3).kind != kindDelta {
		t.Fatalf("%d frames, %v", r.Len(), r.Damaged())
	}
	w := newWorld(7, 40)
	for i := range 4 {
		wantFrame(t, r, i, w.at(i))
	}
}
