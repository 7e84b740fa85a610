package main

import (
	"os"
	"path/filepath"
	"runtime"
	"strings"
)

// files are what goes with the program, by kind and name. They are the same for every architecture.
type files struct {
	manual      map[string][]byte // bones.1
	completions map[string][]byte // by shell
	units       map[string][]byte
}

// common has the program write what it knows of itself.
func (r *release) common() (files, error) {
	bones, f := r.binary(runtime.GOARCH), files{map[string][]byte{}, map[string][]byte{}, map[string][]byte{}}
	dir := filepath.Join(r.work, "man")
	if err := os.Mkdir(dir, 0o755); err != nil {
		return f, err
	}
	if _, err := output(nil, bones, "man", dir); err != nil {
		return f, err
	}
	pages, err := os.ReadDir(dir)
	if err != nil {
		return f, err
	}
	for _, page := range pages {
		if f.manual[page.Name()], err = os.ReadFile(filepath.Join(dir, page.Name())); err != nil {
			return f, err
		}
	}
	for _, shell := range []string{"bash", "zsh", "fish"} {
		if f.completions[shell], err = output(nil, bones, "completion", shell); err != nil {
			return f, err
		}
	}
	for name, args := range map[string][]string{"bones-record.service": nil, "bones-export.service": {"export"}} {
		unit, err := output(nil, bones, append(append([]string{"deploy", "systemd"}, args...), "--binary",
			"/usr/bin/bones")...)
		if err != nil {
			return f, err
		}
		// The first lines say how somebody installs it who has no package.
		_, body, _ := strings.Cut(string(unit), "\n\n")
		f.units[name] = []byte(body)
	}
	return f, nil
}
