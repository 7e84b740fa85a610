package commands

import (
	"strings"
	"testing"
)

func TestAssignments(t *testing.T) {
	for line, want := range map[string]string{
		"web --memory 1g":                  "web: memory=1g",
		"--memory=1g web":                  "web: memory=1g",
		"-m 512m --cpus 1.5 web":           "web: memory=512m cpus=1.5",
		"web --pids-limit 100":             "web: pids=100",
		"web memory=1G cpus=max --persist": "web: memory=1G cpus=max --persist",
		"web memory.high=1G":               "web: memory.high=1G",
		"web":                              "web:",
		"":                                 ":",
		"web --memory":                     "! wants a value",
		"web --cpu-shares 3":               "! is not known here",
		"web db memory=1g":                 `! "db" is neither`,
	} {
		target, words, problem := Assignments(strings.Fields(line))
		got := strings.TrimSpace(target + ": " + strings.Join(words, " "))
		if problem != "" {
			got = "!" + problem
		}
		if part, bad := strings.CutPrefix(want, "!"); bad && (problem == "" ||
			!strings.Contains(got, strings.TrimSpace(part))) ||
			!bad && got != want {
			t.Errorf("%q is %q, want %q", line, got, want)
		}
	}
}

func TestLogsAreQuoted(t *testing.T) {
	got, err := Logs("docker", "we b; reboot", "0123")
	if err != nil || got != "docker logs --follow 'we b; reboot'" {
		t.Errorf("%q, %v", got, err)
	}
	if _, err := Logs("bones", "x", "y"); err == nil {
		t.Error("no engine has logs")
	}
}
