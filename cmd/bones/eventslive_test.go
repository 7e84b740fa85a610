package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"bones/procwalk/connector"
	"bones/procwalk/proctest"

	"golang.org/x/sys/unix"
)

// TestEventsOfARecordingAreThoseSeenLive: a recorder and events --follow watch the same host at the same time. What
// they tell of programs that end in several ways, and of a container's limit, is the same, field by field, but for
// what only one of them was quick enough to read of a process that has ended.
func TestEventsOfARecordingAreThoseSeenLive(t *testing.T) {
	needRoot(t)
	if c, err := connector.Open(); err != nil {
		proctest.Missing(t, "process events: %v", err)
	} else {
		c.Close()
	}
	m := builtBones(t)
	name := demoName("seen")
	m.startDemo(t, name, "--memory 96M")
	recording, seen := filepath.Join(t.TempDir(), "recording"), filepath.Join(t.TempDir(), "seen")
	live, err := os.Create(seen)
	if err != nil {
		t.Fatal(err)
	}
	defer live.Close()
	for _, args := range [][]string{{"record", "--interval", "300ms", "-o", recording},
		{"events", "--follow", "--json"}} {
		c := exec.Command(m.bones, args...)
		c.Stdout = live
		if err := c.Start(); err != nil {
			t.Fatal(err)
		}
		defer sync.OnceFunc(func() { c.Process.Signal(unix.SIGTERM); c.Wait() })()
	}
	var recorded []eventSeen
	var readTo int64
	// A recorder writes some times a second: what it has not added to is not read again.
	readAgain := func() error {
		at, err := os.Stat(recording)
		if err != nil || at.Size() == readTo {
			return err
		}
		out, err := exec.Command(m.bones, "events", "--json", "--from", recording).Output()
		if err != nil {
			return err
		}
		readTo, recorded = at.Size(), nil
		return json.Unmarshal(out, &recorded)
	}
	told := func(about string) (fromRecording, fromLive []eventSeen) {
		err := readAgain()
		fromRecording = slices.Clone(recorded)
		b, _ := os.ReadFile(seen)
		for line := range bytes.Lines(b) {
			var e eventSeen
			if json.Unmarshal(line, &e) == nil { // the last line may not be whole yet
				fromLive = append(fromLive, e)
			}
		}
		if err != nil {
			return nil, fromLive // there is no moment yet
		}
		isAbout := func(e eventSeen) bool { return !strings.Contains(describe(e), about) }
		return slices.DeleteFunc(fromRecording, isAbout), slices.DeleteFunc(fromLive, isAbout)
	}
	proctest.Until(t, "both to watch", func() bool {
		a, b := told("events are watched from here on")
		return len(a) > 0 && len(b) > 0
	})
	// A busy machine leaves out what it has too much of, and says so: this is done until enough was told by both.
	round, both := 0, 0
	proctest.Until(t, "both to tell of programs", func() bool {
		round++
		mark := fmt.Sprintf("seen-%d-%d-", os.Getpid(), round)
		for _, how := range []string{"exit 0", "exit 3", "kill -9 $$"} {
			// What ends at once has no arguments any more when bones looks at it, and says so instead.
			c := exec.Command("sh", "-c", "read x; "+how, mark)
			in, err := c.StdinPipe()
			if err != nil || c.Start() != nil {
				t.Fatal("a program cannot be started: ", err)
			}
			time.Sleep(50 * time.Millisecond)
			in.Close()
			c.Wait()
		}
		limit := 96 + round
		m.demoRun(t, fmt.Sprintf("set %s memory=%dM --yes", name, limit))
		changed := fmt.Sprintf("limit on memory: %dM", limit)
		var a, b []eventSeen
		proctest.Until(t, changed, func() bool { // all that was before it has been told by then
			a, b = told(changed)
			return len(a) > 0 && len(b) > 0
		})
		if len(a) != 1 || len(b) != 1 || describe(a[0]) != describe(b[0]) {
			t.Errorf("recorded:\n%v\nlive:\n%v", a, b)
		}
		a, b = told(mark)
		for _, one := range a {
			for _, other := range b {
				if one.Kind != other.Kind || one.PID == nil || other.PID == nil || *one.PID != *other.PID {
					continue
				}
				if both++; describe(one) != describe(other) {
					t.Errorf("recorded: %s\nlive:     %s", describe(one), describe(other))
				}
			}
		}
		for who, list := range map[string][]eventSeen{"the recording": a, "live": b} {
			leftA, leftB := told("left out: ")
			if len(list) < 6 && len(leftA)+len(leftB) == 0 {
				t.Errorf("%s has %d events of three programs, and says of none that it was left out", who, len(list))
			}
		}
		return both >= 6
	})
}

// eventSeen is what is compared of the JSON of an event.
type eventSeen struct {
	Kind, What string
	PID        *int
	Container  any
	Cgroup     *string
	Exit       *struct {
		Status, Signal *int
		CoreDump       bool `json:"core_dump"`
	}
}

// describe is an event without its time, and without what was read of a process that may have ended by then.
func describe(e eventSeen) string {
	word := func(x any) string {
		b, err := json.Marshal(x)
		if err != nil {
			return err.Error()
		}
		return string(b)
	}
	what := readLate.ReplaceAllString(e.What, "")
	return fmt.Sprintf("%s PID %s, %s, %s: %s %s", e.Kind, word(e.PID), word(e.Container), word(e.Cgroup), what,
		word(e.Exit))
}

var readLate = regexp.MustCompile(`, \d+\.\d+s of processor time`)
