package export

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"bones/cgroupview"
	"bones/cgroupview/inventory"
	"bones/procwalk"
	"bones/procwalk/proctest"
	"bones/procwalk/taskiter"

	"github.com/containerd/cgroups/v3/cgroup1"
	"github.com/containerd/cgroups/v3/cgroup2"
	"github.com/prometheus/procfs"
	"golang.org/x/sys/unix"
)

const (
	benchContainers = 500
	benchEach       = 10 // processes of one
)

// BenchmarkScrape compares the processor time of one scrape, on 500 containers of ten processes, with reading the same
// facts of each container with containerd/cgroups and procfs. Both are in this process, in turns; the medians count.
// What the peer does not do is not asked of it: names, images, the limit that binds, and the page.
func BenchmarkScrape(b *testing.B) {
	proctest.Need(b, proctest.Root, proctest.Cgroups)
	proctest.NeedPrograms(b, "unshare", "busybox")
	h, err := cgroupview.Open(cgroupview.Config{})
	if err != nil {
		b.Fatal(err)
	}
	paths := crowdOfContainers(b, h)
	w, err := procwalk.NewWalker("/proc", taskiter.Auto.Kept(), procwalk.Keep())
	if err != nil {
		b.Fatal(err)
	}
	defer w.Close()
	live := inventory.NewLive(inventory.LiveConfig{Processes: w, ProcRoot: "/proc", CgroupRoot: "/sys/fs/cgroup",
		Descriptors: descriptors()})
	defer live.Close()
	e := newExporter(config{Source: live, Host: h, ProcRoot: "/proc", Judge: newJudge()})
	defer e.close()
	size := 0
	scrape := func() {
		r := httptest.NewRequestWithContext(b.Context(), http.MethodGet, "/metrics", nil)
		r.Header.Set("Accept-Encoding", "gzip")
		w := httptest.NewRecorder()
		newShared(e).ServeHTTP(w, r)
		size = w.Body.Len()
	}
	scrape() // the first reads what is kept
	var ours, theirs, wall []time.Duration
	for range 11 { // others on the machine disturb single turns
		began := time.Now()
		ours = append(ours, cpuTime(b, scrape))
		wall = append(wall, time.Since(began))
		theirs = append(theirs, cpuTime(b, func() { readByLibrary(b, paths) }))
	}
	if n := len(e.ledger.accounts); n < benchContainers {
		b.Fatalf("only %d containers were found", n)
	}
	for range b.N { // measured above
	}
	median := func(list []time.Duration) float64 {
		slices.Sort(list)
		return float64(list[len(list)/2].Microseconds()) / 1000
	}
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(median(ours), "scrape-cpu-ms")
	b.ReportMetric(median(wall), "scrape-wall-ms")
	b.ReportMetric(median(theirs), "library-cpu-ms")
	b.ReportMetric(median(ours)/median(theirs), "ratio")
	b.ReportMetric(float64(size), "page-bytes")
}

// cpuTime is the processor time of this process that something takes.
func cpuTime(b *testing.B, do func()) time.Duration {
	b.Helper()
	runtime.GC()
	used := func() time.Duration {
		var u unix.Rusage
		if err := unix.Getrusage(unix.RUSAGE_SELF, &u); err != nil {
			b.Fatal(err)
		}
		return time.Duration(u.Utime.Nano() + u.Stime.Nano())
	}
	before := used()
	do()
	return used() - before
}

// crowdOfContainers starts containers as Docker's groups look, and returns the paths of their groups.
func crowdOfContainers(b *testing.B, h *cgroupview.FileSystem) (paths []string) {
	var dirs []string
	for _, x := range h.Hierarchies() {
		if !x.ReadOnly {
			dirs = append(dirs, x.Mount)
		}
	}
	var started []*exec.Cmd
	top := fmt.Sprintf("/bones-bench-%d/docker", os.Getpid())
	b.Cleanup(func() {
		for _, path := range paths {
			for _, dir := range dirs {
				procs, _ := os.ReadFile(dir + path + "/cgroup.procs")
				for word := range strings.FieldsSeq(string(procs)) {
					var pid int
					if fmt.Sscan(word, &pid); pid > 1 {
						proctest.Signal(b, pid, unix.SIGKILL)
					}
				}
			}
		}
		for _, c := range started {
			c.Wait()
		}
		for _, dir := range dirs {
			for _, path := range append(slices.Clone(paths), top, filepath.Dir(top)) {
				proctest.Until(b, "the group is empty", func() bool {
					err := os.Remove(dir + path)
					return err == nil || os.IsNotExist(err)
				})
			}
		}
	})
	for i := range benchContainers {
		path := fmt.Sprintf("%s/%064x", top, i+1)
		paths = append(paths, path)
		script := "set -e\n"
		for _, dir := range dirs {
			if err := os.MkdirAll(dir+path, 0o755); err != nil {
				b.Fatal(err)
			}
			script += "echo $$ 2>/dev/null > " + dir + path + "/cgroup.procs || :\n" // not where cpuset wants more
		}
		script += "exec unshare --net --uts --ipc busybox sh -c 'for i in 1 2 3 4 5 6 7 8 9; do busybox sleep 100000 " +
			"& done; " +
			"echo ready; wait'"
		c := exec.Command("sh", "-c", script)
		out, err := c.StdoutPipe()
		if err != nil {
			b.Fatal(err)
		}
		if err := c.Start(); err != nil {
			b.Fatal(err)
		}
		started = append(started, c)
		if n, _ := out.Read(make([]byte, 8)); n == 0 {
			b.Fatal("a container did not start")
		}
	}
	return paths
}

// readByLibrary reads what a scrape tells of each container, without its name and limits.
func readByLibrary(b *testing.B, paths []string) {
	fs, err := procfs.NewFS("/proc")
	if err != nil {
		b.Fatal(err)
	}
	for _, path := range paths {
		var pids []uint64
		if _, err := os.Stat("/sys/fs/cgroup/cgroup.controllers"); err == nil {
			m, err := cgroup2.Load(path)
			if err != nil {
				b.Fatal(err)
			}
			if _, err := m.Stat(); err != nil {
				b.Fatal(err)
			}
			if pids, err = m.Procs(true); err != nil {
				b.Fatal(err)
			}
		} else {
			c, err := cgroup1.Load(cgroup1.StaticPath(path))
			if err != nil {
				b.Fatal(err)
			}
			if _, err := c.Stat(cgroup1.IgnoreNotExist); err != nil {
				b.Fatal(err)
			}
			list, err := c.Processes(cgroup1.Pids, true)
			if err != nil {
				b.Fatal(err)
			}
			for _, p := range list {
				pids = append(pids, uint64(p.Pid))
			}
		}
		for i, pid := range pids {
			p, err := fs.Proc(int(pid))
			if err != nil {
				continue
			}
			p.Stat()
			if i == 0 {
				p.NetDev()
			}
		}
	}
}
