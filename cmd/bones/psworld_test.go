package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"time"

	"bones/procwalk"

	"bones/procwalk/reexec"

	"github.com/creack/pty"

	"golang.org/x/sys/unix"
)

// worldMain is the first process of the namespace: it makes the others, then carries out orders until its input ends.
func worldMain() int {
	out := json.NewEncoder(os.Stdout)
	b := &worldBuilder{dir: os.Getenv("WORLD_DIR")}
	if err := b.build(); err != nil {
		out.Encode(psAnswer{Failed: err.Error()})
		return 1
	}
	out.Encode(psAnswer{PID: b.dead})
	in := json.NewDecoder(os.Stdin)
	for {
		var o psOrder
		if in.Decode(&o) != nil {
			return 0 // the kernel ends all the others with us
		}
		out.Encode(b.carryOut(o))
	}
}

// leafMain is a process that a shell cannot be.
func leafMain(role string) {
	// The environment would be read by children only; there are none.
	switch role {
	case "locked":
		page := make([]byte, 8192)
		if err := unix.Mlock(page); err != nil {
			os.Exit(1)
		}
		defer runtime.KeepAlive(page)
	case "deadleader":
		// init runs on the first thread; the others go on without it.
		go func() { select {} }()
		go blockForever()
		time.Sleep(50 * time.Millisecond) // so that the other thread exists; nobody waits for this
		unix.RawSyscall(unix.SYS_EXIT, 0, 0, 0)
	}
	blockForever()
}

// blockForever waits in the kernel for input that never comes.
func blockForever() {
	runtime.LockOSThread()
	var b [1]byte
	for {
		unix.Read(0, b[:])
	}
}

type worldBuilder struct {
	dir   string
	quiet *os.File // what nothing ever comes from
	keep  []any    // open ends, and processes
	dead  int      // the process whose first thread has ended
	err   error
}

// start runs a program under the name argv[0]; change adjusts the rest.
func (b *worldBuilder) start(path string, argv []string, change func(*exec.Cmd)) *exec.Cmd {
	cmd := &exec.Cmd{Path: path, Args: argv, Stdin: b.quiet, Dir: "/", Env: []string{"PATH=/usr/bin:/bin"}}
	if change != nil {
		change(cmd)
	}
	if err := cmd.Start(); err != nil && b.err == nil {
		b.err = fmt.Errorf("%q: %w", argv, err)
	}
	b.keep = append(b.keep, cmd)
	return cmd
}

// cat runs cat, which waits for its input and has no other argument.
func (b *worldBuilder) cat(name string, change func(*exec.Cmd)) *exec.Cmd {
	return b.start("/bin/cat", []string{name}, change)
}

// named runs cat as an executable of this file name, which becomes its comm.
func (b *worldBuilder) named(name string) {
	link := filepath.Join(b.dir, name)
	if err := os.Symlink("/bin/cat", link); err != nil && b.err == nil {
		b.err = err
	}
	b.start(link, []string{name}, nil)
}

func attr(change func(*syscall.SysProcAttr)) func(*exec.Cmd) {
	return func(cmd *exec.Cmd) {
		cmd.SysProcAttr = &syscall.SysProcAttr{}
		change(cmd.SysProcAttr)
	}
}

func (b *worldBuilder) build() error {
	if err := unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, ""); err != nil {
		return fmt.Errorf("making mounts private: %w", err)
	}
	if err := unix.Mount("proc", "/proc", "proc", 0, ""); err != nil {
		return fmt.Errorf("mounting /proc: %w", err)
	}
	if err := os.Chmod(b.dir, 0o755); err != nil {
		return err
	}
	r, w, err := os.Pipe()
	if err != nil {
		return err
	}
	b.quiet, b.keep = r, append(b.keep, w)

	b.users()
	b.names()
	b.arguments()
	b.scheduling()
	b.groups()
	b.shells()
	b.leaves()
	if b.err != nil {
		return b.err
	}
	return psWaitFor("all processes asleep", b.settled)
}

func (b *worldBuilder) users() {
	passwd, err := os.ReadFile("/etc/passwd")
	if err != nil {
		b.err = err
	}
	for line := range strings.Lines(string(passwd)) {
		if f := strings.Split(line, ":"); len(f) > 3 {
			uid, _ := strconv.Atoi(f[2])
			gid, _ := strconv.Atoi(f[3])
			b.user(uint32(uid), uint32(gid), nil)
		}
	}
	b.user(123456, 654321, []uint32{1, 2, 99999, 100})
	b.user(12345678, 12345678, nil)
	b.user(4294967294, 4294967294, []uint32{4294967294})
	b.user(100000, 5, []uint32{0, 4, 5, 20, 24, 25, 27, 29, 30, 44, 46})
}

