package container

import (
	"errors"
	"slices"
	"strings"

	"golang.org/x/sys/unix"

	"bones/procwalk/text"
)

// machine reads /run/systemd/machines/NAME, where systemd-machined keeps what was registered with it: nspawn's
// containers, and those of libvirt.
//
// Source: systemd, src/machine/machine.c (machine_save).
func (l *lookup) machine(name string) {
	p := directory{dir: "/run/systemd/machines"}
	m, err := load(l.store.files, p, name, parseEnv)
	if err != nil {
		l.failed(err)
		return
	}
	l.found(Unknown)
	l.info.Name = text.New(name)
	l.evidence("%s: systemd-machined knows it as a %s of %s, with the root %s", text.New(p.at(name)),
		text.New(m["CLASS"]), text.New(m["SERVICE"]), text.New(m["ROOT"]))
	if pid, err := parsePID([]byte(m["LEADER"])); err == nil {
		l.init(p.at(name), pid, 0)
	}
}

// MachinedUnit is what systemd-machined knows of a unit.
type MachinedUnit struct {
	Name    string
	VM      bool // a virtual machine, and no container
	Runtime Runtime
}

// Machines returns what machined knows, by unit. Names that begin with "unit:" are links beside the records.
func (s *Store) Machines() map[string]MachinedUnit {
	p := directory{dir: "/run/systemd/machines"}
	names, err := s.files.list(p, ".")
	if err != nil {
		return nil // looking a container up says why
	}
	known := map[string]MachinedUnit{}
	for _, name := range names {
		if strings.Contains(name, ":") || strings.HasPrefix(name, ".") {
			continue
		}
		m, err := load(s.files, p, name, parseEnv)
		// Since version 258 users may register machines of their own: what they call them is their claim.
		if err != nil || m["SCOPE"] == "" || m["UID"] != "" && m["UID"] != "0" {
			continue
		}
		known[m["SCOPE"]] = MachinedUnit{Name: name, VM: m["CLASS"] == "vm", Runtime: machineServices[m["SERVICE"]]}
	}
	return known
}

// machineServices are the names under which those register that bones knows.
var machineServices = map[string]Runtime{"systemd-nspawn": Nspawn, "libvirt-lxc": LibvirtLXC,
	"libvirt-qemu": LibvirtQEMU, "rkt": Rkt}

// Fits reports whether an entry of a chain is the unit of a machine, and not one of that name in a user's slice.
func (m MachinedUnit) Fits(e ChainEntry) bool {
	switch e.Runtime {
	case Unknown, Nspawn, LibvirtLXC, LibvirtQEMU, Rkt:
		return !e.others() && (e.Kind == Container || e.Kind == Service || e.Kind == Scope)
	}
	return false
}

// Entry is what the unit is, as machined says.
func (m MachinedUnit) Entry(e ChainEntry) ChainEntry {
	e.ID = text.New(m.Name)
	if m.Runtime != Unknown {
		e.Runtime = m.Runtime
	}
	if e.Kind = Container; m.VM {
		e.Kind = Scope
		if e.Runtime == Nspawn {
			e.Runtime = Unknown // only the form of the name said so
		}
	}
	return e
}

// parseEnv reads lines of the form NAME=VALUE.
func parseEnv(b []byte) (map[string]string, error) {
	m := map[string]string{}
	for line := range strings.Lines(string(b)) {
		line = strings.TrimSuffix(line, "\n")
		if line == "" || line[0] == '#' {
			continue
		}
		name, value, ok := strings.Cut(line, "=")
		if !ok {
			return nil, errors.New("a line is not of the form NAME=VALUE")
		}
		if n := len(value); n >= 2 && value[0] == '"' && value[n-1] == '"' {
			value = value[1 : n-1]
		}
		m[name] = value
	}
	return m, nil
}

// lxcDirs are where LXC and those that build on it have a directory for each container.
var lxcDirs = []lxcPlace{
	{"/var/lib/incus/containers", Incus, false},
	{"/var/lib/lxd/containers", LXD, false},
	{"/var/snap/lxd/common/lxd/containers", LXD, false},
	{"/var/lib/lxc", LXC, false},
}

type lxcPlace struct {
	dir     string
	runtime Runtime
	told    bool
}

// lxcPlaces are the usual ones and those that monitors named.
func (s *Store) lxcPlaces() []lxcPlace {
	list := slices.Clone(lxcDirs)
	for _, dir := range s.lxc {
		if !slices.ContainsFunc(list, func(p lxcPlace) bool { return p.dir == dir }) {
			list = append(list, lxcPlace{dir, LXC, true})
		}
	}
	return list
}

// lxc: the name of the group is the name of the container. Whose it is shows in whose directory has it; if two do,
// that says nothing.
func (l *lookup) lxc(name string) {
	l.info.Name = text.New(name)
	var owners []Runtime
	for _, d := range l.store.lxcPlaces() {
		p := directory{dir: d.dir, told: d.told}
		fd, err := l.store.files.path(p, name, unix.O_PATH|unix.O_NOFOLLOW)
		if err != nil {
			if !gone(err) {
				l.failed(&pathError{p.at(name), err})
			}
			continue
		}
		unix.Close(fd)
		l.evidence("%s is there: %s has a container of that name", text.New(p.at(name)), d.runtime)
		owners = append(owners, d.runtime)
	}
	if len(owners) > 0 {
		l.info.Found = true
	}
	if len(owners) == 1 {
		l.info.Runtime = owners[0]
	}
}

// pathError names the file that an error is about.
type pathError struct {
	path string
	err  error
}

func (e *pathError) Error() string { return text.New(e.path).String() + ": " + e.err.Error() }
func (e *pathError) Unwrap() error { return e.err }
