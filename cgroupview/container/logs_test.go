package container

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"bones/procwalk/fault"
	"bones/procwalk/text"
)

var logID = strings.Repeat("c0", 32)

// put makes a file below a root, and the directories above it.
func put(t *testing.T, root, name, s string) {
	t.Helper()
	path := filepath.Join(root, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(s), 0o640); err != nil {
		t.Fatal(err)
	}
}

// TestLogOfDocker: which driver has a container's log, and what bones says of those that it does not read.
func TestLogOfDocker(t *testing.T) {
	dir := "var/lib/docker/containers/" + logID + "/"
	for _, c := range []struct{ driver, logPath, want, refused string }{
		{"json-file", "/data/" + logID + "-json.log", "/" + dir + logID + "-json.log", ""},
		{"json-file", "/etc/shadow", "", "not where Docker writes one"},
		{"journald", "", "", ""},
		{"local", "/x/container.log", "", "docker logs does"},
		{"none", "", "", "nobody keeps"},
		{"fluentd\x1b[2J", "", "", `fluentd\x1b[2J`},
	} {
		root := t.TempDir()
		put(t, root, dir+"config.v2.json", `{"ID":"`+logID+`","Name":"/a","LogPath":"`+c.logPath+`","State":{}}`)
		put(t, root, dir+"hostconfig.json", `{"LogConfig":{"Type":"`+strings.ReplaceAll(c.driver, "\x1b", `\u001b`)+`"}}`)
		l, err := Open(Config{Root: root}).LogOf(Stopped{Runtime: Docker, ID: text.New(logID)})
		switch {
		case c.refused != "":
			if err == nil || !strings.Contains(err.Error(), c.refused) {
				t.Errorf("%s: %v", c.driver, err)
			}
		case err != nil || l.Path.Raw() != c.want || l.Form != LogForm(c.driver):
			t.Errorf("%s: %+v, %v", c.driver, l, err)
		}
	}
}

// TestLogIsOpenedAsARecord: in a user's directory no link is followed and nobody else's file is read, however the
// user's engine is said to have made it; and nothing but a regular file is opened.
func TestLogIsOpenedAsARecord(t *testing.T) {
	root := t.TempDir()
	put(t, root, "etc/secret", "secret")
	uid := uint32(os.Getuid())
	home := "home/u/.local/share/docker/containers/" + logID + "/"
	config := func(dir string) {
		put(t, root, dir+"config.v2.json", `{"ID":"`+logID+`","Name":"/a","State":{}}`)
		put(t, root, dir+"hostconfig.json", `{"LogConfig":{"Type":"json-file"}}`)
	}
	config(home)
	s := Open(Config{Root: root, Users: []User{{UID: uid, Home: "/home/u"}}})
	open := func() error {
		l, err := s.LogOf(Stopped{Runtime: Docker, ID: text.New(logID), User: &uid})
		if err != nil {
			return err
		}
		f, err := l.Open()
		if err == nil {
			f.Close()
		}
		return err
	}
	log := filepath.Join(root, home, logID+"-json.log")
	if err := os.Symlink("/etc/secret", log); err != nil {
		t.Fatal(err)
	}
	if err := open(); err == nil || !strings.Contains(err.Error(), "symbolic link") {
		t.Errorf("a link of a user's: %v", err)
	}
	os.Remove(log)
	if err := os.Link(filepath.Join(root, "etc/secret"), log); err != nil {
		t.Fatal(err)
	}
	if err := open(); !errors.Is(err, errLinked) {
		t.Errorf("a second name of a file: %v", err)
	}
	os.Remove(log)
	if err := os.Mkdir(log, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := open(); !errors.Is(err, errNotFile) {
		t.Errorf("a directory: %v", err)
	}
	os.Remove(log)
	if err := open(); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("none: %v", err)
	}
	put(t, root, home+logID+"-json.log", strings.Repeat("x", maxFile+1))
	if err := open(); err != nil {
		t.Errorf("one of more than a record may have: %v", err)
	}
}

// TestLogOfPod: the last file that the kubelet has, its rotated ones the latest first, and names that lead elsewhere.
func TestLogOfPod(t *testing.T) {
	root := t.TempDir()
	dir := "var/log/pods/ns_pod_uid-1/app/"
	for _, name := range []string{"0.log", "9.log", "10.log", "10.log.20260102-030405", "10.log.20260102-030505.gz",
		"10.log.tmp", "x.log"} {
		put(t, root, dir+name, name)
	}
	s := Open(Config{Root: root})
	chain := Chain{{Kind: Container, Runtime: Containerd, ID: text.New(logID)}}
	info := Info{Found: true, Runtime: Containerd, Name: text.New("app"),
		Pod: PodInfo{UID: text.New("uid-1"), Name: text.New("pod"), Namespace: text.New("ns")}}
	l, err := s.Log(chain, nil, info)
	if err != nil || l.Path.Raw() != "/"+dir+"10.log" || l.Form != LogCRI {
		t.Fatalf("%+v, %v", l, err)
	}
	f, err := l.Open()
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if b, err := io.ReadAll(f); err != nil || string(b) != "10.log" {
		t.Errorf("%q, %v", b, err)
	}
	if names, err := l.Earlier(); err != nil || strings.Join(names, " ") != "10.log.20260102-030505.gz 10.log.20260102-030405" {
		t.Errorf("%q, %v", names, err)
	}
	for _, name := range []string{"..", "a/b", ""} {
		info.Name = text.New(name)
		if _, err := s.Log(chain, nil, info); fault.Of(err) != fault.Unsupported {
			t.Errorf("a container %q: %v", name, err)
		}
	}
	if _, err := s.Log(Chain{{Kind: Container, Runtime: Runc, ID: text.New("x")}}, nil, Info{}); fault.Of(err) !=
		fault.Unsupported {
		t.Errorf("runc: %v", err)
	}
}

// TestLogOfPodman: its file where there is one, else the journal.
func TestLogOfPodman(t *testing.T) {
	root := t.TempDir()
	s := Open(Config{Root: root})
	c := Stopped{Runtime: Podman, ID: text.New(logID)}
	if l, err := s.LogOf(c); err != nil || l.Form != LogJournal || l.Path.Len() > 0 {
		t.Errorf("%+v, %v", l, err)
	}
	rel := "var/lib/containers/storage/overlay-containers/" + logID + "/userdata/ctr.log"
	put(t, root, rel, "")
	if l, err := s.LogOf(c); err != nil || l.Form != LogCRI || l.Path.Raw() != "/"+rel {
		t.Errorf("%+v, %v", l, err)
	}
}
