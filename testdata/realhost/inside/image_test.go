package inside

import (
	"archive/tar"
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"testing"
)

// The images are made here: nothing is pulled from anywhere. Both are archives as `docker save` writes them, which
// docker, podman and containerd take.
const (
	image     = "localhost/box:latest"  // busybox
	hostImage = "localhost/host:latest" // the host's programs, by a bind mount of /usr, for an engine in a container
)

// applets are the links to busybox.
var applets = []string{"sh", "sleep", "cat", "ls", "grep", "id"}

// boxLayer is a file system with busybox alone.
func boxLayer(t *testing.T) []byte {
	busybox, err := os.ReadFile("/bin/busybox")
	if err != nil {
		t.Fatal(err)
	}
	var l layer
	for _, dir := range []string{"bin", "dev", "etc", "proc", "sys", "tmp", "usr", "usr/lib", "run", "var", "root"} {
		l.add(t, tar.Header{Name: dir + "/", Typeflag: tar.TypeDir, Mode: 0o755}, nil)
	}
	l.file(t, "bin/busybox", 0o755, busybox)
	l.file(t, "etc/passwd", 0o644, []byte("root:x:0:0::/root:/bin/sh\n"))
	l.file(t, "etc/os-release", 0o644, []byte("ID=box\n")) // systemd-nspawn wants one
	for _, name := range applets {
		l.add(t, tar.Header{Name: "bin/" + name, Typeflag: tar.TypeSymlink, Linkname: "busybox", Mode: 0o777}, nil)
	}
	return l.end(t)
}

// hostLayer is where the host's /usr can be mounted.
func hostLayer(t *testing.T) []byte {
	var l layer
	for _, dir := range []string{"dev", "etc", "job", "proc", "sys", "tmp", "usr", "run", "var", "var/lib", "root"} {
		l.add(t, tar.Header{Name: dir + "/", Typeflag: tar.TypeDir, Mode: 0o755}, nil)
	}
	for _, dir := range []string{"bin", "sbin", "lib", "lib64"} {
		l.add(t, tar.Header{Name: dir, Typeflag: tar.TypeSymlink, Linkname: "usr/" + dir, Mode: 0o777}, nil)
	}
	l.add(t, tar.Header{Name: "var/run", Typeflag: tar.TypeSymlink, Linkname: "/run", Mode: 0o777}, nil)
	l.file(t, "etc/passwd", 0o644, []byte("root:x:0:0::/root:/bin/sh\n"))
	l.file(t, "etc/group", 0o644, []byte("root:x:0:\n"))
	return l.end(t)
}

type layer struct {
	bytes.Buffer
	w *tar.Writer
}

func (l *layer) add(t *testing.T, h tar.Header, content []byte) {
	t.Helper()
	if l.w == nil {
		l.w = tar.NewWriter(&l.Buffer)
	}
	h.Size = int64(len(content))
	if err := l.w.WriteHeader(&h); err != nil {
		t.Fatal(err)
	}
	if _, err := io.Copy(l.w, bytes.NewReader(content)); err != nil {
		t.Fatal(err)
	}
}

func (l *layer) file(t *testing.T, name string, mode int64, content []byte) {
	t.Helper()
	l.add(t, tar.Header{Name: name, Typeflag: tar.TypeReg, Mode: mode}, content)
}

func (l *layer) end(t *testing.T) []byte {
	t.Helper()
	if err := l.w.Close(); err != nil {
		t.Fatal(err)
	}
	return l.Bytes()
}

// imageConfig is what a container of an image runs.
type imageConfig struct{ Cmd, Entrypoint, Env []string }

// sleeps is that of an image whose containers only are there.
var sleeps = imageConfig{Cmd: []string{"/bin/sleep", "100000"}}

// writeImage writes an image of one layer to a file.
//
// Source: github.com/moby/docker-image-spec, v1.2: combined image JSON and file system changeset format.
func writeImage(t *testing.T, file, name string, is imageConfig, content []byte) {
	t.Helper()
	config, err := json.Marshal(map[string]any{"architecture": "amd64", "os": "linux",
		"config": is,
		"rootfs": map[string]any{"type": "layers",
			"diff_ids": []string{fmt.Sprintf("sha256:%x", sha256.Sum256(content))}}})
	if err != nil {
		t.Fatal(err)
	}
	configName := fmt.Sprintf("%x.json", sha256.Sum256(config))
	manifest, err := json.Marshal([]any{map[string]any{"Config": configName, "RepoTags": []string{name},
		"Layers": []string{"layer.tar"}}})
	if err != nil {
		t.Fatal(err)
	}
	var l layer
	l.file(t, "layer.tar", 0o644, content)
	l.file(t, configName, 0o644, config)
	l.file(t, "manifest.json", 0o644, manifest)
	if err := os.WriteFile(file, l.end(t), 0o644); err != nil {
		t.Fatal(err)
	}
}
