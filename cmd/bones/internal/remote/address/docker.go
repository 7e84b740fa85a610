package address

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"bones/cmd/bones/internal/ours"
	"bones/procwalk/bounded"
	"bones/procwalk/text"

	"golang.org/x/sys/unix"
)

// Docker is what the docker client of this user has written down of hosts. Its files count only where nobody but this
// user and root can have written them: they decide with whom bones speaks.
type Docker struct {
	Dir    string                   // ~/.docker; empty: there is none
	Getenv func(name string) string // asked only where the user names docker itself
}

// OwnDocker is what the docker client of the user who runs bones has written down.
func OwnDocker() *Docker {
	d := &Docker{Getenv: os.Getenv}
	if home, err := os.UserHomeDir(); err == nil && filepath.IsAbs(home) {
		if real, err := filepath.EvalSymlinks(home); err == nil {
			home = real // our own environment names it; what it leads to is checked
		}
		d.Dir = filepath.Join(home, ".docker")
	}
	return d
}

// Bounds on what is read of docker's files.
const (
	maxFile     = 64 << 10 // bytes
	maxContexts = 1000
)

// meta is what bones looks at in a context's meta.json.
//
// Source: docker/cli, cli/context/store/metadatastore.go and cli/context/docker/constants.go.
type meta struct {
	Name      string
	Endpoints map[string]struct{ Host string }
}

var files = ours.Purpose{What: "docker contexts", Help: "write the host as ssh takes it"}

// read reads a file of docker's that is ours.
func read(path string) ([]byte, error) {
	p, err := files.Find(path, false)
	if err != nil {
		return nil, err
	}
	defer p.Close()
	f, err := p.Open(false)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	b, err := bounded.ReadAll(f, maxFile)
	if errors.Is(err, bounded.ErrTooLong) {
		err = fmt.Errorf("%s: it is larger than %d bytes", text.Line(path), maxFile)
	}
	return b, err
}

// find returns the endpoint that a context speaks to; found is false if there is no such context.
func (d *Docker) find(name string) (endpoint string, found bool, err error) {
	all, err := d.contexts()
	for _, m := range all {
		if m.Name == name {
			return m.Endpoints["docker"].Host, true, nil
		}
	}
	return "", false, err
}

// contexts reads all contexts. What cannot be read is left out, with the last reason.
func (d *Docker) contexts() (all []meta, err error) {
	if d.Dir == "" {
		return nil, nil
	}
	dir := filepath.Join(d.Dir, "contexts", "meta")
	held, err := files.Dir(dir, false)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer held.Close()
	fd, err := unix.Openat(held.FD(), ".", unix.O_RDONLY|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, &os.PathError{Op: "open", Path: dir, Err: err}
	}
	list := os.NewFile(uintptr(fd), dir)
	defer list.Close()
	names, err := list.Readdirnames(maxContexts + 1)
	if err != nil && err != io.EOF {
		return nil, err
	}
	err = nil
	var tooMany error
	if len(names) > maxContexts { // the one that is asked for may be among the others
		names = names[:maxContexts]
		tooMany = fmt.Errorf("%s: docker has more than the %d contexts that bones looks at", text.Line(dir), maxContexts)
	}
	for _, name := range names {
		b, readErr := read(filepath.Join(dir, name, "meta.json"))
		var m meta
		if readErr == nil {
			readErr = json.Unmarshal(b, &m)
		}
		if readErr != nil {
			err = readErr
			continue
		}
		all = append(all, m)
	}
	if tooMany != nil && err != nil {
		return all, fmt.Errorf("%w; %w", tooMany, err)
	}
	return all, cmp.Or(tooMany, err)
}

// named is what ssh is told of a NAME that docker knows, nil if docker knows none that is reached through ssh.
func (d *Docker) named(word string) []string {
	if endpoint, found, _ := d.find(word); found && strings.HasPrefix(endpoint, "ssh://") {
		if args, err := fromURL(endpoint, true); err == nil {
			return args
		}
	}
	if word == "docker" {
		if args, err := d.current(); err == nil {
			return args
		}
	}
	return nil
}

// context is what ssh is told of a context.
func (d *Docker) context(name string) ([]string, error) {
	endpoint, found, err := d.find(name)
	if !found {
		if err != nil {
			return nil, err
		}
		return nil, fmt.Errorf("docker has no such context; docker context ls lists them")
	}
	return throughSSH(endpoint)
}

// current is what ssh is told of the host that docker itself would speak to.
//
// Source: docker/cli, cli/command/cli.go, resolveContextName: DOCKER_HOST, DOCKER_CONTEXT, currentContext.
func (d *Docker) current() ([]string, error) {
	if endpoint := d.Getenv("DOCKER_HOST"); endpoint != "" {
		return throughSSH(endpoint)
	}
	name := d.Getenv("DOCKER_CONTEXT")
	if name == "" && d.Dir != "" {
		b, err := read(filepath.Join(d.Dir, "config.json"))
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, err
		}
		var config struct{ CurrentContext string }
		if err == nil {
			if err := json.Unmarshal(b, &config); err != nil {
				return nil, fmt.Errorf("docker's config.json: %w", err)
			}
		}
		name = config.CurrentContext
	}
	if name == "" || name == "default" {
		return nil, fmt.Errorf("docker uses this host: neither DOCKER_HOST nor a context names another")
	}
	return d.context(name)
}

func throughSSH(endpoint string) ([]string, error) {
	if !strings.HasPrefix(endpoint, "ssh://") {
		return nil, fmt.Errorf("docker reaches it at %s, which is not through ssh", text.Sanitise(endpoint))
	}
	return fromURL(endpoint, true)
}

// Contexts are the names of the contexts that are reached through ssh, for a shell to offer.
func (d *Docker) Contexts() []string {
	var names []string
	all, _ := d.contexts()
	for _, m := range all {
		if strings.HasPrefix(m.Endpoints["docker"].Host, "ssh://") {
			names = append(names, m.Name)
		}
	}
	return names
}
