package inside

import (
	"os"
	"path/filepath"
	"slices"
	"testing"

	"bones/procwalk/proctest"
)

// finds waits until bones health finds something by a rule.
func finds(t *testing.T, rule string, args ...string) {
	t.Helper()
	until(t, "the finding "+rule, func() bool {
		var report struct{ Findings []struct{ Name string } }
		decode(t, bones(t, append([]string{"health", "--json"}, args...)...), &report)
		return slices.ContainsFunc(report.Findings, func(f struct{ Name string }) bool { return f.Name == rule })
	})
}

// sickIn starts a process that uses pages (proctest.StartPages) in a new group, in one of whose files it writes a
// value, and ends both with the test.
func sickIn(t *testing.T, name, file, value, how, read string) (target string) {
	t.Helper()
	dir := "/sys/fs/cgroup/" + name
	if err := os.Mkdir(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { until(t, dir+" to be empty", func() bool { return os.Remove(dir) == nil }) })
	if err := os.WriteFile(filepath.Join(dir, file), []byte(value), 0); err != nil {
		t.Fatal(err)
	}
	proctest.StartPages(t, how, read, dir+"/cgroup.procs")
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
		target := sickIn(t, "sick-swap", "memory.high", "20M", proctest.HoldPages, "")
		finds(t, "swapped-out", target)
		finds(t, "host-swap-full")
	})
	t.Run("thrashing", func(t *testing.T) {
		file := filepath.Join(t.TempDir(), "file")
		run(t, "dd", "if=/dev/urandom", "of="+file, "bs=1M", "count=24", "conv=fsync", "status=none")
		// out of the page cache
		run(t, "dd", "of="+file, "oflag=nocache", "conv=notrunc,fdatasync", "count=0", "status=none")
		finds(t, "thrashing", sickIn(t, "sick-thrash", "memory.max", "16M", proctest.ReadPages, file))
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
