package detail

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"testing"

	"bones/procwalk"
	"bones/procwalk/proctest"

	"golang.org/x/sys/unix"
)

// second is a context that does something when it is asked for the second time.
type second struct {
	context.Context
	asked int
	do    func()
}

func (c *second) Err() error {
	if c.asked++; c.asked == 2 {
		c.do()
	}
	return nil
}

// TestRefusedDescriptorIsTheOnlyOneAskedFor: a process that refuses a look at its first descriptor is not asked for
// the others: those are as refused, also where each would be told by then. How many there are is told all the same.
func TestRefusedDescriptorIsTheOnlyOneAskedFor(t *testing.T) {
	tree := proctest.New(t)
	p := proctest.Proc{PID: 7, Start: 70, FDs: map[int]string{}, Files: map[string]string{}}
	const count = FDsListed + 10
	for i := range count {
		p.FDs[i] = "/dev/null"
		p.Files["fdinfo/"+strconv.Itoa(i)] = "pos:\t7\nflags:\t02\nmnt_id:\t9\n"
	}
	tree.Add(p)
	folder, err := procwalk.OpenFolder(tree.Root, procwalk.ID{PID: 7, Start: 70})
	if err != nil {
		t.Fatal(err)
	}
	defer folder.Close()
	var dirs []*os.File
	for _, name := range []string{"fd", "fdinfo"} {
		dir, err := os.Open(filepath.Join(tree.Root, "7", name))
		if err != nil {
			t.Fatal(err)
		}
		defer dir.Close()
		dirs = append(dirs, dir)
	}
	open := func(mode os.FileMode) {
		if err := errors.Join(dirs[0].Chmod(mode), dirs[1].Chmod(mode)); err != nil {
			t.Error(err)
		}
	}
	const nobody = 65534
	if os.Geteuid() == 0 { // whom no permissions of files hold up
		if err := errors.Join(dirs[0].Chown(nobody, nobody), dirs[1].Chown(nobody, nobody)); err != nil {
			t.Fatal(err)
		}
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		unix.Setfsuid(nobody)
		defer unix.Setfsuid(0)
	}
	open(0o444) // what is in there may be listed, and not be looked at
	f := readFDs(&second{Context: context.Background(), do: func() { open(0o755) }}, folder)
	if f.Err != nil || f.Value.Count != count || len(f.Value.List) != FDsListed {
		t.Fatalf("%d descriptors, %d of them listed: %v", f.Value.Count, len(f.Value.List), f.Err)
	}
	for _, d := range f.Value.List {
		if !errors.Is(d.Err, os.ErrPermission) || d.Kind != "" || d.Flags != -1 || d.MountID != 0 {
			t.Fatalf("descriptor %d was asked for: %+v", d.Num, d)
		}
	}
	if f := readFDs(context.Background(), folder); f.Err != nil || f.Value.List[0].Err != nil ||
		f.Value.List[0].Kind != "device" || f.Value.List[0].MountID != 9 {
		t.Errorf("who may look is told %+v: %v", f.Value.List[0], f.Err)
	}
}
