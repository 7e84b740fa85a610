package environment

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

func TestCandidates(t *testing.T) {
	for _, c := range []struct {
		name, path, want string
	}{
		{"sh", "PATH=/bin:/usr/bin", "/bin/sh /usr/bin/sh"},
		{"./sh", "PATH=/bin", "./sh"},
		{"/bin/sh", "", "/bin/sh"},
		{"sh", "", "/usr/bin/sh /bin/sh"},
		{"sh", "PATH=:/bin", "./sh /bin/sh"},
	} {
		list, beyond := Candidates(c.name, []string{"A=B", c.path})
		if got := strings.Join(list, " "); got != c.want || beyond != 0 {
			t.Errorf("%s in %s: %s, want %s", c.name, c.path, got, c.want)
		}
	}
	list, beyond := Candidates("x", []string{"PATH=" + strings.Repeat("/a:", 1000)})
	if len(list) != MaxPrograms || beyond != 1001-MaxPrograms {
		t.Errorf("%d candidates, %d beyond, want %d", len(list), beyond, MaxPrograms)
	}
}

// TestPathOfTheTarget: what an image sets is taken, what somebody made up to mislead is not.
func TestPathOfTheTarget(t *testing.T) {
	for given, want := range map[string]string{
		"/opt/app/bin:/bin":            "/opt/app/bin:/bin",
		"/opt/mit Leerzeichen:/ünd":    "/opt/mit Leerzeichen:/ünd",
		".:/bin::relative:/sbin:../x":  "/bin:/sbin",
		"/a\x1b[31m:/bin":              "/bin",
		"/a\nb:/bin":                   "/bin",
		"/\xff:/bin":                   "/bin",
		"/\u202ebin:/bin":              "/bin",
		"":                             "",
		"nothing":                      "",
		strings.Repeat("/bin:", 10000): "",
	} {
		if got := SearchPath([]string{"A=B", "PATH=" + given}); got != want {
			t.Errorf("%.60q: %q, want %q", given, got, want)
		}
	}
}

func TestCleanAndWith(t *testing.T) {
	env := With(Clean(5, "/home/five", "/opt/bin", "xterm"), []string{"A=1", "HOME=/x", "A=2", "E="})
	want := []string{"PATH=/opt/bin", "HOME=/x", "LANG=C.UTF-8", "TERM=xterm", "A=2", "E="}
	if !slices.Equal(env, want) {
		t.Errorf("%q, want %q", env, want)
	}
	if got := Names([]string{"A=9", "JAVA_HOME=/j", "nonsense"}, env); !slices.Equal(got, []string{"JAVA_HOME"}) {
		t.Errorf("names: %q", got)
	}
	list, tooLong := Fitting([]string{"A=1", "B=" + strings.Repeat("x", maxString)})
	if len(list) != 1 || tooLong != 1 {
		t.Errorf("%d variables, %d too long", len(list), tooLong)
	}
	for _, bad := range []string{"x\x1b[31m", "a b", "", strings.Repeat("a", 64), "é"} {
		if env := strings.Join(Clean(0, "", "", bad), " "); strings.Contains(env, "TERM") {
			t.Errorf("TERM=%q is let through", bad)
		}
	}
}

const usersFile = `root:x:0:0:root:/root:/bin/sh
#app:x:1:1::/wrong:/bin/sh
app:x:1000:1001:The App:/srv/app:/bin/sh
app:x:7:7:a second one:/wrong:/bin/sh
short:x:12:13
bad:x:4294967295:0::/:/bin/sh
steering:x:15:15::/home/` + "\x1b[31m" + `:/bin/sh
relative:x:16:16::home:/bin/sh
broken
:x:0:0::/:
`

const groupsFile = "wheel:x:10:root,app\napp:x:1001:\ndocker:x:999:other,app,more\nbad:x:-1:app\n"

func TestUsers(t *testing.T) {
	a := Accounts{Passwd: []byte(usersFile), Group: []byte(groupsFile)}
	for spec, want := range map[string]string{
		"app":        "{1000 1001 [1001 10 999] /srv/app}",
		"1000":       "{1000 1001 [1001 10 999] /srv/app}",
		"app:docker": "{1000 999 [999] /srv/app}",
		"app:5":      "{1000 5 [5] /srv/app}",
		"0":          "{0 0 [0 10] /root}",
		"4242":       "{4242 0 [0] }",
		"4242:app":   "{4242 1001 [1001] }",
		"short":      "{12 13 [13] }",
		"steering":   "{15 15 [15] }",
		"relative":   "{16 16 [16] }",
		"nobody":     "no user",
		"bad":        "no user",
		"4294967295": "no user",
		"-1":         "no user",
		"app:nobody": "no group",
		"app:bad":    "no group",
		"":           "must be USER",
		":app":       "must be USER",
		"app:":       "must be USER",
		"x\x1b[31m":  `x\x1b[31m`,
	} {
		u, err := a.Find(spec)
		got := fmt.Sprint(u)
		if err != nil {
			got = err.Error()
		}
		if err != nil && !strings.Contains(got, want) || err == nil && got != want {
			t.Errorf("%q: %s, want %s", spec, got, want)
		}
	}
	if a.Home(1000) != "/srv/app" || a.Home(3) != "" {
		t.Errorf("homes: %q, %q", a.Home(1000), a.Home(3))
	}
}

func FuzzAccounts(f *testing.F) {
	f.Add(usersFile, groupsFile, "app")
	f.Fuzz(func(t *testing.T, passwd, group, spec string) {
		u, err := Accounts{Passwd: []byte(passwd), Group: []byte(group)}.Find(spec)
		if err == nil && (u.UID == 1<<32-1 || u.GID == 1<<32-1 || u.Home != "" && !plainPath(u.Home)) {
			t.Errorf("%q: %+v", spec, u)
		}
	})
}

func TestMentions(t *testing.T) {
	var out strings.Builder
	m := NewMentions(&out, []string{"JAVA_HOME", "HOME_OF", "path", "X", "PGHOST"})
	for _, s := range []string{"java: JAVA_", "HOME is not set; my path and X\n", "NOPGHOST PGHOSTS ",
		strings.Repeat("x", 40000), " PGHOST"} {
		if n, err := m.Write([]byte(s)); n != len(s) || err != nil {
			t.Error(n, err)
		}
	}
	if got := m.Found(); !slices.Equal(got, []string{"JAVA_HOME"}) || out.Len() < 40000 {
		t.Errorf("%q, %d bytes", got, out.Len())
	}
}
