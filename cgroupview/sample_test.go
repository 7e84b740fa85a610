package cgroupview

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"bones/procwalk/text"

	"golang.org/x/sys/unix"
)

// groupOfFiles is a directory of plain files that stands for a group of version 2.
func groupOfFiles(t *testing.T, files map[string]string) *Group {
	t.Helper()
	dir := t.TempDir()
	for name, content := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	var st unix.Stat_t
	if err := unix.Stat(dir, &st); err != nil {
		t.Fatal(err)
	}
	h := &Hierarchy{Version: 2, Controllers: []string{"io"}, Mount: dir, Root: "/"}
	return &Group{Hierarchy: h, Path: text.New("/"), Dir: text.New(dir), Dev: st.Dev, Ino: st.Ino}
}

// TestLongFilesAreSummedWhole: io.stat has a line for each device, and a host may have thousands.
func TestLongFilesAreSummedWhole(t *testing.T) {
	var b strings.Builder
	const devices = 5000
	for i := range devices {
		fmt.Fprintf(&b, "8:%d rbytes=10 wbytes=3 rios=1 wios=1 dbytes=0 dios=0\n", i)
	}
	g := groupOfFiles(t, map[string]string{"io.stat": b.String(), "long": strings.Repeat("x", maxSampled+1)})
	r := reader{buf: make([]byte, 64)}
	read, write := r.block(Groups{List: []*Group{g}})
	if read.Err != nil || write.Err != nil || read.Value != 10*devices || write.Value != 3*devices {
		t.Errorf("%+v, %+v", read, write)
	}
	if b, err := r.file(g, "long"); !errors.Is(err, errTooLong) {
		t.Errorf("a file beyond the bound: %d bytes, %v", len(b), err)
	}
}
