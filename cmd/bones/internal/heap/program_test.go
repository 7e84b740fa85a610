package heap

import (
	"os"
	"testing"

	"github.com/prometheus/procfs"

	"bones/procwalk/proctest"
)

// TestUnmapProgram: what is unmapped is the code and the constants of this program, and they are not resident just
// after that. The test goes on, which it could not if anything else had been.
func TestUnmapProgram(t *testing.T) {
	code, constants, list := false, false, program()
	for _, m := range list {
		if m.Perms.Write || m.Inode == 0 {
			t.Errorf("%+v can be written, or is of no file", m)
		}
		code, constants = code || m.Perms.Execute, constants || !m.Perms.Execute
	}
	if !code || !constants {
		t.Fatalf("code: %v, constants: %v, of %d mappings", code, constants, len(list))
	}
	self, err := procfs.Self()
	if err != nil {
		t.Fatal(err)
	}
	// Of the file alone; memory that comes to the heap meanwhile does not count.
	resident := func() uint64 {
		s, err := self.ProcSMapsRollup()
		if err != nil {
			proctest.Missing(t, "%v", err)
		}
		return s.Rss - s.Anonymous
	}
	memory, err := os.Open("/proc/self/mem")
	if err != nil {
		t.Fatal(err)
	}
	defer memory.Close()
	for _, m := range list { // all of it is used once
		if _, err := memory.ReadAt(make([]byte, m.EndAddr-m.StartAddr), int64(m.StartAddr)); err != nil {
			t.Fatal(err)
		}
	}
	before := resident()
	UnmapProgram()
	if after := resident(); after >= before {
		t.Errorf("%d bytes of files are resident, %d were", after, before)
	}
}
