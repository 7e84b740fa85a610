// Package leaktest fails a package whose tests leave something behind: descriptors, goroutines, child processes,
// mounts, cgroups, files. Each package's TestMain is Main. It looks at what the tests made and at nothing else of the
// machine, where others may start containers, mount and make cgroups meanwhile: descriptors, goroutines and children
// of the test's own process; mounts and files in the directory for temporary files that it gives to the tests; cgroups
// with the PID of the test's own process in their names.
package leaktest

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"os/signal"
	"path/filepath"
	"runtime/debug"
	"runtime/pprof"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"bones/procwalk/mountinfo"

	"golang.org/x/sys/unix"
)

// patience is how long what is left may take to go away by itself. It costs time only where something is left.
const patience = 20 * time.Second

// seldom is by how many percent the memory of a test program grows between two collections of garbage. With the usual
// 100 a program with a few MiB collects all the time, which was a third of what the tests of the UI took. What a test
// starts collects as it does for users, and a test of memory collects before it looks.
const seldom = 400

// Main runs the package's tests and compares what is there after with what was there before. What goes away by itself
// is not a leak.
func Main(m *testing.M) { os.Exit(Run(m.Run)) }

// Run is Main for a TestMain that has more to do: run is m.Run, and the result is the exit status.
func Run(run func() int) int {
	defer noteCost(os.Getenv(costVariable), time.Now())
	os.Unsetenv(costVariable) // what a test program that a test starts takes is among what that test takes
	if why := lacksProc("/proc"); why != nil {
		return without(why, os.Getenv("CI") == "true", os.Stderr)
	}
	heedSignals()
	outer, given := os.LookupEnv("TMPDIR")
	desk, err := newDesk()
	if err != nil {
		fmt.Fprintln(os.Stderr, "FAIL: no directory for the tests' temporary files:", err)
		return 1
	}
	defer func() {
		os.RemoveAll(desk)
		if os.Unsetenv("TMPDIR"); given {
			os.Setenv("TMPDIR", outer)
		}
	}()
	if _, given := os.LookupEnv("GOGC"); !given {
		debug.SetGCPercent(seldom)
	}
	before := inventory(desk)
	status := run()
	if status != 0 || fuzzing() {
		return status // what failed may not have cleaned up; that is the smaller matter then
	}
	var left []string
	// Looking costs: more and more seldom where it takes long.
	for deadline, wait := time.Now().Add(patience), 5*time.Millisecond; ; wait = min(2*wait, 500*time.Millisecond) {
		left = before.missingIn(inventory(desk))
		if len(left) == 0 {
			return 0
		}
		if time.Now().After(deadline) {
			break
		}
		time.Sleep(wait)
	}
	fmt.Fprintln(os.Stderr, "FAIL: the tests of this package left behind:")
	for _, l := range left {
		fmt.Fprintln(os.Stderr, "  "+l)
	}
	return 1
}

// heedSignals gives the signals that this process was started to ignore their own meaning again for what the tests
// start: nohup has a program ignore SIGHUP, and a shell without job control those of the keyboard in what it starts in
// the background. A shell does not even trap a signal that it was started to ignore.
func heedSignals() {
	for _, s := range []os.Signal{unix.SIGHUP, unix.SIGINT, unix.SIGQUIT} {
		if signal.Ignored(s) {
			signal.Notify(make(chan os.Signal, 1), s) // of a signal that is caught, exec makes one that is not ignored
		}
	}
}

// lacksProc says why a directory is no proc file system with this process in it, nil if it is one. Almost every test
// of bones reads it, and so does this package, which finds by it what the tests left behind; a fresh chroot has none.
func lacksProc(dir string) error {
	if _, err := os.Stat(filepath.Join(dir, "self", "stat")); err != nil {
		return fmt.Errorf("no proc file system is mounted here: %w", err)
	}
	return nil
}

// without is the exit status of a package none of whose tests can run here, and says why. With CI=true that is a
// failure, as for proctest.Need.
func without(why error, ci bool, w io.Writer) int {
	if ci {
		fmt.Fprintln(w, "FAIL: with CI=true nothing may be missing:", why)
		return 1
	}
	fmt.Fprintln(w, "skipped: the tests of this package:", why)
	return 0
}

