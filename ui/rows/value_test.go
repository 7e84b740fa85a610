package rows

import (
	"strings"
	"testing"

	"bones/cgroupview"
	"bones/procwalk/text"
)

// TestValuesSayWhatIsLeft: of a file with many or long lines it is said how much is not shown.
func TestValuesSayWhatIsLeft(t *testing.T) {
	long := strings.Repeat("x", 8*groupValueMax+3)
	lines := strings.Repeat("\nline", groupValueLines+8)
	f := &cgroupview.File{Name: text.New("some.file"), Value: text.New(long + lines)}
	var said []string
	for _, s := range fileSections(f, nil) {
		for _, l := range s.Lines {
			said = append(said, l.Value)
		}
	}
	all := strings.Join(said, "\n")
	for _, want := range []string{"x ... and 3 bytes more", "and 9 lines more; the command by hand"} {
		if !strings.Contains(all, want) {
			t.Errorf("%q is not in %q", want, all[max(0, len(all)-200):])
		}
	}
	if s, _ := FileValue(f); !strings.Contains(s, "bytes more") {
		t.Errorf("in one line it is %.40q...", s)
	}
}
