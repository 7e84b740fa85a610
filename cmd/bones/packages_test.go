package main

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"debug/elf"
	"errors"
	"io"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"bones/procwalk/proctest"
)

// says runs a program in a directory and returns all that it prints; it has to succeed.
func says(t *testing.T, dir, name string, args ...string) string {
	t.Helper()
	c := exec.Command(name, args...)
	c.Dir = dir
	// Whoever has checked the repository out, its history may be read.
	c.Env = append(os.Environ(), "GIT_CONFIG_COUNT=1", "GIT_CONFIG_KEY_0=safe.directory", "GIT_CONFIG_VALUE_0=*",
		"BASH_ENV=", "LC_ALL=C.UTF-8")
	out, err := c.CombinedOutput()
	if err != nil {
		t.Fatalf("%s %s: %v\n%s", name, strings.Join(args, " "), err, out)
	}
	return string(out)
}

// one is the one file that a pattern matches.
func one(t *testing.T, pattern string) string {
	t.Helper()
	list, err := filepath.Glob(pattern)
	if err != nil || len(list) != 1 {
		t.Fatalf("%s: %q %v", pattern, list, err)
	}
	return list[0]
}

// needReleaseTools is for what makes a release in a clone of this repository. The tools that pack it run from the
// module cache; what is not in there, Go fetches.
func needReleaseTools(t *testing.T, clone string) {
	t.Helper()
	source, err := os.ReadFile(filepath.Join(clone, "testdata/release/main.go"))
	if err != nil {
		t.Fatal(err)
	}
	tools := regexp.MustCompile(`"(\S+)/cmd/\S+(@v\S+)"`).FindAllStringSubmatch(string(source), -1)
	if len(tools) == 0 {
		t.Fatal("testdata/release names no tools")
	}
	for _, tool := range tools {
		c := exec.Command("go", "mod", "download", tool[1]+tool[2])
		c.Dir = clone
		if out, err := c.CombinedOutput(); err != nil {
			skipMissing(t, "a release is made with %s%s: %v: %s", tool[1], tool[2], err, out)
		}
	}
}

// TestRelease: what two clones in different directories make of a commit is the same to the byte, the checksums
// are those of the files, and what is in them can be installed, used and removed. Two builds for this machine show
// that; the other architecture, which nothing here can install, is made with a soak. That bones can be built for
// it, `make lint` has shown before the tests.
func TestRelease(t *testing.T) {
	proctest.Need(t, proctest.Root, proctest.Namespaces, proctest.Mounts)
	proctest.NeedPrograms(t, "git", "make", "go", "dpkg", "rpm", "lintian", "busybox", "unshare", "sha256sum")
	if _, err := os.Stat("../../.git"); err != nil {
		t.Skip("this source has no history, and a release tells its commit")
	}
	dir := proctest.TempDir(t)
	first, second := filepath.Join(dir, "a"), filepath.Join(dir, "another place", "b")
	for _, clone := range []string{first, second} {
		says(t, ".", "git", "clone", "-q", "../..", clone)
	}
	needReleaseTools(t, first)
	architectures := map[string]elf.Machine{"amd64": elf.EM_X86_64, "arm64": elf.EM_AARCH64}
	makeRelease := []string{"-s", "release"}
	if proctest.Soak(0, 1) == 0 {
		makeRelease = append(makeRelease, "ARCH="+runtime.GOARCH)
		maps.DeleteFunc(architectures, func(arch string, _ elf.Machine) bool { return arch != runtime.GOARCH })
	}
	says(t, first, "make", makeRelease...)
	says(t, second, "go", "run", "bones/testdata/release", "-arch", runtime.GOARCH)
	commit := strings.TrimSpace(says(t, first, "git", "rev-parse", "HEAD"))
	seconds, err := strconv.ParseInt(strings.TrimSpace(says(t, first, "git", "show", "-s", "--format=%ct", "HEAD")), 10,
		64)
	if err != nil {
		t.Fatal(err)
	}
	date := time.Unix(seconds, 0).UTC().Format(time.RFC3339)
	dist := filepath.Join(first, "dist")
	sameBuild(t, dist, filepath.Join(second, "dist"))
	if checked := says(t, dist, "sha256sum", "-c", "--strict", "SHA256SUMS"); strings.Count(checked,
		": OK\n") != 4*len(architectures) { // deb, rpm, archive, SBOM
		t.Errorf("SHA256SUMS:\n%s", checked)
	}
	for arch, machine := range architectures {
		archive(t, one(t, dist+"/bones-*-linux-"+arch+".tar.gz"), machine)
		sbom, err := os.ReadFile(one(t, dist+"/bones-*-linux-"+arch+".cdx.json"))
		if err != nil || !bytes.Contains(sbom, []byte(`"github.com/rivo/tview"`)) || bytes.Contains(sbom, []byte(dir)) {
			t.Errorf("SBOM for %s: %v\n%.500s", arch, err, sbom)
		}
	}
	rpmArch := map[string]string{"amd64": "x86_64", "arm64": "aarch64"}[runtime.GOARCH]
	deb, rpm := one(t, dist+"/bones_*_"+runtime.GOARCH+".deb"), one(t, dist+"/bones-*."+rpmArch+".rpm")
	says(t, dir, "env", "TMPDIR="+dir, "lintian", "--allow-root", "--fail-on", "error", deb)
	says(t, dir, "rpm", "-K", rpm)
	t.Run("deb", func(t *testing.T) { debPackage(t, deb, commit, date) })
	t.Run("rpm", func(t *testing.T) { rpmPackage(t, rpm, commit, date) })
}

