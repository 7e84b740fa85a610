package main

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"maps"
	"os"
	"path/filepath"
	"slices"
)

// product is a release for one architecture.
type product struct {
	*release
	arch     string
	binary   string
	files    files
	licences []licence
	out      string // the directory that what is made goes to
}

// archive writes the program and what goes with it as a tar file for everybody else.
func (p *product) archive() error {
	name := "bones-" + p.version + "-linux-" + p.arch
	type entry struct {
		data []byte
		mode int64
	}
	binary, err := os.ReadFile(p.binary)
	if err != nil {
		return err
	}
	readme, err := os.ReadFile("README.md")
	if err != nil {
		return err
	}
	all := map[string]entry{"bones": {binary, 0o755}, "README.md": {readme, 0o644}, "copyright": {p.copyright(false),
		0o644}}
	for page, data := range p.files.manual {
		all["man/man1/"+page] = entry{data, 0o644}
	}
	for shell, name := range map[string]string{"bash": "bones.bash", "zsh": "_bones", "fish": "bones.fish"} {
		all["completions/"+name] = entry{p.files.completions[shell], 0o644}
	}
	for unit, data := range p.files.units {
		all["systemd/"+unit] = entry{data, 0o644}
	}
	for path := range maps.Clone(all) {
		for dir := filepath.Dir(path); dir != "."; dir = filepath.Dir(dir) {
			all[dir+"/"] = entry{nil, 0o755}
		}
	}
	all[""] = entry{nil, 0o755}
	var b bytes.Buffer
	z, err := gzip.NewWriterLevel(&b, gzip.BestCompression)
	if err != nil {
		return err
	}
	t := tar.NewWriter(z)
	for _, path := range slices.Sorted(maps.Keys(all)) {
		e := all[path]
		h := &tar.Header{Name: name + "/" + path, Mode: e.mode, Size: int64(len(e.data)), ModTime: p.date,
			Uname: "root", Gname: "root"}
		if err := t.WriteHeader(h); err != nil {
			return err
		}
		if _, err := t.Write(e.data); err != nil {
			return err
		}
	}
	if err := t.Close(); err != nil {
		return err
	}
	if err := z.Close(); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(p.out, name+".tar.gz"), b.Bytes(), 0o644)
}

// sbom writes which modules the program is made of, as CycloneDX has it, read from the program itself.
func (p *product) sbom() error {
	_, err := output([]string{"GOFLAGS="}, "go", "run", cyclonedx, "bin", "-json", "-std", "-noserial", "-notimestamp",
		"-version", p.version, "-output", filepath.Join(p.out, "bones-"+p.version+"-linux-"+p.arch+".cdx.json"), p.binary)
	return err
}
