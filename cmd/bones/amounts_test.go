package main

import (
	"os"
	"strconv"
	"strings"
	"testing"

	"bones/nsview/unshare"
)

// TestAmountsOfFlags: unshare and demo take the sizes, processors and numbers of processes that set takes, and no
// others.
func TestAmountsOfFlags(t *testing.T) {
	b, err := os.ReadFile("../../testdata/amounts.tsv")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(b)) {
		f := strings.Split(strings.TrimSuffix(line, "\n"), "\t")
		if strings.HasPrefix(line, "#") || f[1] == `\e` {
			continue // an empty flag is one that was not given
		}
		value := strings.NewReplacer(`\n`, "\n", `\d`, strings.Repeat("9", 5000)).Replace(f[1])
		var u unshare.Unshare
		flags, to := unshareFlags{memory: value}, &u.Limits.Memory
		switch f[0] {
		case "cpus":
			flags, to = unshareFlags{cpus: value}, &u.Limits.CPU
		case "pids":
			flags, to = unshareFlags{pids: value}, &u.Limits.PIDs
		}
		err := flags.limits(&u)
		got := strconv.FormatInt(*to, 10)
		switch {
		case err != nil:
			got = "-"
		case *to == 0:
			got = "none"
		case strings.HasSuffix(value, "%") && *to > 0:
			got = f[2] // of this machine's memory
		}
		if got != f[2] {
			t.Errorf("unshare --%s %.30q: %s, %v; want %s", f[0], value, got, err, f[2])
		}
		if f[0] == "memory" {
			if _, again := parseMemory(value); (again == nil) != (err == nil) {
				t.Errorf("demo --memory %.30q: %v", value, again)
			}
		}
	}
}
