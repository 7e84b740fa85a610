package main

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// licence is a text, and the modules that have it.
type licence struct {
	text    string
	modules []string
}

// apache reports whether a text is version 2.0 of the Apache licence and no other beside it.
func (l licence) apache() bool {
	return strings.HasPrefix(l.text, "Apache License") && strings.Contains(l.text, "Version 2.0, January 2004")
}

// owners are the lines of a text that say whose the work is.
func (l licence) owners() (lines []string) {
	for line := range strings.Lines(l.text) {
		if line = strings.TrimSpace(line); strings.HasPrefix(line, "Copyright ") && strings.ContainsAny(line, "0123456789") {
			lines = append(lines, line)
		}
	}
	return lines
}

// licences finds the licences of all that is linked into the program. A module without one is an error: it may not be
// given away.
func licences(arch string) ([]licence, error) {
	said, err := output([]string{"CGO_ENABLED=0", "GOOS=linux", "GOARCH=" + arch}, "go", "list", "-deps", "-f",
		"{{with .Module}}{{if not .Main}}{{.Path}} {{.Version}}\t{{.Dir}}{{end}}{{end}}", "./cmd/bones")
	if err != nil {
		return nil, err
	}
	root, err := output(nil, "go", "env", "GOROOT", "GOVERSION")
	if err != nil {
		return nil, err
	}
	goroot, version, _ := strings.Cut(strings.TrimSpace(string(root)), "\n")
	dirs := map[string]string{"The Go standard library and runtime " + version: goroot}
	for line := range strings.Lines(string(said)) {
		if name, dir, ok := strings.Cut(strings.TrimSpace(line), "\t"); ok && !within(dir) {
			dirs[name] = dir
		}
	}
	by := map[string][]string{}
	for _, name := range slices.Sorted(maps.Keys(dirs)) {
		texts, err := licenceFiles(dirs[name])
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		for _, text := range texts {
			by[text] = append(by[text], name)
		}
	}
	var list []licence
	for text, modules := range by {
		list = append(list, licence{text, modules})
	}
	slices.SortFunc(list, func(a, b licence) int { return strings.Compare(a.modules[0]+a.text, b.modules[0]+b.text) })
	return list, nil
}

// within reports whether a directory belongs to this project, as that of a module that stands in for another does.
func within(dir string) bool {
	here, err := os.Getwd()
	rel, e := filepath.Rel(here, dir)
	return err == nil && e == nil && filepath.IsLocal(rel)
}

// licenceFiles reads what a module says about its use, in whatever files it does so.
func licenceFiles(dir string) ([]string, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	var texts []string
	found := false
	for _, e := range entries {
		upper := strings.ToUpper(e.Name())
		isLicence := strings.HasPrefix(upper, "LICEN") || strings.HasPrefix(upper, "COPYING")
		if e.IsDir() || !isLicence && !strings.HasPrefix(upper, "NOTICE") {
			continue
		}
		b, err := os.ReadFile(filepath.Join(dir, e.Name()))
		if err != nil {
			return nil, err
		}
		found = found || isLicence
		texts = append(texts, strings.TrimSpace(strings.ReplaceAll(string(b), "\r\n", "\n")))
	}
	if !found {
		return nil, fmt.Errorf("%s has no licence", dir)
	}
	return texts, nil
}

// copyright writes the file of that name. Debian's packages refer to the copy of a common licence that every Debian
// has; others have all texts.
func (p *product) copyright(debian bool) []byte {
	var b strings.Builder
	b.WriteString("bones shows what Linux containers are made of.\n\n")
	fmt.Fprintf(&b, "Copyright %d the authors of bones\n\n", p.date.Year())
	if own, err := licenceFiles("."); err == nil {
		b.WriteString("License:\n\n" + strings.Join(own, "\n\n") + "\n")
	} else {
		b.WriteString("License: the authors have published bones without one.\n")
	}
	b.WriteString("\nThe program is linked with what follows.\n")
	for _, l := range p.licences {
		b.WriteString("\n" + strings.Repeat("-", 78) + "\n" + strings.Join(l.modules, "\n") + "\n\n")
		if debian && l.apache() {
			b.WriteString(strings.Join(append(l.owners(), "Apache License, Version 2.0: "+
				"/usr/share/common-licenses/Apache-2.0"), "\n") + "\n")
			continue
		}
		b.WriteString(l.text + "\n")
	}
	return []byte(b.String())
}
