package psfmt

import (
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/sys/unix"

	"bones/procwalk"
	"bones/procwalk/proctest"
)

const drivers = `/dev/tty             /dev/tty        5       0 system:/dev/tty
/dev/console         /dev/console    5       1 system:console
serial               /dev/ttyS       4 64-95 serial
pty_slave            /dev/pts      136 0-1048575 pty:slave
old                  /dev/tts/%d   200 0-5 serial
bad                  /dev/bad      x y
unknown              /dev/tty        4 1-63 console
`

func TestParseDrivers(t *testing.T) {
	list := parseDrivers(drivers)
	if len(list) != 6 {
		t.Fatalf("%d drivers: %v", len(list), list)
	}
	if want := (ttyDriver{"tty", false, 4, 1, 63}); list[0] != want {
		t.Errorf("first %v, want %v: the last line comes first", list[0], want)
	}
	if want := (ttyDriver{"tts/", true, 200, 0, 5}); list[1] != want {
		t.Errorf("%v, want %v", list[1], want)
	}
}

func TestDeviceNumbers(t *testing.T) {
	for nr, want := range map[uint32][2]uint32{0x8801: {136, 1}, 0x401: {4, 1}, 0x8800 | 0x12300000: {136, 0x12300},
		0xfff00: {0xfff, 0}} {
		if got := [2]uint32{major(nr), minor(nr)}; got != want {
			t.Errorf("%#x is %v, want %v", nr, got, want)
		}
	}
}

func TestAssignedTTY(t *testing.T) {
	for nr, want := range map[[2]uint32]string{
		{3, 0}: "ttyp0", {3, 255}: "ttyef", {3, 256}: "", {4, 1}: "tty1", {4, 64}: "ttyS0", {136, 7}: "pts/7",
		{137, 7}: "pts/263",
		{156, 1}: "ttySR257", {188, 3}: "ttyUSB3", {204, 0}: "ttyLU0", {204, 64}: "ttyIOC14", {204, 84}: "ttyIOC84",
		{204, 186}: "ttyJ0", {204, 211}: "ttyMAX3", {204, 212}: "", {227, 1}: "3270/tty1", {1, 3}: "",
	} {
		if got := assignedTTY(nr[0], nr[1]); got != want {
			t.Errorf("%v is %q, want %q", nr, got, want)
		}
	}
}

// Names count only if a device of that number is there: as root the test makes some that are.
func TestTTYNames(t *testing.T) {
	proctest.Need(t, proctest.Root)
	proc, dev := t.TempDir(), t.TempDir()
	write := func(name, content string) {
		t.Helper()
		if err := os.MkdirAll(filepath.Dir(filepath.Join(proc, name)), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(proc, name), []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	node := func(name string, major, minor uint32) {
		t.Helper()
		if err := os.MkdirAll(filepath.Dir(filepath.Join(dev, name)), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := unix.Mknod(filepath.Join(dev, name), unix.S_IFCHR|0o600, int(unix.Mkdev(major, minor))); err != nil {
			t.Fatal(err)
		}
	}
	write("tty/drivers", drivers)
	node("pts/3", 136, 3)
	node("tty5", 4, 5)
	node("tty6", 4, 66) // not the number that its name says
	node("console", 5, 1)
	node("ttyUSB0", 188, 0) // no driver in the list
	node("own\x1bname", 188, 1)
	fd := filepath.Join(proc, "42/fd")
	if err := os.MkdirAll(fd, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(filepath.Join(dev, "own\x1bname"), filepath.Join(fd, "2")); err != nil {
		t.Fatal(err)
	}
	table := NewTTYs(proc, dev)
	for range 2 { // the second time from memory
		for nr, want := range map[uint32]string{
			0: "?", 0x8803: "pts/3", 0x8804: "?", 0x405: "tty5", 0x406: "?", 0x501: "console", 188 << 8: "ttyUSB0",
			188<<8 | 1: ttyName(filepath.Join(dev, "own?name")),
		} {
			if got := table.Name(&procwalk.Process{Stat: procwalk.Stat{PID: 42, TTYNr: nr}}); got != want {
				t.Errorf("%#x is %q, want %q", nr, got, want)
			}
		}
	}
}

func FuzzTTY(f *testing.F) {
	f.Add(drivers, uint32(0x8801), "/dev/pts/1")
	f.Add("x /dev/\x1b 136 0-9\n", uint32(0x8801), "\x1b")
	f.Fuzz(func(t *testing.T, list string, nr uint32, name string) {
		for _, d := range parseDrivers(list) {
			if d.major > 0xffff {
				t.Fatalf("major %d", d.major)
			}
		}
		harmless(t, ttyName(name))
		harmless(t, assignedTTY(major(nr), minor(nr)))
		if len(ttyName(name)) > 64 {
			t.Fatalf("too long: %q", ttyName(name))
		}
	})
}
