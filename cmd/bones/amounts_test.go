package main

import (
	"os"
	"strconv"
	"strings"
	"testing"

	"bones/nsview/unshare"

	"github.com/spf13/cobra"
)

// TestAmountsOfFlags: unshare and demo take the sizes, processors and numbers of processes that set takes, and no
// others; an empty value too is one that was given.
func TestAmountsOfFlags(t *testing.T) {
	b, err := os.ReadFile("../../testdata/amounts.tsv")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(b)) {
		if strings.HasPrefix(line, "#") {
			continue
		}
		f := strings.Split(strings.TrimSuffix(line, "\n"), "\t")
		value := strings.NewReplacer(`\n`, "\n", `\e`, "", `\d`, strings.Repeat("9", 5000)).Replace(f[1])
		var u unshare.Unshare
		var flags unshareFlags
		c := &cobra.Command{}
		flags.define(c, &u)
		if err := c.ParseFlags([]string{"--" + f[0], value}); err != nil {
			t.Fatal(err)
		}
		err := flags.limits(&u)
		to := map[string]int64{"memory": u.Limits.Memory, "cpus": u.Limits.CPU, "pids": u.Limits.PIDs}[f[0]]
		got := strconv.FormatInt(to, 10)
		switch {
		case err != nil:
			got = "-"
		case to == 0:
			got = "none"
		case strings.HasSuffix(value, "%") && to > 0:
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