// sameBuild compares the files that a second build made with those of the first.
func sameBuild(t *testing.T, first, second string) {
	t.Helper()
	entries, err := os.ReadDir(second)
	if err != nil || len(entries) != 5 { // deb, rpm, archive, SBOM, checksums
		t.Fatalf("%s has %d files: %v", second, len(entries), err)
	}
	for _, e := range entries {
		if e.Name() == "SHA256SUMS" {
			continue // of fewer files
		}
		a, err := os.ReadFile(filepath.Join(first, e.Name()))
		b, err2 := os.ReadFile(filepath.Join(second, e.Name()))
		if err := errors.Join(err, err2); err != nil || !bytes.Equal(a, b) {
			t.Errorf("%s: two builds differ (%d and %d bytes): %v", e.Name(), len(a), len(b), err)
		}
	}
}

// archive looks into a tar file: everything belongs to root, is of one moment and in order, and the program is for the
// machine that the name says.
func archive(t *testing.T, path string, machine elf.Machine) {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	moments := map[int64]bool{}
	top := strings.TrimSuffix(filepath.Base(path), ".tar.gz") + "/"
	for r := tar.NewReader(z); ; {
		h, err := r.Next()
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		moments[h.ModTime.Unix()] = true
		names = append(names, strings.TrimPrefix(h.Name, top))
		if h.Uid != 0 || h.Gid != 0 || !strings.HasPrefix(h.Name, top) || h.Mode&0o022 != 0 {
			t.Errorf("%s: %+v", path, h)
		}
		if h.Name != top+"bones" {
			continue
		}
		program, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		if e, err := elf.NewFile(bytes.NewReader(program)); err != nil || e.Machine != machine {
			t.Errorf("%s: %v %v", path, e, err)
		}
	}
	if len(moments) != 1 || !slices.IsSorted(names) {
		t.Errorf("%s: %d moments, %q", path, len(moments), names)
	}
	for _, want := range []string{"bones", "README.md", "copyright", "man/man1/bones.1", "completions/_bones",
		"systemd/bones-record.service", "systemd/bones-export.service"} {
		if !slices.Contains(names, want) {
			t.Errorf("%s has no %s", path, want)
		}
	}
}

