package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"bones/procwalk/mountinfo"
	"bones/procwalk/reexec"
)

// busyOnes is how many processes of each container work now and then.
const busyOnes = 2

// startBusy starts a shell that computes a little four times a second, without a process of its own for it.
func startBusy() error {
	_, err := startReady("/bin/bash", []string{"worker", "-c", `exec 4<> <(:); printf x >&3; exec 3>&-
		while :; do read -t 0.25 -u 4; for ((i = 0; i < 300; i++)); do :; done; done`}, nil)
	return err
}

// containers are processes in namespaces and control groups of their own, named as docker names them.
type containers struct {
	name   string // of the group that holds all of ours
	mounts []string
	pids   []int
}

// limits are what docker run sets with --memory 256m --pids-limit 100 --cpus 2, in either version.
var limits = [][2]string{{"memory.max", "268435456"}, {"memory.limit_in_bytes", "268435456"}, {"pids.max", "100"},
	{"cpu.max", "200000 100000"}, {"cpu.cfs_quota_us", "200000"}}

// startContainers starts count containers of size processes each.
func startContainers(name string, count, size int) (c *containers, err error) {
	c = &containers{name: name}
	defer func() {
		if err != nil {
			err = errors.Join(err, c.end())
		}
	}()
	if c.mounts, err = hierarchies(); err != nil {
		return c, err
	}
	for i := range count {
		args := []string{"bench", "group", strconv.Itoa(i), strconv.Itoa(size)}
		for _, mount := range c.mounts {
			top := filepath.Join(mount, name)
			dir := filepath.Join(top, "docker", fmt.Sprintf("%064x", 0xb0e5<<32+i))
			if err := os.MkdirAll(dir, 0o755); err != nil {
				return c, err
			}
			for _, up := range []string{mount, top, filepath.Join(top, "docker")} {
				for _, controller := range []string{"+memory", "+cpu", "+pids", "+io"} { // version 1 has no such file
					os.WriteFile(filepath.Join(up, "cgroup.subtree_control"), []byte(controller), 0)
				}
			}
			for _, l := range limits {
				os.WriteFile(filepath.Join(dir, l[0]), []byte(l[1]), 0) // each hierarchy has only its own
			}
			args = append(args, dir)
		}
		pid, err := startReady(reexec.Self, args, &syscall.SysProcAttr{Setsid: true, Cloneflags: syscall.CLONE_NEWPID |
			syscall.CLONE_NEWNS | syscall.CLONE_NEWUTS | syscall.CLONE_NEWIPC | syscall.CLONE_NEWNET})
		if pid > 1 {
			c.pids = append(c.pids, pid)
		}
		if err != nil {
			return c, fmt.Errorf("container %d: %w", i, err)
		}
	}
	return c, nil
}

// hierarchies are where the control groups of this host are mounted, but for that of cpuset: that takes no process
// before it is told of processors, and nothing is recorded of it.
func hierarchies() ([]string, error) {
	dirs, err := allHierarchies()
	return slices.DeleteFunc(dirs, func(dir string) bool { return strings.Contains(dir, "cpuset") }), err
}

func allHierarchies() (dirs []string, err error) {
	f, err := os.Open("/proc/self/mountinfo")
	if err != nil {
		return nil, err
	}
	defer f.Close()
	list, err := mountinfo.Read(f)
	if err != nil {
		return nil, err
	}
	for _, m := range list {
		if strings.HasPrefix(m.FSType.Raw(), "cgroup") {
			dirs = append(dirs, m.Point.Raw())
		}
	}
	if len(dirs) == 0 {
		return nil, errors.New("no control groups are mounted")
	}
	return dirs, nil
}

// end ends the processes, and removes the groups.
func (c *containers) end() error {
	for _, pid := range c.pids {
		unix.Kill(pid, unix.SIGKILL) // it is the init of its namespace: the others end with it
	}
	for _, pid := range c.pids {
		var status unix.WaitStatus
		unix.Wait4(pid, &status, 0, nil)
	}
	return removeGroups(c.mounts, c.name)
}

// removeGroups removes groups with those in them.
func removeGroups(mounts []string, name string) error {
	var left error
	for _, mount := range mounts {
		var dirs []string // those around others first
		filepath.WalkDir(filepath.Join(mount, name), func(path string, d os.DirEntry, err error) error {
			if err == nil && d.IsDir() {
				dirs = append(dirs, path)
			}
			return nil
		})
		for _, dir := range slices.Backward(dirs) {
			var err error
			for range 100 { // a group is empty a moment after its last process has ended
				if err = unix.Rmdir(dir); err != unix.EBUSY {
					break
				}
				time.Sleep(20 * time.Millisecond)
			}
			if err != nil && err != unix.ENOENT {
				left = errors.Join(left, fmt.Errorf("removing %s: %w", dir, err))
			}
		}
	}
	return left
}

// killGroups ends whatever is still in groups: an engine's containers, if the engine did not end them.
func killGroups(mounts []string, name string) {
	for _, mount := range mounts {
		filepath.WalkDir(filepath.Join(mount, name), func(path string, d os.DirEntry, err error) error {
			if err != nil || d.Name() != "cgroup.procs" {
				return nil
			}
			b, _ := os.ReadFile(path)
			for _, word := range strings.Fields(string(b)) {
				if pid, err := strconv.Atoi(word); err == nil && pid > 1 {
					unix.Kill(pid, unix.SIGKILL)
				}
			}
			return nil
		})
	}
}
