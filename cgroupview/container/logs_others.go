package container

import (
	"fmt"
	"path"
	"strings"

	"golang.org/x/sys/unix"

	"bones/procwalk/fault"
	"bones/procwalk/text"
)

// nerdctlData is where nerdctl keeps what it knows of containers: below a directory for each containerd, whose name is
// made of its socket's, and there for each namespace of containerd's.
var nerdctlData = directory{dir: "/var/lib/nerdctl"}

// nerdctlConfig is log-config.json beside the log.
//
// Source: github.com/containerd/nerdctl, pkg/logging/logging.go (LogConfig) and jsonfile/jsonfile.go (Path).
type nerdctlConfig struct {
	Driver string            `json:"driver"`
	Opts   map[string]string `json:"opts"`
}

// nerdctlLog finds the log of a container that nerdctl has started.
func (l *lookup) nerdctlLog(id string) (*Log, error) {
	f := l.store.files
	stores, err := f.list(nerdctlData, ".")
	if err != nil && !gone(err) {
		return nil, err
	}
	for _, store := range stores {
		namespaces, err := f.list(nerdctlData, store+"/containers")
		if err != nil {
			continue // it is no directory of a containerd's
		}
		for _, ns := range namespaces {
			dir := store + "/containers/" + ns + "/" + id
			c, err := load(f, nerdctlData, dir+"/log-config.json", decode[nerdctlConfig])
			if gone(err) {
				continue
			}
			if err != nil {
				return nil, err
			}
			return nerdctlLogAt(f, dir, id, c)
		}
	}
	return nil, noLog(Containerd)
}

func nerdctlLogAt(f *files, dir, id string, c *nerdctlConfig) (*Log, error) {
	if c.Driver != string(LogJSON) {
		return nil, fault.New(fault.Unsupported, fmt.Sprintf("nerdctl hands what it prints to the log driver %s; what "+
			"there is on this host, nerdctl logs shows", text.New(c.Driver)))
	}
	rel := dir + "/" + id + "-json.log"
	// A record could lead anywhere: nerdctl's own directory or none.
	if to := c.Opts["log-path"]; to != "" && path.Clean(to) != nerdctlData.at(rel) {
		return nil, fmt.Errorf("%s: it names the log %s, which is not where nerdctl writes one by itself; not read",
			text.New(nerdctlData.at(dir+"/log-config.json")), text.New(to))
	}
	return &Log{Form: LogJSON, ID: text.New(id), Path: text.New(nerdctlData.at(rel)), files: f, dir: nerdctlData,
		rel: rel, compared: byNumber}, nil
}

// lxcLog is the file that LXC writes a container's console to, where its configuration says so. Both must be root's
// alone: whoever can write one of them, or exchange it on the way down, could have any file shown.
//
// Source: lxc.container.conf(5), lxc.console.logfile.
func (l *lookup) lxcLog(name string) (*Log, error) {
	f := l.store.files
	if !plainName(name) {
		return nil, noLog(LXC)
	}
	for _, d := range l.store.lxcPlaces() {
		if d.runtime != LXC {
			continue
		}
		p := directory{dir: d.dir, told: d.told, strict: true}
		c, err := load(f, p, name+"/config", lxcConfig)
		if gone(err) {
			continue
		}
		if err != nil {
			return nil, err
		}
		file := p.at(name + "/config")
		to := c["lxc.console.logfile"]
		switch {
		case to == "" && c["lxc.log.file"] != "":
			return nil, fault.New(fault.Unsupported, fmt.Sprintf("LXC writes its console to no file, although "+
				"lxc.console.logfile in %s could name one; LXC's own messages are in %s", text.New(file),
				text.New(c["lxc.log.file"])))
		case to == "" || to == "none":
			return nil, fault.New(fault.Unsupported, fmt.Sprintf("LXC writes its console to no file, although "+
				"lxc.console.logfile in %s could name one; lxc-console shows what it prints from now on", text.New(file)))
		case !path.IsAbs(to):
			return nil, fmt.Errorf("%s: the log %s is not an absolute path; not read", text.New(file), text.New(to))
		}
		if to = path.Clean(to); f.othersMayMove(to) {
			return nil, fmt.Errorf("%s: the log %s is in a directory that is not root's alone; not read", text.New(file),
				text.New(to))
		}
		return &Log{Form: LogConsole, ID: text.New(name), Path: text.New(to), files: f,
			dir: directory{dir: "/", strict: true}, rel: strings.TrimPrefix(to, "/"), compared: byNumber}, nil
	}
	return nil, noLog(LXC)
}

// lxcConfig reads the assignments of a configuration of LXC; the last one counts. What it includes is not followed.
func lxcConfig(b []byte) (map[string]string, error) {
	m := map[string]string{}
	for line := range strings.Lines(string(b)) {
		if key, value, ok := strings.Cut(line, "="); ok && !strings.HasPrefix(strings.TrimSpace(line), "#") {
			m[strings.TrimSpace(key)] = strings.Trim(strings.TrimSpace(value), `"`)
		}
	}
	return m, nil
}

// othersMayMove reports whether somebody but root can exchange what an absolute path leads to: one of the directories
// on the way down is not root's alone, a link, or cannot be looked at.
func (f *files) othersMayMove(to string) bool {
	root := directory{dir: "/", strict: true}
	for dir := path.Dir(to); ; dir = path.Dir(dir) {
		rel := strings.TrimPrefix(dir, "/")
		if rel == "" {
			rel = "."
		}
		fd, err := f.path(root, rel, unix.O_PATH|unix.O_DIRECTORY)
		if err != nil {
			return true
		}
		var st unix.Stat_t
		err = unix.Fstat(fd, &st)
		unix.Close(fd)
		if err != nil || !systems(&st) {
			return true
		}
		if rel == "." {
			return false
		}
	}
}
