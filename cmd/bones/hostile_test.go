package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"

	"bones/procwalk/proctest"
	"bones/procwalk/text"
	hostile "bones/testdata/hostile/world"
)

const (
	hostileLimit  = proctest.Patience // a deadline against hanging, not a measure of speed
	hostileMemory = 16 << 20          // how much more memory a command may use for one hostile process
	nobody        = 65534
)

// hostileCommands are the ways of printing the table, and how to find the PIDs in what they print.
var hostileCommands = []struct {
	name string
	args []string
	pids func(out []byte) ([]int, error)
}{
	{"ps", []string{"ps"}, pidColumn(1)},
	{"aux", []string{"ps", "--aux"}, pidColumn(1)},
	{"columns", []string{"ps", "-o", "pid,comm,args"}, pidColumn(0)},
	{"json", []string{"--json", "ps"}, pidsOfJSON},
}

func pidColumn(n int) func([]byte) ([]int, error) {
	return func(out []byte) ([]int, error) {
		var pids []int
		for i, line := range strings.Split(strings.TrimSuffix(string(out), "\n"), "\n")[1:] {
			words := strings.Fields(line)
			if len(words) <= n {
				return nil, fmt.Errorf("row %d is %.200q", i+1, line)
			}
			pid, err := strconv.Atoi(words[n])
			if err != nil {
				return nil, fmt.Errorf("row %d is %.200q: %w", i+1, line, err)
			}
			pids = append(pids, pid)
		}
		return pids, nil
	}
}

func pidsOfJSON(out []byte) ([]int, error) {
	var rows []struct{ PID int }
	if err := json.Unmarshal(out, &rows); err != nil {
		return nil, err
	}
	var pids []int
	for _, r := range rows {
		pids = append(pids, r.PID)
	}
	return pids, nil
}

// unsafeText returns what of a command's output may act on a terminal or deceive its reader.
func unsafeText(out []byte) error {
	if !utf8.Valid(out) {
		return fmt.Errorf("it is not valid UTF-8")
	}
	for i, r := range string(out) {
		if r != '\n' && text.Deceptive(r) {
			return fmt.Errorf("%U in %q", r, out[max(0, i-40):min(len(out), i+40)])
		}
	}
	return nil
}

// TestHostile looks at every kind of hostile process with every command, as root or as nobody, and with a soak as
// both: no row is lost, the command ends, uses hardly more memory than without, and prints nothing that a terminal
// would obey. Each user looks at each kind with two of the commands, and with each command at half of the kinds:
// what a kind does to a command, a user may or may not read, and how a command prints it, do not hang together by
// threes.
func TestHostile(t *testing.T) {
	if testing.Short() {
		t.Skip("-short: makes tens of thousands of processes")
	}
	proctest.Need(t, proctest.Users)
	w := hostile.New(t)
	bones := filepath.Join(w.Dir, "bones")
	install(t, bones)

	type reader struct {
		command string
		uid     int
	}
	look := func(t *testing.T, uid, i int) (hostile.Result, []int) {
		t.Helper()
		c := hostileCommands[i]
		r, err := w.Run(uid, hostileLimit, append([]string{bones}, c.args...)...)
		if err != nil {
			t.Fatalf("%s as %d: %v", c.name, uid, err)
		}
		if r.Exit != 0 || len(r.Stderr) > 0 {
			t.Errorf("%s as %d: status %d, %q", c.name, uid, r.Exit, r.Stderr)
		}
		if err := unsafeText(r.Stdout); err != nil {
			t.Errorf("%s as %d printed %v", c.name, uid, err)
		}
		pids, err := c.pids(r.Stdout)
		if err != nil {
			t.Errorf("%s as %d: %v", c.name, uid, err)
		}
		return r, pids
	}

	without := map[reader]int64{} // memory
	var steady []int
	for _, uid := range []int{0, nobody} {
		for i, c := range hostileCommands {
			r, pids := look(t, uid, i)
			without[reader{c.name, uid}] = r.MaxRSS
			// What every one of them shows: the commands themselves come and go.
			if steady == nil {
				steady = pids
			}
			steady = slices.DeleteFunc(steady, func(pid int) bool { return !slices.Contains(pids, pid) })
			lamp := hostile.SteadyArgs
			if c.name == "json" {
				lamp = `"--lamp"`
			}
			if n := bytes.Count(r.Stdout, []byte(lamp)); n != hostile.Steady {
				t.Fatalf("%s as %d shows %d lamps, want %d", c.name, uid, n, hostile.Steady)
			}
		}
	}
	if len(steady) != hostile.Steady+1 {
		t.Fatalf("%d processes are always there, want %d and init", len(steady), hostile.Steady)
	}

	// Kinds that may cost no memory are looked at together, by everybody with everything, and each of the others alone:
	// how much memory it costs is to be seen.
	kinds, small := []string{"small"}, w.Small(t)
	for _, kind := range w.Kinds(t) {
		if !slices.Contains(small, kind) {
			kinds = append(kinds, kind)
		}
	}
	slices.Sort(kinds)
	for n, what := range kinds {
		t.Run(what, func(t *testing.T) {
			kindOf := map[int]string{}
			if what == "small" {
				for kind, pid := range w.StartSmall(t) {
					kindOf[pid] = kind
				}
			} else {
				for _, pid := range w.Start(t, what) {
					kindOf[pid] = what
				}
			}
			want := slices.AppendSeq(slices.Clone(steady), maps.Keys(kindOf))
			for u, uid := range []int{0, nobody} {
				for i, c := range hostileCommands {
					if what != "small" && proctest.Soak(0, 1) == 0 && (n+u+i)%2 == 1 {
						continue
					}
					r, pids := look(t, uid, i)
					slices.Sort(pids)
					for _, pid := range want {
						if _, ok := slices.BinarySearch(pids, pid); !ok {
							t.Errorf("%s as %d lost the row of %d %s", c.name, uid, pid, kindOf[pid])
						}
					}
					// Thousands of rows may cost something each: JSON is built whole before it is printed.
					perRow := 2 << 10
					if c.name == "json" {
						perRow = 16 << 10
					}
					allowed := int64(hostileMemory + perRow*max(0, len(pids)-len(want)-100))
					if more := r.MaxRSS - without[reader{c.name, uid}]; more > allowed {
						t.Errorf("%s as %d used %d KiB more for it, %d KiB in all", c.name, uid, more>>10, r.MaxRSS>>10)
					}
				}
			}
		})
	}
}
