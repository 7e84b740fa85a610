package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// namedCost measures what bones does with a container that is named beside what docker's client does, which asks an
// engine that knows it: a Docker engine of this world's own, which ends with it. err says why there is no world. What
// the engine itself, its runtime and its shims take for an answer is not counted: that is to docker's advantage.
func namedCost(o options, err error) []goal {
	name := fmt.Sprintf("bench-%d", os.Getpid()) // no other engine of this host has it
	bonesDoes := func(args ...string) []string { return append([]string{o.Bones}, args...) }
	docker := func(args ...string) []string { return append([]string{"docker"}, args...) }
	inspect := docker("inspect", "-f", "{{.State.Pid}}", name)
	pairs := []struct {
		what        string
		limit       float64
		ours, peers []string
	}{
		{"CPU of bones pid / docker inspect", 1, bonesDoes("pid", name), inspect},
		{"CPU of bones top / docker top", 1, bonesDoes("top", name), docker("top", name)},
		{"CPU of bones stats / docker stats", 1, bonesDoes("stats", "--once", name), docker("stats", "--no-stream", name)},
		{"CPU of bones files ls / docker exec ls", 1, bonesDoes("files", "ls", name, "/"),
			docker("exec", name, "ls", "-l", "/")},
		{"CPU of bones enter / docker exec", 2, bonesDoes("enter", name, "--", "true"), docker("exec", name, "true")},
		{"CPU of Tab / docker inspect", 1, bonesDoes("__complete", "pid", name[:7]), inspect},
	}
	if err == nil {
		var end func()
		end, err = startDocker(o.Groups, filepath.Join(filepath.Dir(o.Named), "engine"), name)
		defer end()
	}
	var goals []goal
	for _, p := range pairs {
		ours := &command{name: strings.Join(p.ours[1:], " "), argv: p.ours}
		theirs := &command{name: strings.Join(p.peers, " "), argv: p.peers}
		if err != nil {
			theirs.skip = err.Error()
		} else {
			race([]*command{ours, theirs}, o.Rounds)
		}
		goals = append(goals, ratio(p.what, p.limit, ours.CPU().Seconds(), theirs.CPU().Seconds(), ours.skip, theirs.skip))
	}
	return goals
}

// startDocker starts a Docker engine with all that it keeps below dir, and in it five containers of ten processes, of
// which the first has the name; end ends all of it. It is where systemd has an engine, in the host's mount namespace
// and a group docker.service: that, and its arguments, tell bones where its records are. An engine of this host is not
// touched.
func startDocker(groups, dir, name string) (end func(), err error) {
	end = func() {}
	for _, program := range []string{"docker", "dockerd", "containerd", "busybox"} {
		if _, err := exec.LookPath(program); err != nil {
			return end, fmt.Errorf("%s is not installed", program)
		}
	}
	mounts, err := allHierarchies()
	if err != nil {
		return end, err
	}
	// A group that takes no process, as of cpuset that has no processors, is not needed.
	argv := []string{"-c", `for d; do echo 0 > "$d/cgroup.procs"; done; exec dockerd --bridge=none ` +
		`--iptables=false --ip6tables=false --storage-driver=vfs --data-root "$0/data" --exec-root "$0/run" ` +
		`--pidfile "$0/pid" --host "unix://$0/docker.sock" --exec-opt native.cgroupdriver=cgroupfs ` +
		"--cgroup-parent /" + groups + "/docker", dir}
	for _, m := range mounts {
		service := filepath.Join(m, groups, "docker.service")
		if err := os.MkdirAll(service, 0o755); err != nil {
			return end, err
		}
		argv = append(argv, service)
	}
	os.Setenv("DOCKER_HOST", "unix://"+dir+"/docker.sock") // of the client that is measured, too
	var said bytes.Buffer
	host := fmt.Sprintf("--mount=/proc/%d/ns/mnt", os.Getppid()) // who made this world
	engine := exec.Command("nsenter", append([]string{host, "sh"}, argv...)...)
	engine.Stdout, engine.Stderr = &said, &said
	engine.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: unix.SIGTERM}
	if err := engine.Start(); err != nil {
		return end, err
	}
	ended := make(chan error, 1)
	go func() { ended <- engine.Wait() }()
	end = func() {
		if ids, err := docker("ps", "-aq"); err == nil && ids != "" {
			docker(append([]string{"rm", "-f"}, strings.Fields(ids)...)...)
		}
		engine.Process.Signal(unix.SIGTERM)
		select {
		case <-ended:
		case <-time.After(time.Minute):
			engine.Process.Kill()
			<-ended
		}
	}
	for deadline := time.Now().Add(time.Minute); ; {
		_, err := docker("version", "-f", "{{.Server.Version}}")
		if err == nil {
			break
		}
		select {
		case e := <-ended:
			ended <- e
			return end, fmt.Errorf("dockerd ended: %v: %s", e, lastLine(said.String()))
		case <-time.After(100 * time.Millisecond):
		}
		if time.Now().After(deadline) {
			return end, fmt.Errorf("dockerd does not answer: %w", err)
		}
	}
	return end, startBoxes(name)
}

// startBoxes makes an image of busybox alone, and the containers. Nothing is pulled.
func startBoxes(name string) error {
	root, err := os.MkdirTemp(binDir, "image")
	if err != nil {
		return err
	}
	script := `set -e; cd "$1"; mkdir bin etc tmp proc sys dev; cp "$(command -v busybox)" bin/busybox
		for n in sh ls true sleep; do ln -s busybox bin/$n; done
		echo root:x:0:0:root:/:/bin/sh > etc/passwd; tar -cf image.tar bin etc tmp proc sys dev`
	if out, err := exec.Command("sh", "-c", script, "sh", root).CombinedOutput(); err != nil {
		return fmt.Errorf("making an image: %w: %s", err, lastLine(string(out)))
	}
	if _, err := docker("import", filepath.Join(root, "image.tar"), "bench:latest"); err != nil {
		return err
	}
	for _, n := range []string{name, name + "-db", name + "-cache", name + "-queue", name + "-mail"} {
		if _, err := docker("run", "-d", "--name", n, "--network", "none", "bench", "sh", "-c",
			"for i in 1 2 3 4 5 6 7 8 9; do sleep 100000 & done; wait"); err != nil {
			return err
		}
	}
	return nil
}

// docker runs docker's client, and returns what it printed.
func docker(args ...string) (string, error) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	c := exec.CommandContext(ctx, "docker", args...)
	c.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=/", "DOCKER_HOST=" + os.Getenv("DOCKER_HOST")}
	var said bytes.Buffer
	c.Stderr = &said
	out, err := c.Output()
	if err != nil {
		err = errors.Join(fmt.Errorf("docker %s: %w", args[0], err), errors.New(lastLine(said.String())))
	}
	return strings.TrimSpace(string(out)), err
}

func lastLine(s string) string {
	lines := strings.Split(strings.TrimSpace(s), "\n")
	return lines[len(lines)-1]
}
