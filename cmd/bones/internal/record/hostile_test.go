package record

import (
	"bytes"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	"bones/procwalk"
	"bones/procwalk/proctest"
	"bones/procwalk/text"
)

// TestFrameInsideACommandLine: whoever writes what looks like a whole frame into a command line does not stop what
// follows a stream: the frame that holds it may only seem to be damaged while it is half there.
func TestFrameInsideACommandLine(t *testing.T) {
	fake := append(make([]byte, headerSize), "8 bytes."...)
	h := header{kind: kindKey, taken: 1}
	h.seal(fake, 8)
	noise := rand.New(rand.NewPCG(1, 2))
	random := func(n int) []byte {
		b := make([]byte, n)
		for i := range b {
			b[i] = byte(noise.Uint32())
		}
		return b
	}
	w := newWorld(7, 100)
	var out bytes.Buffer
	s, err := NewStream(&out)
	if err != nil {
		t.Fatal(err)
	}
	var ends []int
	for i := range 3 {
		f := w.at(i)
		for k := range f.Processes[:100] {
			if i == 1 {
				line := string(random(2000))
				if k == 20 { // once: what comes twice is written but once
					line += string(fake) + string(random(1000))
				}
				f.Processes[k].Cmdline = &procwalk.Cmdline{Raw: text.New(line)}
			}
		}
		if err := s.Write(f); err != nil {
			t.Fatal(err)
		}
		ends = append(ends, out.Len())
	}
	whole := out.Bytes()
	path := filepath.Join(proctest.TempDir(t), "stream")
	write := func(n int) {
		t.Helper()
		if err := os.WriteFile(path, whole[:n], 0o600); err != nil {
			t.Fatal(err)
		}
	}
	cut := ends[0] + (ends[1]-ends[0])*3/4
	write(cut)
	r := open(t, path)
	if r.Len() != 1 || len(r.Damaged()) != 1 {
		t.Fatalf("what was cut does not look damaged: %d frames, %v", r.Len(), r.Damaged())
	}
	for range 2 {
		if more, err := r.More(); more || err != nil || len(r.Damaged()) != 1 {
			t.Errorf("before the rest is there: %v, %v, %v", more, err, r.Damaged())
		}
	}
	write(ends[1] - 1)
	if more, err := r.More(); more || err != nil {
		t.Errorf("%v, %v", more, err)
	}
	write(len(whole))
	if more, err := r.More(); !more || err != nil || r.Len() != 3 || len(r.Damaged()) > 0 {
		t.Errorf("with the rest: %v, %v; %d frames, %v", more, err, r.Len(), r.Damaged())
	}
	for i := range r.Len() {
		if _, err := r.Frame(i); err != nil {
			t.Error(err)
		}
	}
	// The same, where what comes is not what was written.
	write(cut)
	r = open(t, path)
	whole[ends[1]-1] ^= 1
	write(len(whole))
	if more, err := r.More(); more || err != nil || len(r.Damaged()) != 1 {
		t.Errorf("of a frame that is damaged: %v, %v, %v", more, err, r.Damaged())
	}
}