func (b *worldBuilder) user(uid, gid uint32, groups []uint32) {
	b.cat("of user "+strconv.FormatUint(uint64(uid), 10), attr(func(a *syscall.SysProcAttr) {
		a.Credential = &syscall.Credential{Uid: uid, Gid: gid, Groups: groups}
	}))
}

func (b *worldBuilder) names() {
	for _, name := range []string{
		"new\nline", "esc\x1b[31mred", "tab\ttab", "del\x7f", "日本語", "cut\xe6\x97", "é", "e\u0301combining", "(paren) 1 2 3",
		"a) R 1 1", "back\\slash", "c1\xc2\x9b", "bad\xff\xfe", "bad\xffthen é", "😀 emoji", "ééééééééééééé", " blank ",
		"-dash",
		"[brackets]", "0123456789abcdefghij", "\xf4\x90\x80\x80", "\xed\xa0\x80", "\xc0\xaf", "ﬁ", "한글", "\u0378",
	} {
		b.named(name)
	}
}

func (b *worldBuilder) arguments() {
	for _, args := range [][]string{
		{"sh", "-c", "read x", "new\nline", "tab\t", "esc\x1b]0;title\a"},
		{"sh", "-c", "read x", "", "", "empty", ""},
		{"sh", "-c", "read x", strings.Repeat("long ", 1000)},
		{"sh", "-c", "read x", strings.Repeat("x", 60000), strings.Repeat("y", 60000), strings.Repeat("z", 60000)},
		{"sh", "-c", "read x", strings.Repeat("日本", 40), "after"},
		{"sh", "-c", "read x", "cut\xe6\x97", "é after cut"},
		{"sh", "-c", "read x", "\xff", "日本 after invalid"},
		{"sh", "-c", "read x", strings.Repeat("e\u0301", 50)},
		{"sh", "-c", "read x", "\xc2\x80 C1 \xc2\x9b", "é"},
		{"sh", "-c", "read x", "trailing blank "},
		{"sh", "-c", "read x", "back\\slash \\x1b"},
		{"", "-c", "read x"},
		{"-sh", "-c", "read x"},
		{"日", "-c", "read x"},
	} {
		b.start("/bin/sh", args, nil)
	}
	b.cat("", nil)
	b.cat("\n", nil)
	b.cat(" ", nil)
	b.cat("\x1b", nil)
	for _, title := range []string{`worker: idle`, `ends in blank `, `two\nlines\n`, ``, `日本語 title`, `\xff bad`} {
		b.start("/usr/bin/perl", []string{"perl", "-e", `$0 = "` + title + `"; sysread(STDIN, $x, 1)`, "an argument"}, nil)
	}
}

func (b *worldBuilder) scheduling() {
	for nice := -20; nice <= 19; nice += 13 {
		b.renice(b.cat(fmt.Sprintf("nice %d", nice), nil), nice)
	}
	for policy, priority := range map[uint32]uint32{unix.SCHED_FIFO: 7, unix.SCHED_RR: 99, unix.SCHED_BATCH: 0,
		unix.SCHED_IDLE: 0} {
		cmd := b.cat(fmt.Sprintf("policy %d", policy), nil)
		if cmd.Process == nil {
			continue
		}
		err := unix.SchedSetAttr(cmd.Process.Pid, &unix.SchedAttr{Size: unix.SizeofSchedAttr, Policy: policy,
			Priority: priority}, 0)
		if err != nil && policy != unix.SCHED_FIFO && policy != unix.SCHED_RR && b.err == nil {
			b.err = err // real time may be forbidden by the cpu cgroup
		}
	}
}

func (b *worldBuilder) renice(cmd *exec.Cmd, nice int) {
	if cmd.Process == nil {
		return
	}
	if err := unix.Setpriority(unix.PRIO_PROCESS, cmd.Process.Pid, nice); err != nil && b.err == nil {
		b.err = err
	}
}

