package inside

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// newMemory is what the limit of a subject is set to.
func (s *subject) newMemory() uint64 { return s.bytes() + 20<<20 }

// testLimits sets the memory limit of every subject, looks at it in the engine's statistics, has both managers write
// anew what is theirs, and takes the changes back. What bones says when it sets a limit is what must come of it.
func testLimits(t *testing.T, all []*subject) {
	type change struct {
		said   string // when it was made
		warned bool   // that systemd takes it back
		before uint64 // what bound it
		number string // of the history
	}
	changes := map[*subject]change{}
	for _, s := range all {
		t.Run("set "+s.mode, func(t *testing.T) {
			before := explain(t, s.target(t)).memory
			said := try(t, bonesPath, "set", "--yes", s.target(t), fmt.Sprintf("memory=%d", s.newMemory()))
			if said.status != 0 {
				t.Fatalf("status %d: %s", said.status, said.err)
			}
			t.Logf("said: %s", strings.TrimSpace(said.err))
			t.Logf("marked: %s", attributes(t, s))
			changes[s] = change{said.err, strings.Contains(said.err, "daemon-reload"), before, lastChange(t)}
			after := explain(t, s.target(t)).memory
			if s.name == sliced { // the slice around it goes on binding, and who sets it must be told
				same(t, "the limit that binds", after, before)
				if !strings.Contains(said.err, "shop.slice") {
					t.Errorf("shop.slice binds as before, and bones says %q", said.err)
				}
			} else {
				same(t, "the limit after set", after, s.newMemory())
			}
			// A manager of units tells what it was asked for; an engine reads the file.
			if s.memory != nil && s.runtime != "" && s.runtime != "systemd-nspawn" {
				if text := s.memory(t, s); !shows(text, s.newMemory()) {
					t.Errorf("its engine's statistics say %q, bones set %d", text, s.newMemory())
				}
			}
		})
	}
	run(t, "systemctl", "daemon-reload")
	run(t, alice("systemctl", "--user", "daemon-reload")...)
	reverted := map[*subject]bool{}
	for _, s := range all {
		c, ok := changes[s]
		if !ok || s.name == sliced {
			continue
		}
		t.Run("daemon-reload "+s.mode, func(t *testing.T) {
			got := explain(t, s.target(t)).memory
			reverted[s] = got != s.newMemory()
			switch {
			case reverted[s] && got != c.before:
				t.Errorf("after daemon-reload the limit is %d; it was %d and was set to %d", got, c.before, s.newMemory())
			case reverted[s] && !c.warned:
				t.Errorf("daemon-reload took the limit back, and bones did not say that it would: %s; attributes: %s", c.said,
					attributes(t, s))
			case !reverted[s] && c.warned:
				t.Error("bones said that daemon-reload would take the limit back, and it did not")
			}
		})
	}
	for _, s := range all {
		c, ok := changes[s]
		if !ok {
			continue
		}
		t.Run("undo "+s.mode, func(t *testing.T) {
			said := try(t, bonesPath, "undo", "--yes", c.number)
			// Of the one in a slice, the limit was taken back below the slice that binds.
			if said.status != 0 && !reverted[s] && s.name != sliced {
				t.Errorf("status %d: %s", said.status, said.err)
			}
			same(t, "the limit after undo", explain(t, s.target(t)).memory, c.before)
		})
	}
}

// attributes are the group of a subject's process and what systemd marks that and those above with, for a message.
func attributes(t *testing.T, s *subject) string {
	t.Helper()
	b, _ := os.ReadFile(fmt.Sprintf("/proc/%d/cgroup", s.known(t).pid))
	_, group, _ := strings.Cut(string(b), "0::")
	said := ""
	for dir := "/sys/fs/cgroup" + strings.TrimSpace(group); dir != "/sys/fs/cgroup"; dir = filepath.Dir(dir) {
		list := make([]byte, 4096)
		n, err := unix.Llistxattr(dir, list)
		said += fmt.Sprintf("%s: %q %v; ", dir, list[:max(n, 0)], err)
	}
	return said
}

// lastChange is the number that undo takes for what was done last.
func lastChange(t *testing.T) string {
	t.Helper()
	var list []struct{ N int }
	decode(t, bones(t, "--json", "history", "-n", "1"), &list)
	if len(list) != 1 {
		t.Fatalf("the history has %d changes", len(list))
	}
	return strconv.Itoa(list[0].N)
}

// shows reports whether a text of an engine, such as "1MiB / 80MiB" or "1MB / 83.89MB" or a number of bytes, has this
// limit in it.
func shows(text string, limit uint64) bool {
	_, right, found := strings.Cut(text, "/")
	if !found {
		right = text
	}
	right = strings.TrimSpace(right)
	digits := strings.TrimRight(right, "KMGiBkb")
	n, err := strconv.ParseFloat(strings.TrimSpace(digits), 64)
	if err != nil {
		return false
	}
	unit := 1.0
	switch strings.TrimSpace(right[len(digits):]) {
	case "MiB":
		unit = 1 << 20
	case "MB":
		unit = 1e6
	}
	distance := n*unit - float64(limit)
	return distance < 60000 && distance > -60000 // it is written with few digits
}

// testPersist sets limits through systemd, for good: they outlive a daemon-reload, and undo takes them back through
// systemd too.
func testPersist(t *testing.T, all []*subject) {
	var some []*subject
	before := map[*subject]truth{}
	for _, s := range all {
		switch s.name {
		case "svc.service", "scp.scope", "dk", "pmrunc", "web":
			some = append(some, s)
			before[s] = explain(t, s.target(t))
		}
	}
	changes := map[*subject]string{}
	for _, s := range some {
		said := try(t, bonesPath, "set", "--yes", "--persist", s.target(t), fmt.Sprintf("memory=%d", s.newMemory()),
			"cpus=0.9", "pids=333")
		if said.status != 0 {
			t.Errorf("%s: status %d: %s%s", s.mode, said.status, said.out, said.err)
			continue
		}
		changes[s] = lastChange(t)
	}
	run(t, "systemctl", "daemon-reload")
	for _, s := range some {
		t.Run(s.mode, func(t *testing.T) {
			after := explain(t, s.target(t))
			same(t, "memory", after.memory, s.newMemory())
			same(t, "CPU", after.cpu, 900)
			same(t, "tasks", after.tasks, 333)
		})
		if changes[s] != "" {
			bones(t, "undo", "--yes", changes[s])
		}
	}
	run(t, "systemctl", "daemon-reload")
	for _, s := range some {
		t.Run("undo "+s.mode, func(t *testing.T) {
			if got := explain(t, s.target(t)); got != before[s] {
				t.Errorf("after undo %+v, before %+v", got, before[s])
			}
		})
	}
}
