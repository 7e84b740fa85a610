package main

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// content is one file of a package, in nfpm's configuration.
type content struct {
	Source   string    `json:"src,omitempty"`
	Path     string    `json:"dst"`
	Type     string    `json:"type,omitempty"`
	FileInfo *fileInfo `json:"file_info,omitempty"`
}

type fileInfo struct {
	Mode  uint32    `json:"mode,omitempty"`
	Owner string    `json:"owner"`
	Group string    `json:"group"`
	MTime time.Time `json:"mtime"`
}

// packing is a package in the making.
type packing struct {
	*product
	dir      string // with its files
	contents []content
	err      error
}

func (p *product) packing(kind string) *packing {
	dir := filepath.Join(p.work, kind+"-"+p.arch)
	return &packing{product: p, dir: dir, err: os.Mkdir(dir, 0o755)}
}

// add puts a file into the package.
func (k *packing) add(path string, mode uint32, data []byte) {
	source := filepath.Join(k.dir, fmt.Sprint(len(k.contents)))
	if k.err == nil {
		k.err = os.WriteFile(source, data, 0o644)
	}
	k.contents = append(k.contents, content{Source: source, Path: path, FileInfo: k.info(mode)})
}

// link puts a symbolic link into the package.
func (k *packing) link(path, to string) {
	k.contents = append(k.contents, content{Source: to, Path: path, Type: "symlink", FileInfo: k.info(0)})
}

func (k *packing) info(mode uint32) *fileInfo { return &fileInfo{mode, "root", "root", k.date} }

// common adds what both kinds of package have.
func (k *packing) common() {
	binary, err := os.ReadFile(k.binary)
	if k.err == nil {
		k.err = err
	}
	k.add("/usr/bin/bones", 0o755, binary)
	k.link("/usr/bin/kubectl-bones", "bones")          // with it `kubectl bones` works
	k.link("/usr/bin/kubectl_complete-bones", "bones") // and Tab behind it
	for _, page := range slices.Sorted(maps.Keys(k.files.manual)) {
		k.add("/usr/share/man/man"+section(page)+"/"+page+".gz", 0o644, compressed(k.files.manual[page]))
	}
	k.link("/usr/share/man/man1/kubectl-bones.1.gz", "bones-kubectl.1.gz")
	k.add("/usr/share/bash-completion/completions/bones", 0o644, k.files.completions["bash"])
	k.add("/usr/share/fish/vendor_completions.d/bones.fish", 0o644, k.files.completions["fish"])
}

// section is the section of a manual page: that of bones-json.5 is 5.
func section(page string) string { return strings.TrimPrefix(filepath.Ext(page), ".") }

// compressed is gzip -9n of a text.
func compressed(data []byte) []byte {
	var b bytes.Buffer
	z, _ := gzip.NewWriterLevel(&b, gzip.BestCompression) // the level is one of gzip's
	z.Write(data)
	z.Close()
	return b.Bytes()
}

const description = `Explore what Linux containers are made of
 bones shows processes, namespaces and control groups of a host and of the
 containers on it, whatever engine runs them, in a terminal and as commands:
 who is in which container, what it uses, which limit binds it and why it was
 killed. It records what happens, and answers Prometheus.
 .
 The services bones-record and bones-export are installed and not enabled.`

// deb writes the package for Debian, Ubuntu and what descends from them.
func (p *product) deb() error {
	k := p.packing("deb")
	k.common()
	k.add("/usr/share/zsh/vendor-completions/_bones", 0o644, p.files.completions["zsh"])
	for _, unit := range slices.Sorted(maps.Keys(p.files.units)) {
		k.add("/lib/systemd/system/"+unit, 0o644, p.files.units[unit])
	}
	k.add("/usr/share/doc/bones/copyright", 0o644, p.copyright(true))
	changes := fmt.Sprintf("bones (%s) unstable; urgency=medium\n\n  * Built from commit %s.\n\n -- %s  %s\n", p.version,
		p.commit, p.maintainer, p.date.Format(time.RFC1123Z))
	k.add("/usr/share/doc/bones/changelog.gz", 0o644, compressed([]byte(changes)))
	overrides, err := os.ReadFile("testdata/release/lintian-overrides")
	if err != nil {
		return err
	}
	k.add("/usr/share/lintian/overrides/bones", 0o644, overrides)
	return k.pack("deb", map[string]any{"section": "admin", "priority": "optional", "description": description,
		"scripts": scripts("deb-postinst", "deb-prerm", "deb-postrm")})
}

// rpm writes the package for Fedora, Red Hat, SUSE and what descends from them.
func (p *product) rpm() error {
	k := p.packing("rpm")
	k.common()
	k.add("/usr/share/zsh/site-functions/_bones", 0o644, p.files.completions["zsh"])
	for _, unit := range slices.Sorted(maps.Keys(p.files.units)) {
		k.add("/usr/lib/systemd/system/"+unit, 0o644, p.files.units[unit])
	}
	k.contents = append(k.contents, content{Path: "/usr/share/licenses/bones", Type: "dir", FileInfo: k.info(0o755)})
	k.add("/usr/share/licenses/bones/copyright", 0o644, p.copyright(false))
	summary, text, _ := strings.Cut(description, "\n")
	text = strings.ReplaceAll(strings.ReplaceAll("\n"+text, "\n .\n", "\n\n"), "\n ", "\n")
	return k.pack("rpm", map[string]any{"release": "1", "description": strings.TrimSpace(text),
		"license": "see /usr/share/licenses/bones/copyright",
		"rpm":     map[string]any{"summary": summary, "buildhost": "localhost", "group": "System/Monitoring"},
		"scripts": scripts("rpm-post", "rpm-preun", "rpm-postun")})
}

func scripts(after, before, removed string) map[string]string {
	const dir = "testdata/release/scripts/"
	return map[string]string{"postinstall": dir + after, "preremove": dir + before, "postremove": dir + removed}
}

// pack has nfpm write the package.
func (k *packing) pack(kind string, more map[string]any) error {
	config := map[string]any{"name": "bones", "arch": k.arch, "platform": "linux", "version": k.version,
		"version_schema": "none", "maintainer": k.maintainer, "mtime": k.date, "contents": k.contents}
	maps.Copy(config, more)
	text, err := json.Marshal(config) // which is YAML, too
	file := filepath.Join(k.dir, "nfpm.yaml")
	if k.err == nil {
		k.err = err
	}
	if k.err == nil {
		k.err = os.WriteFile(file, text, 0o644)
	}
	if k.err != nil {
		return k.err
	}
	_, err = output([]string{"GOFLAGS="}, "go", "run", nfpm, "package", "--config", file, "--packager", kind, "--target",
		k.out+"/")
	return err
}
