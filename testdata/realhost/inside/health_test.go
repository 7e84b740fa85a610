package inside

import (
	"bufio"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"

	"golang.org/x/sys/unix"
)

// sickPart is the variable by whose value this program is started again as a process with something the matter.
const sickPart = "BONES_SICK"

// sick is what such a process does, once it has been told that it is in its group.
func sick(how string) error {
	if _, err := bufio.NewReader(os.Stdin).ReadString('\n'); err != nil {
		return err
	}
	if how == "hold" {
		b := make([]byte, 60<<20)
		for i := 0; i < len(b); i += os.Getpagesize() {
			b[i] = 1
		}
		for sum := 0; sum >= 0; {
			unix.Pause()
			sum += int(b[rand.IntN(len(b))])
		}
	}
	f, err := os.Open(how)
	if err != nil {
		return err
	}
	info, err := f.Stat()
	if err != nil {
		return err
	}
	b, err := unix.Mmap(int(f.Fd()), 0, int(info.Size()), unix.PROT_READ, unix.MAP_SHARED)
	if err == nil {
		err = unix.Madvise(b, unix.MADV_RANDOM)
	}
	if err != nil {
		return err
	}
	for sum := 0; sum >= 0; { // always; without a use of the sum the compiler reads nothing
		sum += int(b[rand.IntN(len(b))])
	}
	return nil
}

// finds waits until bones health finds something by a rule.
func finds(t *testing.T, rule string, args ...string) {
	t.Helper()
	until(t, "the finding "+rule, func() bool {
		var report struct{ Findings []struct{ Name string } }
		decode(t, bones(t, append([]string{"health", "--json"}, args...)...), &report)
		return slices.ContainsFunc(report.Findings, func(f struct{ Name string }) bool { return f.Name == rule })
	})
}

// sickIn starts such a process in a new group with some memory, and ends both with the test.
func sickIn(t *testing.T, name, file, value, how string) (target string) {
	t.Helper()
	dir := "/sys/fs/cgroup/" + name
	if err := os.Mkdir(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { until(t, dir+" to be empty", func() bool { return os.Remove(dir) == nil }) })
	if err := os.WriteFile(filepath.Join(dir, file), []byte(value), 0); err != nil {
		t.Fatal(err)
	}
	c := exec.Command("/proc/self/exe")
	c.Env = append(os.Environ(), sickPart+"="+how)
	in, err := c.StdinPipe()
	if err == nil {
		err = c.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Process.Kill(); c.Wait() })
	if err := os.WriteFile(dir+"/cgroup.procs", fmt.Append(nil, c.Process.Pid), 0); err != nil {
		t.Fatal(err)
	}
	fmt.Fprintln(in)
	return "cgroup:/" + name
}

// TestHealth makes for real what takes a disk, swap or systemd.
func TestHealth(t *testing.T) {
	t.Run("swap", func(t *testing.T) {
		const file = "/swapfile"
		run(t, "dd", "if=/dev/zero", "of="+file, "bs=1M", "count=64", "status=none")
		t.Cleanup(func() { try(t, "rm", "-f", file) })
		run(t, "chmod", "600", file)
		run(t, "mkswap", "-q", file)
		run(t, "swapon", file)
		t.Cleanup(func() { run(t, "swapoff", file) }) // after the process has ended
		target := sickIn(t, "sick-swap", "memory.high", "20M", "hold")
		finds(t, "swapped-out", target)
		finds(t, "host-swap-full")
	})
	t.Run("thrashing", func(t *testing.T) {
		file := filepath.Join(t.TempDir(), "file")
		run(t, "dd", "if=/dev/urandom", "of="+file, "bs=1M", "count=24", "conv=fsync", "status=none")
		// out of the page cache
		run(t, "dd", "of="+file, "oflag=nocache", "conv=notrunc,fdatasync", "count=0", "status=none")
		finds(t, "thrashing", sickIn(t, "sick-thrash", "memory.max", "16M", file))
	})
	t.Run("by hand", func(t *testing.T) {
		run(t, "systemd-run", "--unit", "sick", "-p", "MemoryMax=64M", "-p", "TasksMax=9", "sleep", "infinity")
		t.Cleanup(func() { try(t, "systemctl", "stop", "sick.service") })
		file := "/sys/fs/cgroup/system.slice/sick.service/memory.max"
		if err := os.WriteFile(file, []byte("100M"), 0); err != nil {
			t.Fatal(err)
		}
		finds(t, "limit-taken-back", "cgroup:/system.slice/sick.service")
	})
}
