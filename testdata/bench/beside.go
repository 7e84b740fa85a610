package main

import (
	"encoding/json"
	"fmt"
	"os"
	"time"
)

// Some parts are measured in worlds of their own, by other runs of this program. Each leaves its goals in a file.

// stay is how long the terminal UI stands until its memory counts.
const stay = 10 * time.Minute

// stays is the life of a second world beside the first, of 5,000 processes and the terminal UI, which is measured when
// it has stood there for so long.
func stays(o options) []goal {
	err := begin(true)
	if err == nil {
		err = grow(0, 100)
	}
	var resident int64
	if err == nil {
		_, resident, err = memoryOf([]string{o.Bones, "-d", "1"}, []typed{{"", stay}})
	}
	skip := ""
	if err != nil {
		skip = err.Error()
	}
	return []goal{ratio("resident memory of the terminal UI after 10 minutes", 1, float64(resident), 45<<20, skip)}
}

// names is the life of a world that has the host's PIDs, as named containers are found without the process table where
// all of a host is seen. It ends with this program, whatever ends that.
func names(o options) []goal {
	err := begin(false)
	if err == nil {
		err = grow(0, 120)
	}
	defer shrink()
	return namedCost(o, err)
}

// leave writes goals to a file, for recall.
func leave(path string, goals []goal) error {
	b, err := json.Marshal(goals)
	if err == nil {
		err = os.WriteFile(path+".new", b, 0o600)
	}
	if err == nil {
		err = os.Rename(path+".new", path)
	}
	return err
}

// recall waits for the file that leave writes, and returns no goals if it does not come in time.
func recall(path string, wait time.Duration) (goals []goal) {
	for deadline := time.Now().Add(wait); ; time.Sleep(200 * time.Millisecond) {
		b, err := os.ReadFile(path)
		switch {
		case err == nil:
			if err := json.Unmarshal(b, &goals); err != nil {
				fmt.Fprintln(os.Stderr, "bench:", err)
			}
			return goals
		case time.Now().After(deadline):
			return nil
		}
	}
}
