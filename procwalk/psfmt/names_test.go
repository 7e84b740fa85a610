package psfmt

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestNamesBehindALongLine: a group may have any number of members, and those behind it have names all the same.
func TestNamesBehindALongLine(t *testing.T) {
	file := filepath.Join(t.TempDir(), "group")
	members := strings.Repeat("somebody,", 300_000)
	text := "wheel:x:10:\nall:x:100:" + members + "last\nadm:x:4:a,b\r\n# x:y:7:\nbroken\n:x:8:\nagain:x:10:\nend:x:5:"
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	names := ReadNames(file)
	for id, want := range map[uint32]string{10: "wheel", 100: "all", 4: "adm", 5: "end", 7: "", 8: "", 9: ""} {
		if got := names.Name(id); got != want {
			t.Errorf("%d is %q, want %q", id, got, want)
		}
	}
	if got := ReadNames(file + "x").Name(10); got != "" {
		t.Errorf("a file that is not there has %q", got)
	}
}
