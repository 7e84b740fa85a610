package record

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"bones/cmd/bones/internal/record/worldtest"
	"bones/procwalk/proctest"
)

// TestGrowing: a recording to which nothing was written for longer than three frames take is not told to be live.
func TestGrowing(t *testing.T) {
	dir := filepath.Join(proctest.TempDir(t), "recording")
	s := create(t, dir, Keep{})
	w := worldtest.New(20, 1)
	for second := 0; second <= 120; second += 60 {
		if err := s.Write(FrameOf(w.Moment(second), Names{})); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob(filepath.Join(dir, "*"+suffix))
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	p := replayOf(t, open(t, dir))
	for _, c := range []struct {
		ago  time.Duration
		want bool
	}{{0, true}, {2 * time.Minute, true}, {4 * time.Minute, false}, {48 * time.Hour, false}} {
		at := time.Now().Add(-c.ago)
		if err := os.Chtimes(files[len(files)-1], at, at); err != nil {
			t.Fatal(err)
		}
		if got := p.Growing(); got != c.want {
			t.Errorf("written to %v ago: growing is %v", c.ago, got)
		}
	}
}
