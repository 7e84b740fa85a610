package container

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"bones/procwalk/fault"
	"bones/procwalk/proctest"
	"bones/procwalk/text"
)

// chainFor is the one of a container of a runtime.
func chainFor(r Runtime, id string) Chain {
	return Chain{{Kind: Container, Runtime: r, ID: text.New(id), Group: text.New("/x/" + id)}}
}

// rootsTree is a root directory whose directories are all of root's alone, as those of a host are.
func rootsTree(t *testing.T) string {
	t.Helper()
	root := t.TempDir()
	if err := os.Chmod(root, 0o755); err != nil {
		t.Fatal(err)
	}
	return root
}

// TestLogOfNerdctl: its json-file is found by the id alone, and a record that leads elsewhere is not followed.
func TestLogOfNerdctl(t *testing.T) {
	dir := "var/lib/nerdctl/1935db59/containers/default/" + logID + "/"
	own := "/" + dir + logID + "-json.log"
	for config, want := range map[string]string{
		`{"driver":"json-file"}`: "", `{"driver":"json-file","opts":{"log-path":"` + own + `"}}`: "",
		`{"driver":"json-file","opts":{"log-path":"/etc/shadow"}}`: "not where nerdctl writes one",
		`{"driver":"journald"}`:         "nerdctl logs shows",
		`{"driver":"fluentd\u001b[2J"}`: `fluentd\x1b[2J`,
	} {
		root := rootsTree(t)
		put(t, root, dir+"log-config.json", config)
		put(t, root, dir+logID+"-json.log", "{}\n")
		l, err := Open(Config{Root: root}).Log(chainFor(Containerd, logID), nil, Info{Found: true})
		switch {
		case want != "":
			if err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("%s: %+v, %v", config, l, err)
			}
		case err != nil || l.Form != LogJSON || l.Path.Raw() != own:
			t.Errorf("%s: %+v, %v", config, l, err)
		default:
			f, err := l.Open()
			if err != nil {
				t.Fatal(err)
			}
			f.Close()
		}
	}
	_, err := Open(Config{Root: rootsTree(t)}).Log(chainFor(Containerd, logID), nil, Info{})
	if fault.Of(err) != fault.Unsupported {
		t.Errorf("of one that nerdctl did not start: %v", err)
	}
}

// TestLogOfLXC: the console's file is read where the configuration of root's names one that nobody else can exchange.
func TestLogOfLXC(t *testing.T) {
	const config = "# lxc.console.logfile = /etc/shadow\nlxc.include = /etc/shadow\nlxc.uts.name = web\n"
	open := func(root string) (string, error) {
		l, err := Open(Config{Root: root}).Log(chainFor(LXC, "web"), nil, Info{Found: true, Runtime: LXC})
		if err != nil {
			return "", err
		}
		f, err := l.Open()
		if err != nil {
			return "", err
		}
		defer f.Close()
		b, err := io.ReadAll(f)
		return string(l.Form) + " " + string(b), err
	}
	root := rootsTree(t)
	put(t, root, "var/lib/lxc/web/config", config+"lxc.console.logfile = /var/log/lxc/web.log\n")
	put(t, root, "var/log/lxc/web.log", "booting\n")
	if got, err := open(root); err != nil || got != "console booting\n" {
		t.Errorf("%q, %v", got, err)
	}
	if _, err := Open(Config{Root: root}).Log(chainFor(LXC, "../lxc/web"), nil, Info{Runtime: LXC}); err == nil {
		t.Error("a name with slashes is taken for one")
	}
	for end, why := range map[string]string{
		"": "lxc-console shows", "lxc.log.file = /x\x1b.log\n": `/x\x1b.log`, "lxc.console.logfile = none\n": "lxc-console",
		"lxc.console.logfile = web.log\n":               "not an absolute path",
		"lxc.console.logfile = /home/u/web.log\n":       "not root's alone",
		"lxc.console.logfile = /tmp/web.log\n":          "not root's alone",
		"lxc.console.logfile = /var/link/web.log\n":     "not root's alone",
		"lxc.console.logfile = /var/log/lxc/link.log\n": "it is a symbolic link, and bones follows none here",
		"lxc.console.logfile = /var/log/lxc/pipe.log\n": "not a regular file",
	} {
		root := rootsTree(t)
		put(t, root, "var/lib/lxc/web/config", config+end)
		for _, file := range []string{"home/u/web.log", "tmp/web.log", "var/log/lxc/web.log", "secret"} {
			put(t, root, file, "secret\n")
		}
		if err := errors.Join(os.Chmod(filepath.Join(root, "tmp"), 0o1777), os.Chmod(filepath.Join(root, "home/u"), 0o777),
			os.Symlink("/home/u", filepath.Join(root, "var/link")),
			os.Symlink("/secret", filepath.Join(root, "var/log/lxc/link.log")),
			os.Mkdir(filepath.Join(root, "var/log/lxc/pipe.log"), 0o755)); err != nil {
			t.Fatal(err)
		}
		if got, err := open(root); err == nil || !strings.Contains(err.Error(), why) {
			t.Errorf("%q: %q, %v; want %q", end, got, err, why)
		}
	}
	// A configuration that somebody else owns says nothing.
	proctest.Need(t, proctest.Root)
	if err := os.Chown(filepath.Join(root, "var/lib/lxc/web/config"), 65534, 65534); err != nil {
		t.Fatal(err)
	}
	if got, err := open(root); err == nil {
		t.Errorf("by the configuration of another user: %q", got)
	}
}