// fuzzing reports whether this is a search for inputs. It ends its workers in the midst of a test when the time is up:
// what they leave is removed with the desk, and is no fault of the test.
func fuzzing() bool {
	for _, name := range []string{"test.fuzz", "test.fuzzworker"} {
		if f := flag.Lookup(name); f != nil && f.Value.String() != f.DefValue {
			return true
		}
	}
	return false
}

// set holds what there is, by description, and how often.
type set map[string]int

func inventory(desk string) set {
	s := set{}
	descriptors(s)
	goroutines(s)
	children(s)
	mounts(s, desk)
	files(s, desk)
	cgroups(s)
	return s
}

// newDesk makes the directory that testing.T.TempDir and os.MkdirTemp use from now on, also in programs that the tests
// start. Its name is short: sockets in it have room for 107 bytes. Other users may pass through it, as through /tmp.
func newDesk() (string, error) {
	dir, err := os.MkdirTemp("", "b-")
	if err != nil {
		return "", err
	}
	return dir, errors.Join(os.Chmod(dir, 0o777|os.ModeSticky), os.Setenv("TMPDIR", dir))
}

// missingIn returns what later has more of.
func (s set) missingIn(later set) []string {
	var more []string
	for _, what := range slices.Sorted(maps.Keys(later)) {
		if n := later[what] - s[what]; n > 0 {
			more = append(more, fmt.Sprintf("%d × %s", n, what))
		}
	}
	return more
}

func descriptors(s set) {
	entries, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		return
	}
	for _, e := range entries {
		// The runtime's poller, opened at the first need, and the listing itself are not ours.
		if link, err := os.Readlink("/proc/self/fd/" + e.Name()); err == nil && !strings.Contains(link, "[event") &&
			!strings.HasSuffix(link, "/fd") {
			s["descriptor "+link]++
		}
	}
}

// goroutines counts those that are not the test framework's or the runtime's, by the line they were started at.
func goroutines(s set) {
	var b bytes.Buffer
	pprof.Lookup("goroutine").WriteTo(&b, 2)
	for stack := range strings.SplitSeq(b.String(), "\n\n") {
		if strings.Contains(stack, "leaktest.goroutines") || strings.Contains(stack, "testing.(*M)") ||
			strings.Contains(stack, "os/signal.") || strings.Contains(stack, "testing.runFuzzing") ||
			strings.Contains(stack, "runtime.ensureSigM") {
			continue
		}
		if _, created, ok := strings.Cut(stack, "created by "); ok {
			what, _, _ := strings.Cut(created, " in goroutine")
			s["goroutine of "+what]++
		}
	}
}

func children(s set) {
	tasks, _ := os.ReadDir("/proc/self/task") // filepath.Glob would list the files of each thread, too
	for _, t := range tasks {
		b, _ := os.ReadFile("/proc/self/task/" + t.Name() + "/children")
		for _, pid := range strings.Fields(string(b)) {
			stat, _ := os.ReadFile("/proc/" + pid + "/stat")
			s[fmt.Sprintf("child process %q", stat)]++
		}
	}
}

// mounts finds those on the desk. The tests make others in mount namespaces of their own, which end with them.
func mounts(s set, desk string) {
	b, _ := os.ReadFile("/proc/self/mountinfo")
	for m, err := range mountinfo.Lines(b) {
		if err == nil && strings.HasPrefix(m.Point.Raw(), desk+"/") {
			s["mount at "+m.Point.String()]++
		}
	}
}

func files(s set, desk string) {
	entries, _ := os.ReadDir(desk)
	for _, e := range entries {
		s["file "+filepath.Join(desk, e.Name())]++
	}
}

// cgroups finds groups that this test process has named after itself.
func cgroups(s set) {
	filepath.WalkDir("/sys/fs/cgroup", func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.IsDir() {
			return nil
		}
		if strings.Contains(d.Name(), "bones") && named(d.Name(), os.Getpid()) {
			s["cgroup "+path]++
		}
		var st unix.Stat_t
		if unix.Lstat(path, &st) == nil && st.Nlink == 2 {
			return fs.SkipDir // it has no groups below it, and some 50 files, which would be listed
		}
		return nil
	})
}

// named reports whether a PID is one of the numbers in a name.
func named(name string, pid int) bool {
	return slices.Contains(strings.FieldsFunc(name, func(r rune) bool { return r < '0' || r > '9' }), strconv.Itoa(pid))
}
