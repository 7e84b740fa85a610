package export

import (
	"os"
	"testing"

	"bones/procwalk"

	"golang.org/x/sys/unix"
)

// TestFoldersAreBounded: what is read again is held: no more than there is room for, no longer than it is asked for.
func TestFoldersAreBounded(t *testing.T) {
	start, err := procwalk.StartTime("/proc", os.Getpid())
	if err != nil {
		t.Fatal(err)
	}
	self := procwalk.ID{PID: os.Getpid(), Start: start}
	f := folders{room: 1, held: map[procwalk.ID]*procwalk.Folder{}, asked: map[procwalk.ID]bool{}}
	if _, err := f.readNet("/proc", procwalk.ID{PID: self.PID, Start: start + 1}); err == nil || len(f.held) != 0 {
		t.Errorf("another process of that number: %v, %d are held", err, len(f.held))
	}
	for range 2 {
		if n, err := f.readNet("/proc", self); err != nil || len(n.Devices) == 0 || len(f.held) != 1 {
			t.Errorf("%v %v, %d are held", n, err, len(f.held))
		}
	}
	f.sweep()
	if len(f.held) != 1 {
		t.Error("what was asked for is not held any more")
	}
	parent, err := procwalk.StartTime("/proc", os.Getppid())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.readNet("/proc", procwalk.ID{PID: os.Getppid(), Start: parent}); err != nil || len(f.held) != 1 {
		t.Errorf("%v, %d are held where there is room for one", err, len(f.held))
	}
	f.sweep() // nobody has asked for self since
	if len(f.held) != 0 {
		t.Errorf("%d are held that nobody asks for", len(f.held))
	}
}

// TestKeptBeside: what is kept beside the files of containers is no more than what the latter are told of.
func TestKeptBeside(t *testing.T) {
	var limit unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_NOFILE, &limit); err != nil {
		t.Fatal(err)
	}
	e := newExporter(config{})
	if got := keptBeside(false); got != e.folders.room || got == 0 {
		t.Errorf("without units %d files are kept beside, and up to %d folders", got, e.folders.room)
	}
	if got := keptBeside(true); got != e.folders.room+unitDescriptors() || uint64(got) > limit.Cur/4 {
		t.Errorf("with units %d files are kept beside, of %d", got, limit.Cur)
	}
}
