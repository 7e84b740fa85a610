// Command release makes what is given to those who do not build bones themselves: packages for Debian's and Red
// Hat's families, archives, lists of what the program is made of (SBOM), and checksums. What it writes depends on
// nothing but the commit and the version of Go: whoever builds it again gets the same bytes.
package main

import (
	"crypto/sha256"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

// The tools, pinned. They run from the module cache: nothing is installed.
const (
	nfpm      = "github.com/goreleaser/nfpm/v2/cmd/nfpm@v2.45.2"
	cyclonedx = "github.com/CycloneDX/cyclonedx-gomod/cmd/cyclonedx-gomod@v1.10.0"
)

// architectures are built unless -arch names others of them, by Go's names.
var architectures = []string{"amd64", "arm64"}

// checksums is the file that sha256sum -c reads.
const checksums = "SHA256SUMS"

func main() {
	out := flag.String("out", "dist", "write to `DIR`; what an earlier run left there is removed")
	only := flag.Bool("packages", false, "only the packages")
	arch := flag.String("arch", "", "only for `ARCH`")
	flag.Parse()
	wanted := architectures
	if *arch != "" {
		wanted = []string{*arch}
	}
	if err := run(*out, *only, wanted); err != nil {
		fmt.Fprintln(os.Stderr, "release:", err)
		os.Exit(1)
	}
}

func run(out string, packagesOnly bool, wanted []string) error {
	r, err := describe()
	if err != nil {
		return err
	}
	if err := emptied(out); err != nil {
		return err
	}
	if r.work, err = os.MkdirTemp("", "release"); err != nil {
		return err
	}
	defer os.RemoveAll(r.work)
	if out, err = filepath.Abs(out); err != nil {
		return err
	}
	if err := r.build(wanted); err != nil {
		return err
	}
	common, err := r.common()
	if err != nil {
		return err
	}
	for _, arch := range wanted {
		p := product{release: r, arch: arch, binary: r.binary(arch), files: common, out: out}
		if p.licences, err = licences(arch); err != nil {
			return err
		}
		steps := []func() error{p.deb, p.rpm}
		if !packagesOnly {
			steps = append(steps, p.archive, p.sbom)
		}
		for _, step := range steps {
			if err := step(); err != nil {
				return err
			}
		}
	}
	if packagesOnly {
		return nil
	}
	return sums(out)
}

// emptied makes a directory that has nothing of an earlier run.
func emptied(dir string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	old, err := filepath.Glob(filepath.Join(dir, `bones[\-_]*`))
	for _, name := range append(old, filepath.Join(dir, checksums)) {
		if e := os.Remove(name); e != nil && !errors.Is(e, os.ErrNotExist) {
			err = errors.Join(err, e)
		}
	}
	return err
}

// sums writes the checksums of all files of a directory.
func sums(dir string) error {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	var b strings.Builder
	for _, e := range entries {
		data, err := os.ReadFile(filepath.Join(dir, e.Name()))
		if err != nil {
			return err
		}
		fmt.Fprintf(&b, "%x  %s\n", sha256.Sum256(data), e.Name())
	}
	return os.WriteFile(filepath.Join(dir, checksums), []byte(b.String()), 0o644)
}

// output runs a program and returns what it prints; what it complains of is in the error.
func output(env []string, name string, args ...string) ([]byte, error) {
	c := exec.Command(name, args...)
	c.Env = append(os.Environ(), env...)
	var said strings.Builder
	c.Stderr = &said
	out, err := c.Output()
	if err != nil {
		words := slices.Concat([]string{name}, args)
		return nil, fmt.Errorf("%s: %w: %s%s", strings.Join(words, " "), err, out, said.String())
	}
	return out, nil
}
