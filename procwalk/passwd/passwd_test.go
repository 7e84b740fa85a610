package passwd

import (
	"fmt"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// TestUsers: these are the forms that the C library takes, or does not.
func TestUsers(t *testing.T) {
	for line, want := range map[string]string{
		"root:x:0:0:root:/root:/bin/sh\n":    "root 0 0 /root",
		"root:x:0:0:root:/root:/bin/sh":      "root 0 0 /root",
		"  app:x:1:2::/srv:/bin/sh\n":        "app 1 2 /srv",
		"noshell:x:3:4::/srv\n":              "noshell 3 4 /srv",
		"nohome:x:3:4\n":                     "nohome 3 4 ",
		"colon:x:3:4::/srv:/bin/sh:more\n":   "colon 3 4 /srv",
		"nogroup:x:3:x::/srv:/bin/sh\n":      "nogroup 3",
		"short:x:3\n":                        "short 3",
		"#app:x:1:2::/srv:/bin/sh\n":         "",
		"+app:x:1:2::/srv:/bin/sh\n":         "",
		"+::::::\n":                          "",
		"-app:x:1:2::/srv:/bin/sh\n":         "",
		":x:1:2::/srv:/bin/sh\n":             "",
		"max:x:4294967295:1::/srv:/bin/sh\n": "",
		"beyond:x:4294967296:1::/srv:\n":     "",
		"negative:x:-5:1::/srv:/bin/sh\n":    "",
		"none:x::1::/srv:/bin/sh\n":          "",
		"broken\n":                           "", "\n": "", "": "",
	} {
		got := ""
		if l, ok := ParseLine(line); ok {
			got = fmt.Sprint(l.Name, " ", l.ID)
			if gid, home, ok := l.User(); ok {
				got += fmt.Sprint(" ", gid, " ", home)
			}
		}
		if got != want {
			t.Errorf("%q is %q, want %q", line, got, want)
		}
	}
}

func TestGroups(t *testing.T) {
	for line, want := range map[string][]string{
		"wheel:x:10:root,app\n": {"root", "app"}, "app:x:10:\n": {""}, "short:x:10": {""},
	} {
		l, ok := ParseLine(line)
		if got := slices.Collect(l.Members()); !ok || l.ID != 10 || !slices.Equal(got, want) {
			t.Errorf("%q: %+v, members %q", line, l, got)
		}
	}
}

// TestAsTheNameService: of what getent prints of this host's files every line is known.
func TestAsTheNameService(t *testing.T) {
	for _, database := range []string{"passwd", "group"} {
		out, err := exec.CommandContext(t.Context(), "getent", "-s", "files", database).Output()
		if err != nil {
			t.Skip("getent: ", err)
		}
		for line := range strings.Lines(string(out)) {
			l, ok := ParseLine(line)
			if _, _, isUser := l.User(); !ok || database == "passwd" && !isUser {
				t.Errorf("%s: %q is not known", database, line)
			}
		}
	}
}