// emptyHost makes a root directory with a shell, and with a systemd that runs and notes what it is told.
func emptyHost(t *testing.T) string {
	t.Helper()
	root := proctest.TempDir(t)
	for _, dir := range []string{"bin", "dev", "etc", "proc", "run/systemd/system", "tmp", "usr/bin", "var/lib/dpkg/info",
		"var/lib/dpkg/updates", "var/log"} {
		if err := os.MkdirAll(filepath.Join(root, dir), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	for name, text := range map[string]string{"bin/systemctl": "#!/bin/sh\necho \"$@\" >>/told\n",
		"var/lib/dpkg/status": "",
		"dev/null":            ""} {
		if err := os.WriteFile(filepath.Join(root, name), []byte(text), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	busybox, err := exec.LookPath("busybox")
	if err != nil {
		t.Fatal(err)
	}
	says(t, ".", "cp", busybox, filepath.Join(root, "bin/busybox"))
	says(t, ".", "chroot", root, "/bin/busybox", "--install", "-s", "/bin")
	return root
}

// told returns what systemd was told since the last time, a line each.
func told(t *testing.T, root string) string {
	t.Helper()
	path := filepath.Join(root, "told")
	b, err := os.ReadFile(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		t.Fatal(err)
	}
	os.Remove(path)
	return string(b)
}

// The units by name, as the scripts of the packages tell systemd of them, and what systemd is told when.
const (
	bothUnits     = " bones-record.service bones-export.service\n"
	toldOfInstall = "--system daemon-reload\n"
	toldOfUpgrade = toldOfInstall + "--system try-restart" + bothUnits
	toldOfRemoval = "--system stop" + bothUnits + "--quiet --no-reload disable" + bothUnits
)

// kept is what used makes and a removal leaves.
var kept = []string{"/var/lib/bones", "/var/lib/bones/recording"}

// used runs what was installed.
func used(t *testing.T, root, commit, date string) {
	t.Helper()
	if said := says(t, ".", "chroot", root, "/usr/bin/bones", "version"); !strings.Contains(said, commit+" "+date+" ") ||
		strings.Contains(said, "modified") {
		t.Errorf("bones version: %q, want commit %s of %s", said, commit, date)
	}
	if said := says(t, ".", "unshare", "--mount", "--pid", "--fork", "--mount-proc="+root+"/proc", "chroot", root,
		"/usr/bin/bones", "ps"); !strings.Contains(said, "bones ps") {
		t.Errorf("bones ps:\n%s", said)
	}
	if said := says(t, ".", "chroot", root, "/usr/bin/kubectl-bones", "--help"); !strings.Contains(said, "kubectl") {
		t.Errorf("kubectl-bones:\n%s", said)
	}
	if said := says(t, ".", "chroot", root, "/usr/bin/kubectl_complete-bones", "n1", "fr"); !strings.HasPrefix(said,
		"freeze\t") {
		t.Errorf("kubectl_complete-bones:\n%s", said)
	}
	if enabled, _ := filepath.Glob(root + "/etc/systemd/system/*.wants/*"); len(enabled) > 0 {
		t.Errorf("enabled: %q", enabled)
	}
	pages, _ := filepath.Glob(root + "/usr/share/man/man1/bones*.1.gz")
	if len(pages) != len(visibleCommands()) {
		t.Errorf("%d manual pages for %d commands", len(pages), len(visibleCommands()))
	}
	state := filepath.Join(root, "var/lib/bones/recording")
	if err := os.MkdirAll(state, 0o700); err != nil {
		t.Fatal(err)
	}
}

// leftovers are the paths of a root directory that a removed package has left there.
func leftovers(t *testing.T, root string) (list []string) {
	t.Helper()
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		rel := strings.TrimPrefix(path, root)
		if strings.Contains(rel, "bones") && !strings.HasPrefix(rel, "/var/lib/dpkg/") {
			list = append(list, rel)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return list
}

func debPackage(t *testing.T, deb, commit, date string) {
	root := emptyHost(t)
	dpkg := func(args ...string) string {
		return says(t, root, "dpkg", append([]string{"--root=" + root}, args...)...)
	}
	dpkg("--install", deb)
	if got := told(t, root); got != toldOfInstall {
		t.Errorf("the installation told systemd %q", got)
	}
	if differs := dpkg("--verify", "bones"); differs != "" {
		t.Errorf("dpkg --verify: %s", differs)
	}
	used(t, root, commit, date)
	dpkg("--install", deb)
	if got := told(t, root); got != toldOfUpgrade {
		t.Errorf("the upgrade told systemd %q", got)
	}
	dpkg("--remove", "bones")
	if got := told(t, root); got != toldOfRemoval+toldOfInstall {
		t.Errorf("the removal told systemd %q", got)
	}
	if left := leftovers(t, root); !slices.Equal(left, kept) {
		t.Errorf("left after the removal: %q", left)
	}
	dpkg("--purge", "bones")
	if left := leftovers(t, root); len(left) > 0 {
		t.Errorf("left after the purge: %q", left)
	}
}

func rpmPackage(t *testing.T, file, commit, date string) {
	root := emptyHost(t)
	rpm := func(args ...string) string {
		return says(t, root, "rpm", append([]string{"--root", root, "--dbpath", "/var/lib/rpm"}, args...)...)
	}
	rpm("--install", "--nodeps", file) // its one need is /bin/sh, which is here of no package
	if got := told(t, root); got != toldOfInstall {
		t.Errorf("the installation told systemd %q", got)
	}
	if differs := rpm("--verify", "--nodeps", "bones"); differs != "" {
		t.Errorf("rpm --verify: %s", differs)
	}
	used(t, root, commit, date)
	rpm("--upgrade", "--nodeps", "--replacepkgs", file)
	if got := told(t, root); !strings.HasSuffix(got, toldOfUpgrade) || strings.Contains(got, "stop") {
		t.Errorf("the upgrade told systemd %q", got)
	}
	rpm("--erase", "bones")
	if got := told(t, root); got != toldOfRemoval+toldOfInstall {
		t.Errorf("the removal told systemd %q", got)
	}
	if left := leftovers(t, root); !slices.Equal(left, kept) {
		t.Errorf("left after the removal: %q", left)
	}
}
