package main

import (
	"archive/tar"
	"bytes"
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"
)

// TestRealHost boots a Debian host with systemd and the engines that people use, and runs the tests of
// testdata/realhost/inside on it with the bones that is built here: each of them is a test of its own. Everything is
// done in one boot, and in software, so that it works in any container. BONES_REALHOST=REGEXP runs only those of them.
func TestRealHost(t *testing.T) {
	if runtime.GOARCH != "amd64" {
		t.Skip("its image is for amd64")
	}
	needPrograms(t, "qemu-system-x86_64", "debootstrap", "mke2fs", "apt-get", "dpkg-deb", "busybox", "prometheus")
	begun := time.Now()
	var errs bytes.Buffer
	c := exec.Command("../../testdata/realhost/image.sh")
	c.Stderr = &errs
	image, err := c.Output()
	if err != nil {
		skipMissing(t, "the image of the real host: %v: %s", err, errs.String())
	}
	made := time.Now()
	console := filepath.Join(t.TempDir(), "console")
	// Long enough for a machine that is busy with ten times as much.
	ctx, cancel := context.WithTimeout(t.Context(), 25*time.Minute)
	defer cancel()
	c = exec.CommandContext(ctx, "../../testdata/realhost/boot.sh", strings.TrimSpace(string(image)), realHostJob(t),
		console)
	out, err := c.Output()
	t.Logf("image %.0f s, boot and job %.0f s", made.Sub(begun).Seconds(), time.Since(made).Seconds())
	reported := reportInside(t, out)
	least := 60 // less is a sign that tests are not run any more
	if os.Getenv("BONES_REALHOST") != "" {
		least = 0
	}
	if err != nil || !strings.Contains(string(out), "job ended with") || reported < least {
		said, _ := os.ReadFile(console)
		t.Errorf("the real host did not come to its end (%v, %d results); its console said:\n%s\nand the job:\n%s", err,
			reported,
			last(said, 20000), last(out, 20000))
	}
}

func last(b []byte, n int) []byte { return b[max(0, len(b)-n):] }

// realHostJob is an archive of what runs on the host: bones, the tests, the client of the Container Runtime Interface,
// and Prometheus, which this machine has of the same release of Debian.
func realHostJob(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	build := func(in string, args ...string) {
		t.Helper()
		c := exec.Command("go", args...)
		c.Dir, c.Env = in, append(os.Environ(), "CGO_ENABLED=0")
		if out, err := c.CombinedOutput(); err != nil {
			t.Fatalf("go %s: %v\n%s", strings.Join(args, " "), err, out)
		}
	}
	programs := []string{filepath.Join(dir, "inside.test"), filepath.Join(dir, "cri"), shipped.made(t),
		"../../testdata/realhost/run.sh"}
	prometheus, err := exec.LookPath("prometheus")
	if err != nil {
		t.Fatal(err)
	}
	programs = append(programs, prometheus)
	build("../../testdata/realhost/inside", "test", "-c", "-o", programs[0], ".")
	build("../../testdata/realhost/cri", "build", "-o", programs[1], ".")
	job, err := os.Create(filepath.Join(dir, "job.tar"))
	if err != nil {
		t.Fatal(err)
	}
	defer job.Close()
	w := tar.NewWriter(job)
	put := func(name string, content []byte) {
		h := tar.Header{Name: name, Typeflag: tar.TypeReg, Mode: 0o755, Size: int64(len(content))}
		if err := w.WriteHeader(&h); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write(content); err != nil {
			t.Fatal(err)
		}
	}
	for _, file := range programs {
		content, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		put(filepath.Base(file), content)
	}
	put("selected", []byte(os.Getenv("BONES_REALHOST")))
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return job.Name()
}

// reportInside makes a test of each that ran on the host, and returns how many those were.
func reportInside(t *testing.T, out []byte) int {
	t.Helper()
	c := exec.Command("go", "tool", "test2json")
	c.Stdin = bytes.NewReader(bytes.ReplaceAll(out, []byte("\r\n"), []byte("\n")))
	events, err := c.Output()
	if err != nil {
		t.Fatalf("go tool test2json: %v", err)
	}
	said := map[string]string{}
	reported := 0
	for line := range bytes.Lines(events) {
		var e struct{ Action, Test, Output string }
		if json.Unmarshal(line, &e) != nil || e.Test == "" {
			continue
		}
		switch e.Action {
		case "output":
			if !strings.HasPrefix(strings.TrimSpace(e.Output), "=== ") {
				said[e.Test] += e.Output
			}
		case "pass", "fail", "skip":
			reported++
			t.Run(e.Test, func(t *testing.T) {
				switch e.Action {
				case "fail":
					t.Error("on the real host:\n" + said[e.Test])
				case "skip":
					t.Error("skipped on the real host, where nothing may be missing:\n" + said[e.Test])
				}
			})
		}
	}
	return reported
}
