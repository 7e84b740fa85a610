package main

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"bones/procwalk/text"
)

// limitOfItsOwn is a wait of so and so many seconds. What is slow on a machine where fifty processes wait for each
// processor is not what a test is about: proctest.Patience is for all of them, and a limit against hanging.
var limitOfItsOwn = text.Pattern(`time\.After\([0-9 *]*time\.[MS]|Now\(\)\.Add\([0-9 *]*time\.[MS]|` +
	`WithTimeout\([^,]*, *[0-9 *]*time\.[MS]|AfterFunc\([0-9 *]*time\.[MS]|` +
	`\.(ends|until)\((".*", *)?[0-9 *]*time\.[MS]`)

// limitsWithReason are the files that may wait for a time of their own, and why it is no guess at a machine's speed.
var limitsWithReason = map[string]string{
	"cmd/bones/kernel_test.go":                   "a virtual machine boots",
	"cmd/bones/realhost_test.go":                 "a virtual machine boots",
	"cmd/bones/ui_input_test.go":                 "a user looks for so long before a key is pressed",
	"cmd/bones/internal/netview/netview_test.go": "the pause between two changes that a reader meets",
	"nsview/enter/forged_test.go":                "for so long nothing may come",
	"procwalk/hostile_test.go":                   "for so long nothing may come",
	"procwalk/reexec/sealed_pins_test.go":        "the other side gives back late what the test waits for with patience",
	"procwalk/rootfs/giveup_test.go":             "the caller's own limit is what is tested",
}

// TestTestsArePatient: no test has a time limit of its own.
func TestTestsArePatient(t *testing.T) {
	root, seen := "../..", map[string]bool{}
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, "_test.go") {
			return err
		}
		name, err := filepath.Rel(root, path)
		if err != nil {
			return err
		}
		source, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		n := 0
		for line := range strings.Lines(string(source)) {
			n++
			// Looking for what all of them hold takes a tenth of what the expression does.
			if !strings.Contains(line, "time.") || !limitOfItsOwn().MatchString(line) {
				continue
			}
			if seen[name] = true; limitsWithReason[name] == "" {
				t.Errorf("%s:%d waits for a time of its own, and not for proctest.Patience: %s", name, n,
					strings.TrimSpace(line))
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for name := range limitsWithReason {
		if !seen[name] {
			t.Errorf("%s has no time limit of its own any more", name)
		}
	}
}
