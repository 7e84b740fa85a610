package address

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"bones/procwalk/leaktest"
	"bones/procwalk/proctest"
)

func TestMain(m *testing.M) { leaktest.Main(m) }

// docker writes contexts as the docker client does.
func docker(t *testing.T, contexts map[string]string, env map[string]string) *Docker {
	t.Helper()
	dir := filepath.Join(proctest.TempDir(t), ".docker")
	for name, place := range contexts {
		at := filepath.Join(dir, "contexts", "meta", "of-"+name)
		if err := os.MkdirAll(at, 0o755); err != nil {
			t.Fatal(err)
		}
		content := `{"Name":"` + name + `","Metadata":{},"Endpoints":{"docker":{"Host":"` + place + `","SkipTLSVerify":false}}}`
		if err := os.WriteFile(filepath.Join(at, "meta.json"), []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return &Docker{Dir: dir, Getenv: func(name string) string { return env[name] }}
}

func TestParse(t *testing.T) {
	d := docker(t, map[string]string{"prod": "ssh://deploy@10.0.0.7:2222", "sock": "ssh://root@db1/run/docker.sock",
		"here": "unix:///var/run/docker.sock", "evil": "ssh://-oProxyCommand=id"}, nil)
	viaEnv := docker(t, map[string]string{"prod": "ssh://deploy@10.0.0.7"},
		map[string]string{"DOCKER_HOST": "ssh://ops@db9"})
	viaContext := docker(t, map[string]string{"prod": "ssh://deploy@10.0.0.7"},
		map[string]string{"DOCKER_CONTEXT": "prod"})
	for _, c := range []struct {
		docker *Docker
		word   string
		want   string // words of ssh, or what the error says behind "!"
	}{
		{d, "db1", "-- db1"}, {d, "root@db1", "-l root -- db1"}, {d, "ssh://root@db1:2200", "-p 2200 -l root -- db1"},
		{d, "ssh://[::1]:22", "-p 22 -- ::1"}, {d, "ssh://db1/", "-- db1"}, {d, `DOM\me@db1`, `-l DOM\me -- db1`},
		{d, "me@corp@db1", "-l me@corp -- db1"}, {d, "fe80::1%eth0", "-- fe80::1%eth0"},
		{d, "prod", "-p 2222 -l deploy -- 10.0.0.7"}, {d, "context:prod", "-p 2222 -l deploy -- 10.0.0.7"},
		{d, "ssh://prod", "-- prod"}, {d, "sock", "-l root -- db1"}, {d, "here", "-- here"},
		{d, "docker", "-- docker"},
		{viaEnv, "docker", "-l ops -- db9"}, {viaEnv, "docker:", "-l ops -- db9"}, {viaEnv, "db1", "-- db1"},
		{viaContext, "docker:", "-l deploy -- 10.0.0.7"},
		{d, "docker:", "!docker uses this host"}, {d, "context:here", "!not through ssh"},
		{d, "context:none", "!no such context"}, {d, "context:evil", "!hyphen"}, {d, "", "!names no host"},
		{d, "-oProxyCommand=id", "!hyphen"}, {d, "root@-oProxyCommand=id", "!hyphen"}, {d, "-l@db1", "!hyphen"},
		{d, "@db1", "!user before"}, {d, "a b", "!not a valid name of a host"}, {d, "a\nb", "!not a valid name of a host"},
		{d, "$(id)", "!not a valid name of a host"}, {d, "a;id", "!not a valid name of a host"},
		{d, "`id`@db1", "!not a valid name of a user"},
		{d, "ssh://me:secret@db1", "!password"}, {d, "ssh://db1:0", "!not a port"}, {d, "ssh://db1:99999", "!not a port"},
		{d, "ssh://db1/path", "!path"}, {d, "ssh://", "!names no host"}, {d, "ssh://-x", "!hyphen"},
	} {
		h, err := Parse(c.word, c.docker)
		if want, fails := strings.CutPrefix(c.want, "!"); fails {
			if err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("%q: %v %v, want an error with %q", c.word, h.Args, err, want)
			}
			continue
		}
		if got := strings.Join(h.Args, " "); err != nil || got != c.want {
			t.Errorf("%q: %q %v, want %q", c.word, got, err, c.want)
		}
	}
}

// TestDockersFilesMustBeOurs: another user cannot choose with whom bones speaks.
func TestDockersFilesMustBeOurs(t *testing.T) {
	places := map[string]string{"prod": "ssh://deploy@db1"}
	for what, spoil := range map[string]func(meta string) error{
		"written to by others":  func(meta string) error { return os.Chmod(meta, 0o666) },
		"a directory of others": func(meta string) error { return os.Chmod(filepath.Dir(meta), 0o777) },
		"a link": func(meta string) error {
			if err := os.Rename(meta, meta+".real"); err != nil {
				return err
			}
			return os.Symlink(meta+".real", meta)
		},
		"too large": func(meta string) error { return os.Truncate(meta, maxFile+1) },
	} {
		d := docker(t, places, nil)
		if _, err := Parse("context:prod", d); err != nil {
			t.Fatal(err)
		}
		if err := spoil(filepath.Join(d.Dir, "contexts", "meta", "of-prod", "meta.json")); err != nil {
			t.Fatal(err)
		}
		if h, err := Parse("context:prod", d); err == nil {
			t.Errorf("%s: %v", what, h.Args)
		}
		if h, err := Parse("prod", d); err != nil || strings.Join(h.Args, " ") != "-- prod" {
			t.Errorf("%s, as a host: %v %v", what, h.Args, err)
		}
	}
}

func TestAliases(t *testing.T) {
	config := "# Host no\nHost db1 db2\n  HostName 10.0.0.1\n" +
		"host=\"web\"\nHost *.example !bad ?\nMatch host x\nHost -evil $(id)\n"
	names, more := aliases(strings.NewReader(config))
	if got := strings.Join(names, " "); got != "db1 db2 web" || more {
		t.Errorf("%q", got)
	}
}

// TestMoreContextsThanAreLookedAt: a context that may be among those that bones does not look at is not called
// missing.
func TestMoreContextsThanAreLookedAt(t *testing.T) {
	contexts := map[string]string{}
	for i := range maxContexts + 1 {
		contexts[fmt.Sprint(i)] = "ssh://host"
	}
	d := docker(t, contexts, nil)
	if _, err := d.context("nowhere"); err == nil || !strings.Contains(err.Error(), "more than the 1000 contexts") {
		t.Errorf("%v", err)
	}
	// Nor if some of them cannot be read: both are said.
	for i := range 10 {
		broken := filepath.Join(d.Dir, "contexts", "meta", fmt.Sprintf("of-%d", i), "meta.json")
		if err := os.WriteFile(broken, []byte("{"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := d.context("nowhere"); err == nil || !strings.Contains(err.Error(), "more than the 1000 contexts") {
		t.Errorf("with some that cannot be read: %v", err)
	}
}
