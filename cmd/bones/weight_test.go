package main

import (
	"debug/elf"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"bones/procwalk/proctest"
)

// crowdStat is the stat of a process that has waited for a second since this host began.
const crowdStat = "%d (program) S 1 1 1 0 -1 4194560 100 0 0 0 3 2 0 0 20 0 1 0 100 10000000 500 " +
	"18446744073709551615 1 1 0 " +
	"0 0 0 0 0 0 0 0 0 17 0 0 0 0 0 0 0 0 0 0 0 0 0 0\n"

// crowd makes a /proc of so many processes, all of them in the groups and namespaces of this one.
func crowd(t *testing.T, processes int) string {
	t.Helper()
	dir := proctest.TempDir(t)
	must := func(err error) {
		if err != nil {
			t.Fatal(err)
		}
	}
	take := func(name string) {
		b, err := os.ReadFile(filepath.Join("/proc", name))
		must(err)
		must(os.MkdirAll(filepath.Dir(filepath.Join(dir, name)), 0o755))
		must(os.WriteFile(filepath.Join(dir, name), b, 0o644))
	}
	for _, name := range []string{"stat", "uptime", "meminfo", "loadavg", "version", "self/status", "self/cgroup"} {
		take(name)
	}
	ns, err := os.ReadDir("/proc/self/ns")
	must(err)
	must(os.Mkdir(filepath.Join(dir, "self/ns"), 0o755))
	for _, e := range ns {
		to, err := os.Readlink("/proc/self/ns/" + e.Name())
		must(err)
		must(os.Symlink(to, filepath.Join(dir, "self/ns", e.Name())))
	}
	for pid := 1; pid <= processes; pid++ {
		p := filepath.Join(dir, strconv.Itoa(pid))
		must(os.Mkdir(p, 0o755))
		must(os.Link(filepath.Join(dir, "self/status"), filepath.Join(p, "status")))
		must(os.Link(filepath.Join(dir, "self/cgroup"), filepath.Join(p, "cgroup")))
		must(os.Symlink("../self/ns", filepath.Join(p, "ns")))
		must(os.WriteFile(filepath.Join(p, "stat"), fmt.Appendf(nil, crowdStat, pid), 0o644))
		must(os.WriteFile(filepath.Join(p, "cmdline"), fmt.Appendf(nil, "/usr/bin/program\x00--number=%d\x00"+
			"--data-directory=/var/lib/program/%d\x00--listen=127.0.0.1:%d\x00", pid, pid, pid), 0o644))
	}
	return dir
}

// TestMemoryOfJSON: what bones ps --json makes of 5,000 processes is printed one by one, and is garbage after that:
// it takes little memory beside the table itself, which takes some 8 MiB, and bones, some 25 MiB.
func TestMemoryOfJSON(t *testing.T) {
	const processes, most = 5000, 44 << 10 // KiB
	bones := filepath.Join(t.TempDir(), "bones")
	install(t, bones)
	c := exec.Command(bones, "--proc", crowd(t, processes), "ps", "--json")
	var stderr strings.Builder
	c.Stderr = &stderr
	out, err := c.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	d, rows, used := json.NewDecoder(out), 0, 0
	if _, err := d.Token(); err != nil {
		t.Error(err)
	}
	for d.More() {
		var one struct{ Args []string }
		if err := d.Decode(&one); err != nil || len(one.Args) != 4 {
			t.Errorf("row %d: %v, arguments %q", rows, err, one.Args)
			break
		}
		if rows++; rows%1000 == 0 {
			used = max(used, highWater(c.Process.Pid))
		}
	}
	d.Token()
	if err := c.Wait(); err != nil {
		t.Errorf("bones ps: %v: %s", err, stderr.String())
	}
	t.Logf("%d KiB", used)
	if rows != processes || used > most || used == 0 {
		t.Errorf("%d rows of %d, with %d KiB in use, want at most %d", rows, processes, used, most)
	}
}

// highWater is the most memory that a process has had, in KiB; 0 if it has ended. What getrusage(2) tells of a child
// counts the memory that this test had when it started the child.
func highWater(pid int) (kib int) {
	b, _ := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	_, after, _ := strings.Cut(string(b), "VmHWM:")
	fmt.Sscan(after, &kib)
	return kib
}

// TestBinaryCarriesNoSymbols: what make builds has no tables that only a debugger reads, which would be a third of it.
// What Go prints of a panic does not need them.
func TestBinaryCarriesNoSymbols(t *testing.T) {
	bones := filepath.Join(t.TempDir(), "bones")
	install(t, bones)
	f, err := elf.Open(bones)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for _, s := range f.Sections {
		if s.Name == ".symtab" || strings.HasPrefix(s.Name, ".debug") || strings.HasPrefix(s.Name, ".zdebug") {
			t.Errorf("%s: %d bytes", s.Name, s.FileSize)
		}
	}
}

// TestLinkerLeavesOutWhatIsNotCalled: where one function calls a method by a name that only the running program
// knows, as templates do, the linker keeps every method of every type, some 3 MB. And HTTP/2, which is never
// spoken, is left out.
func TestLinkerLeavesOutWhatIsNotCalled(t *testing.T) {
	_, said := madeBones(t)
	edges := 0
	for line := range strings.Lines(said) {
		from, to, ok := strings.Cut(strings.TrimSpace(line), " -> ")
		if !ok {
			continue
		}
		edges++
		if strings.Contains(to, "<ReflectMethod>") { // as the linker marks such a function
			t.Errorf("the linker keeps all methods because of %s, which %s calls", to, from)
		}
		if strings.HasPrefix(from, "net/http.(*http2Server)") {
			t.Errorf("HTTP/2 is linked: %s", from)
			break
		}
	}
	if edges < 10000 {
		t.Errorf("the linker told of %d references only", edges)
	}
}