// groups makes sessions and process groups, some on a terminal, in the foreground or not, some stopped.
func (b *worldBuilder) groups() {
	for range 3 {
		b.cat("session leader", attr(func(a *syscall.SysProcAttr) { a.Setsid = true }))
		b.cat("group leader", attr(func(a *syscall.SysProcAttr) { a.Setpgid = true }))
	}
	for range 2 {
		cmd := b.cat("stopped", nil)
		if cmd.Process != nil {
			cmd.Process.Signal(syscall.SIGSTOP)
		}
	}
	for range 3 {
		master, slave, err := pty.Open()
		if err != nil {
			b.err = err
			return
		}
		b.keep = append(b.keep, master)
		b.start("/bin/sh", []string{"on-a-terminal", "-c", `set -m; cat <&3 & nice cat <&3 & cat <&3`}, func(cmd *exec.Cmd) {
			cmd.Stdin, cmd.Stdout, cmd.Stderr, cmd.ExtraFiles = slave, slave, slave, []*os.File{b.quiet}
			cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true, Ctty: 0}
		})
		slave.Close()
	}
}

// shells makes families: zombies, orphans, a deep chain.
func (b *worldBuilder) shells() {
	fd3 := func(cmd *exec.Cmd) { cmd.ExtraFiles = []*os.File{b.quiet} }
	for range 2 {
		b.start("/bin/sh", []string{"parent-of-zombie", "-c", `true & exec cat`}, nil)
		b.start("/bin/sh", []string{"parent-of-orphan", "-c", `(cat <&3 & sh -c 'cat <&3 & cat <&3' & ) ; exec true`}, fd3)
		b.start("/bin/sh", []string{"family", "-c", `cat <&3 & (cat <&3 & cat <&3) & cat <&3 & wait`}, fd3)
	}
	script := filepath.Join(b.dir, "chain")
	if err := os.WriteFile(script, []byte(`if [ "$1" -gt 0 ]; then sh "$0" $(($1 - 1)) & fi; cat <&3 & wait`),
		0o644); err != nil {
		b.err = err
	}
	b.start("/bin/sh", []string{"sh", script, "40"}, fd3)
}

// leaves run a copy of the test binary: how much of itself a program shares would change with each run of bones.
func (b *worldBuilder) leaves() {
	leaf := filepath.Join(b.dir, "leaf")
	binary, err := os.ReadFile(reexec.Self)
	if err == nil {
		err = os.WriteFile(leaf, binary, 0o755)
	}
	if err != nil {
		b.err = err
	}
	for _, role := range []string{"threads", "threads", "locked", "locked", "deadleader"} {
		cmd := b.start(leaf, []string{role, leafWord, role}, nil)
		if role == "deadleader" && cmd.Process != nil {
			b.dead = cmd.Process.Pid
		}
	}
}

// settled reports whether the processes have come to rest: all there, and none running.
func (b *worldBuilder) settled() bool {
	dirs, err := filepath.Glob("/proc/[0-9]*/stat")
	if err != nil || len(dirs) < 130 {
		return false
	}
	zombies, dead := 0, 0
	for _, file := range dirs {
		stat, err := os.ReadFile(file)
		if err != nil {
			return false
		}
		var s procwalk.Stat
		if procwalk.ParseStat(stat, &s) != nil {
			return false
		}
		switch {
		case file == "/proc/1/stat" || s.State == 'S' || s.State == 'T':
		case s.State == 'Z':
			zombies++
			if s.NumThreads != 1 {
				dead++
			}
		default:
			return false
		}
	}
	return zombies >= 5 && dead == 1
}

// carryOut runs one command as a child and returns what it printed.
func (b *worldBuilder) carryOut(o psOrder) (a psAnswer) {
	cmd := exec.Command("ps", o.Argv[1:]...)
	cmd.Env = append(o.Env, "PATH="+os.Getenv("PATH"))
	if o.Argv[0] == "bones" {
		cmd.Path, cmd.Err = os.Getenv("WORLD_BONES"), nil
		cmd.Args = append([]string{"bones", "ps"}, o.Argv[1:]...)
	}
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	var err error
	if o.Cols > 0 {
		err = onTerminal(cmd, o.Cols, &out)
	} else {
		err = cmd.Run()
	}
	if err != nil {
		a.Failed = err.Error()
	}
	if cmd.Process != nil {
		a.PID = cmd.Process.Pid
	}
	a.Out, a.Err = out.Bytes(), errs.Bytes()
	return a
}

// onTerminal runs cmd with its output on a terminal of so many columns.
func onTerminal(cmd *exec.Cmd, cols int, out io.Writer) error {
	master, slave, err := pty.Open()
	if err != nil {
		return err
	}
	defer master.Close()
	if err := pty.Setsize(master, &pty.Winsize{Rows: 24, Cols: uint16(cols)}); err != nil {
		slave.Close()
		return err
	}
	cmd.Stdout = slave
	err = cmd.Start()
	slave.Close()
	if err != nil {
		return err
	}
	io.Copy(out, master) // ends with EIO when the last holder of the other side is gone
	return cmd.Wait()
}
