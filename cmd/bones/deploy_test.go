package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	"bones/procwalk/proctest"
)

// TestDeploySystemd: systemd understands every line of the units, and reads the command lines again as they were
// given.
func TestDeploySystemd(t *testing.T) {
	proctest.NeedPrograms(t, "systemd-analyze")
	for _, name := range []string{"bones", "per % cent; and $HOME"} {
		binary := filepath.Join(t.TempDir(), name)
		if err := os.WriteFile(binary, []byte("#!/bin/sh\n"), 0o755); err != nil {
			t.Fatal(err)
		}
		dir := t.TempDir()
		verify := []string{"verify", "--man=no"}
		for _, u := range []struct {
			unit, line string
			args       []string
		}{
			{"bones-record.service", " record --interval=10s --keep=2d --max-size=500M\n", []string{"deploy", "systemd",
				"--interval", "10s", "--keep", "2d", "--max-size", "500M"}},
			{"bones-export.service", " export --listen=[::1]:9777 --listen=:80 \"--web.config.file=/etc/b o;/$$w%%.yml\"\n",
				[]string{"deploy", "systemd", "export", "--binary", "/usr/bin/bones", "--listen", "[::1]:9777",
					"--listen=:80", "--web.config.file", "/etc/b o;/$w%.yml"}},
		} {
			a, out, errOut := testApp(t)
			if status := a.run(t.Context(), append(u.args, "--binary", binary)); status != 0 { // the last one counts
				t.Fatalf("status %d: %s", status, errOut)
			}
			if !strings.Contains(out.String(), u.line) {
				t.Errorf("the unit has no line that ends in %q:\n%s", u.line, out)
			}
			unit := filepath.Join(dir, u.unit)
			if err := os.WriteFile(unit, out.Bytes(), 0o644); err != nil {
				t.Fatal(err)
			}
			verify = append(verify, unit)
		}
		// It says what it does not know, and a program that it does not find, and still ends with 0 for the former.
		if said, err := exec.Command("systemd-analyze", verify...).CombinedOutput(); err != nil || len(said) > 0 {
			t.Errorf("%s: systemd-analyze verify: %v\n%s", binary, err, said)
		}
	}
}

// TestDeployIsReadable: what bones deploy prints is for people to read before they use it, and no wider than the code.
// A dashboard is JSON, which nobody reads.
func TestDeployIsReadable(t *testing.T) {
	binary := filepath.Join(t.TempDir(), "bones")
	if err := os.WriteFile(binary, []byte("#!/bin/sh\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	printed := map[string][][]string{
		"systemd":    {{"--binary", binary}, {"export", "--binary", binary}},
		"prometheus": {nil},
		"grafana":    nil,
		"kubernetes": {nil, {"--debug", "worker-1"}},
	}
	a, _, _ := testApp(t)
	c, _, err := a.rootCommand().Find([]string{"deploy"})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range c.Commands() {
		ways, known := printed[c.Name()]
		if !known {
			t.Errorf("what bones deploy %s prints is not looked at", c.Name())
		}
		for _, args := range ways {
			a, out, errs := testApp(t)
			if status := a.run(t.Context(), append([]string{"deploy", c.Name()}, args...)); status != 0 || out.Len() == 0 {
				t.Errorf("%s %q: status %d: %s", c.Name(), args, status, errs)
			}
			n := 0
			for line := range strings.Lines(strings.ReplaceAll(out.String(), binary, "/usr/local/bin/bones")) {
				n++
				if wide := utf8.RuneCountInString(strings.TrimSuffix(line, "\n")); wide >= columns {
					t.Errorf("bones deploy %s %q: line %d has %d columns", c.Name(), args, n, wide)
				}
			}
		}
	}
}

// TestDeploySystemdRefuses: systemd starts no program by a path that depends on where it stands.
func TestDeploySystemdRefuses(t *testing.T) {
	for _, path := range []string{"bones", "./bones", "/usr/bin/a\nExecStart=/bin/sh", `/usr/"bones"`} {
		a, out, errOut := testApp(t)
		if status := a.run(t.Context(), []string{"deploy", "systemd", "--binary", path}); status != exitUsage ||
			out.String() != "" || strings.Count(errOut.String(), "\n") != 1 {
			t.Errorf("--binary %q: status %d, printed %q, said %q", path, status, out, errOut)
		}
	}
	// A flag's value is one word of the unit, whatever it holds.
	a, _, errOut := testApp(t)
	if status := a.run(t.Context(), []string{"deploy", "systemd", "--keep", "2d\nUser=nobody"}); status != exitUsage {
		t.Errorf("status %d, said %q", status, errOut)
	}
	for _, args := range [][]string{{"--listen", "nowhere"}, {"--listen", "a\nUser=x:80"}, {"--web.config.file",
		"web.yml"},
		{"--web.config.file", "/etc/a\nUser=nobody"}} {
		a, out, errOut := testApp(t)
		if status := a.run(t.Context(), append([]string{"deploy", "systemd", "export"}, args...)); status != exitUsage ||
			out.String() != "" || strings.Count(errOut.String(), "\n") != 1 {
			t.Errorf("%q: status %d, printed %q, said %q", args, status, out, errOut)
		}
	}
}
