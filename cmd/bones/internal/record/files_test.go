package record

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"bones/procwalk/proctest"

	"golang.org/x/sys/unix"
)

// attack runs testdata/attacks/recording.sh.
func attack(t *testing.T, dir, how string, more ...string) {
	t.Helper()
	args := append([]string{"../../../../testdata/attacks/recording.sh", dir, how}, more...)
	if out, err := exec.Command("/bin/sh", args...).CombinedOutput(); err != nil {
		t.Fatalf("%s: %v %s", how, err, out)
	}
}

// TestForeignNames: whatever the names in a directory lead to, it is not opened, and the frames that are there are
// shown. A pipe in the place of an index would have bones wait for ever.
func TestForeignNames(t *testing.T) {
	for _, how := range []string{"pipes", "links", "devices", "sockets", "directories"} {
		t.Run(how, func(t *testing.T) {
			if how == "devices" {
				proctest.Need(t, proctest.Root)
			}
			dir := filepath.Join(proctest.TempDir(t), "recording")
			s := create(t, dir, Keep{})
			if err := s.Write(newWorld(1, 5).at(1)); err != nil {
				t.Fatal(err)
			}
			attack(t, dir, how)
			opened := make(chan bool, 1)
			if how == "pipes" {
				go func() { // it can be opened for writing once somebody has opened it for reading
					f, err := os.OpenFile(dir+"/99999999-zz.bones", os.O_WRONLY, 0)
					if opened <- true; err == nil {
						f.Close()
					}
				}()
				defer func() {
					if len(opened) > 0 {
						t.Error("the pipe was opened")
					}
					if f, err := os.OpenFile(dir+"/99999999-zz.bones", os.O_RDONLY|unix.O_NONBLOCK, 0); err == nil {
						<-opened
						f.Close()
					}
				}()
			}
			done := make(chan *Reader, 1)
			go func() {
				r, err := Open(dir)
				if err != nil {
					t.Error(err)
				}
				done <- r
			}()
			var r *Reader
			select {
			case r = <-done:
			case <-time.After(proctest.Patience):
				t.Fatal("bones waits for what somebody else put there")
			}
			if r == nil {
				return
			}
			defer r.Close()
			if r.Len() < 1 || len(r.Damaged()) == 0 {
				t.Errorf("%d frames, and it says %v", r.Len(), r.Damaged())
			}
			// Looking again for what is new says it once.
			said := len(r.Damaged())
			for range 3 {
				r.More()
			}
			if got := len(r.Damaged()); got != said {
				t.Errorf("%d reports became %d", said, got)
			}
			for _, f := range r.files {
				if strings.Contains(f.name, "zz") && f.f != nil {
					t.Errorf("%s was opened", f.name)
				}
			}
		})
	}
}

// TestManySegments: a directory with more files than there are descriptors is read, to its end, and what is written
// meanwhile is found, too.
func TestManySegments(t *testing.T) {
	dir := filepath.Join(proctest.TempDir(t), "recording")
	s := create(t, dir, Keep{})
	w := newWorld(1, 5)
	for i := range 40 {
		f := w.at(i)
		f.Head.Snapshot.Uptime = time.Duration(i) * 2 * segmentTime
		if err := s.Write(f); err != nil {
			t.Fatal(err)
		}
	}
	var limit unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_NOFILE, &limit); err != nil {
		t.Fatal(err)
	}
	open, _ := os.ReadDir("/proc/self/fd")
	few := limit
	few.Cur = uint64(len(open) + 12)
	if err := unix.Setrlimit(unix.RLIMIT_NOFILE, &few); err != nil {
		t.Fatal(err)
	}
	defer unix.Setrlimit(unix.RLIMIT_NOFILE, &limit)
	r, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if r.Len() != 40 || len(r.Damaged()) > 0 {
		t.Fatalf("%d frames; %v", r.Len(), r.Damaged())
	}
	for i := range r.Len() {
		if _, err := r.Frame(i); err != nil {
			t.Fatal(i, err)
		}
	}
	f := w.at(41)
	f.Head.Snapshot.Uptime = 79 * segmentTime
	if err := s.Write(f); err != nil {
		t.Fatal(err)
	}
	if more, err := r.More(); !more || err != nil || r.Len() != 41 {
		t.Errorf("%v, %v; %d frames", more, err, r.Len())
	}
	if err := os.Remove(r.segments[0].name); err == nil {
		if _, err := r.Frame(0); !errors.Is(err, unix.ENOENT) && err != nil {
			t.Error(err)
		}
	}
}

// TestManyFrames: headers of frames that hold nothing are not found without end, and that there are more is said.
func TestManyFrames(t *testing.T) {
	empty := header{kind: kindKey}
	n := 1000
	b := append([]byte(magic), bytes.Repeat(empty.append(nil), n)...)
	s := &segment{name: "x", file: bytes.NewReader(b)}
	room := 600
	s.scan(int64(len(b)), &room)
	if len(s.entries) != 600 || s.err == nil || !strings.Contains(s.err.Error(), "more than") {
		t.Errorf("%d frames; %v", len(s.entries), s.err)
	}
	// Of kinds that are passed over as well.
	empty.kind = 77
	b = append([]byte(magic), bytes.Repeat(empty.append(nil), n)...)
	s, room = &segment{name: "x", file: bytes.NewReader(b)}, 600
	if s.scan(int64(len(b)), &room); s.err == nil {
		t.Error("frames of unknown kinds are passed over without end")
	}
}

// TestManyNames: bones says that a directory has more names than it looks at, and of many files that are no recording
// it names some. A soak makes that many files; otherwise the test lowers the bound for the second look.
func TestManyNames(t *testing.T) {
	dir := proctest.TempDir(t)
	many := proctest.Soak(2*maxOpen, maxNames)
	attack(t, dir, "names", fmt.Sprint(many+10))
	for i := range 2 * maxReports { // the others are empty, as one is that was just begun
		if err := os.WriteFile(fmt.Sprintf("%s/%08d-zz.bones", dir, i+1), []byte("no recording at all"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	r := open(t, dir)
	if r.most != maxNames || many < maxNames && r.tooMany != nil {
		t.Errorf("at most %d names are looked at: %v", r.most, r.tooMany)
	}
	r.most = many
	if err := r.list(); err != nil {
		t.Fatal(err)
	}
	said := fmt.Sprint(r.Damaged())
	if len(r.Damaged()) != maxReports+1 || !strings.Contains(said, "more files or parts") {
		t.Errorf("%d reports: %.300s", len(r.Damaged()), said)
	}
	if len(r.pool.open) > maxOpen {
		t.Errorf("%d files are open", len(r.pool.open))
	}
	if r.tooMany == nil {
		t.Error("it does not say that there are more names")
	}
}
