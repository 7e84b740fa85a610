package rootfs

import (
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"
	"time"
)

// BenchmarkCopyOut copies a file of 2 GiB out of a root, and has cp do the same through /proc/PID/root in the same run.
func BenchmarkCopyOut(b *testing.B) {
	const size = 2 << 30
	w := newWorld(b, nil)
	if out, err := exec.Command("dd", "if=/dev/zero", "of="+w.root+"/big", "bs=1M", "count="+strconv.Itoa(size>>20), "status=none").CombinedOutput(); err != nil {
		b.Skipf("no room for 2 GiB: %s", out)
	}
	c := newClient(b, w)
	dir := b.TempDir()
	b.SetBytes(size)
	var ours, theirs time.Duration
	for b.Loop() {
		begun := time.Now()
		f, err := os.Create(filepath.Join(dir, "ours"))
		if err != nil {
			b.Fatal(err)
		}
		if err := c.CopyOut(b.Context(), "/big", f, nil); err != nil {
			b.Fatal(err)
		}
		f.Close()
		ours += time.Since(begun)
		os.Remove(f.Name())
		b.StopTimer()
		begun = time.Now()
		if out, err := exec.Command("cp", "/proc/"+strconv.Itoa(w.id.PID)+"/root/big", filepath.Join(dir, "theirs")).CombinedOutput(); err != nil {
			b.Fatalf("cp: %s", out)
		}
		theirs += time.Since(begun)
		os.Remove(filepath.Join(dir, "theirs"))
		b.StartTimer()
	}
	b.ReportMetric(float64(ours)/float64(theirs), "of-cp")
}
