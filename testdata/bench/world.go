package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"

	"bones/procwalk/reexec"
	"bones/testdata/hostile/mini"
)

const (
	groupSize = 50 // processes in a group, which is a container's worth of namespaces
	workers   = 4  // children of each service
	binDir    = "/mnt"
)

// services are what the processes of a group look like; %d is filled with the number of the group.
var services = [][]string{
	{"nginx", "nginx: master process /usr/sbin/nginx -g daemon off; -p /srv/%d"},
	{"postgres", "/usr/lib/postgresql/15/bin/postgres", "-D", "/var/lib/postgresql/15/main", "-c",
		"config_file=/etc/postgresql/15/main-%d.conf"},
	{"python3", "/usr/bin/python3", "-m", "gunicorn", "--bind", "0.0.0.0:8000", "--workers", "4", "--worker-class",
		"gthread", "shop.wsgi:application", "--name", "shop-%d"},
	{"java", "/usr/lib/jvm/java-17-openjdk-amd64/bin/java", "-Xms512m", "-Xmx2g", "-XX:+UseG1GC",
		"-Djava.security.egd=file:/dev/./urandom", "-Dspring.profiles.active=production", "-jar", "/app/orders-%d.jar",
		"--server.port=8080"},
	{"memcached", "memcached", "-m", "64", "-c", "1024", "-p", "11211", "-u", "memcache", "-l", "10.0.%d.1"},
	{"redis-server", "redis-server *:6379 [cluster] %d"},
	{"node", "node", "--max-old-space-size=512", "/app/server.js", "--shard", "%d"},
	{"sshd", "sshd: /usr/sbin/sshd -D [listener] 0 of 10-100 startups (%d)"},
	{"php-fpm8.2", "php-fpm: pool www-%d"},
}

// begin makes the place for the world: private mounts, a /proc where there is a pid namespace for it, a directory for
// the programs.
func begin(ownPIDs bool) error {
	if err := unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, ""); err != nil {
		return fmt.Errorf("making the mounts private: %w", err)
	}
	if ownPIDs {
		if err := unix.Mount("proc", "/proc", "proc", 0, ""); err != nil {
			return fmt.Errorf("mounting /proc: %w", err)
		}
	}
	if err := unix.Mount("bench", binDir, "tmpfs", 0, "mode=755"); err != nil {
		return fmt.Errorf("mounting a tmpfs: %w", err)
	}
	programs := map[string]mini.Program{
		"single": {},
		"fan":    {Mode: mini.Fan, Count: workers},
		"run":    {Mode: mini.Run},
	}
	for name, p := range programs {
		if err := p.Write(filepath.Join(binDir, name)); err != nil {
			return err
		}
	}
	links := map[string]string{"tini": "single", "cron": "single"}
	for _, s := range services {
		links[s[0]] = "fan"
	}
	for name, target := range links {
		if err := os.Symlink(target, filepath.Join(binDir, name)); err != nil {
			return err
		}
	}
	return nil
}

// shrink ends all that this program started.
func shrink() {
	all := childrenOf(os.Getpid())
	for _, pid := range all {
		unix.Kill(pid, unix.SIGKILL) // one that is the first of its namespace takes the others with it
	}
	for _, pid := range all {
		unix.Wait4(pid, nil, 0, nil)
	}
}

// grow adds groups, numbered from from to below to. All have a pid, mount, UTS and IPC namespace; the first hundred
// also one for the network, which are dear.
func grow(from, to int) error {
	for i := from; i < to; i++ {
		flags := uintptr(syscall.CLONE_NEWPID | syscall.CLONE_NEWNS | syscall.CLONE_NEWUTS | syscall.CLONE_NEWIPC)
		if i < 100 {
			flags |= syscall.CLONE_NEWNET
		}
		_, err := startReady(reexec.Self, []string{"bench", "group", strconv.Itoa(i), strconv.Itoa(groupSize)},
			&syscall.SysProcAttr{Cloneflags: flags, Setsid: true, Pdeathsig: syscall.SIGKILL})
		if err != nil {
			return fmt.Errorf("group %d: %w", i, err)
		}
	}
	return nil
}

// group is the init of a group: it starts the others, and then becomes a tiny program itself. Its arguments are its
// number, how many processes it has, and the control groups that they are in, if they are not to stay where we are.
func group(args []string) error {
	i, err := strconv.Atoi(args[0]) // descriptor 3 is left to the program that this becomes in the end
	if err != nil {
		return err
	}
	size, err := strconv.Atoi(args[1])
	if err != nil {
		return err
	}
	for _, dir := range args[2:] {
		if err := os.WriteFile(filepath.Join(dir, "cgroup.procs"), []byte("0"), 0); err != nil {
			return err
		}
	}
	if err := unix.Sethostname(fmt.Appendf(nil, "box-%d", i)); err != nil {
		return err
	}
	count := 1
	if len(args) > 2 {
		for range busyOnes {
			if err := startBusy(); err != nil {
				return err
			}
			count++
		}
	}
	for _, s := range services {
		if count+1+workers > size {
			break
		}
		argv := make([]string, len(s)-1)
		for j, a := range s[1:] {
			argv[j] = a
			if strings.Contains(a, "%d") {
				argv[j] = fmt.Sprintf(a, i)
			}
		}
		_, err := startReady(filepath.Join(binDir, s[0]), argv, &syscall.SysProcAttr{Setsid: true})
		if err != nil {
			return fmt.Errorf("%s: %w", s[0], err)
		}
		count += 1 + workers
	}
	for ; count < size; count++ {
		_, err := startReady(filepath.Join(binDir, "cron"), []string{"/usr/sbin/cron", "-f", "-L", strconv.Itoa(count)}, nil)
		if err != nil {
			return err
		}
	}
	return syscall.Exec(filepath.Join(binDir, "tini"), []string{"/sbin/tini", "--", "/entrypoint.sh",
		"box-" + strconv.Itoa(i)}, nil)
}

// startReady starts a program and waits for the byte it writes to its descriptor 3 when it stands.
func startReady(path string, argv []string, sys *syscall.SysProcAttr) (pid int, err error) {
	var pipe [2]int
	if err := unix.Pipe2(pipe[:], unix.O_CLOEXEC); err != nil {
		return 0, err
	}
	defer unix.Close(pipe[0])
	null, err := unix.Open("/dev/null", unix.O_RDWR|unix.O_CLOEXEC, 0)
	if err != nil {
		return 0, err
	}
	defer unix.Close(null)
	pid, err = syscall.ForkExec(path, argv, &syscall.ProcAttr{
		Env: []string{"PATH=/usr/bin:/bin"}, Files: []uintptr{uintptr(null), uintptr(null), 2, uintptr(pipe[1])}, Sys: sys,
	})
	unix.Close(pipe[1])
	if err != nil {
		return 0, err
	}
	for {
		var b [1]byte
		switch n, err := unix.Read(pipe[0], b[:]); {
		case err == unix.EINTR:
		case err != nil:
			return pid, err
		case n == 0:
			return pid, errors.New("it ended before it stood")
		default:
			return pid, nil
		}
	}
}
