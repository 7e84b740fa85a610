// Command bench measures bones beside the tools it competes with, on 5,000 processes in 100 containers' worth of
// namespaces, and prints which goals are met. It needs root, takes some two minutes, and touches nothing on the host:
// all is in a pid and a mount namespace of its own, and ends with it.
//
//	go run ./testdata/bench [-bones FILE] [-rounds N] [-run COMMAND [-groups N]]
//
// What is compared is measured in the same run and in turns, and the median counts. The exit status is 0 also when a
// goal is missed: the machine may be slow or busy.
package main

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"syscall"

	"bones/procwalk/reexec"
)

func main() {
	runtime.LockOSThread() // a parent-death signal belongs to a thread
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func run() error {
	if len(os.Args) > 1 && os.Args[1] == "group" {
		return group(os.Args[2:])
	}
	bones := flag.String("bones", "", "the binary to measure (default: built from the sources)")
	rounds := flag.Int("rounds", 7, "how often each command is run")
	only := flag.String("only", "", "measure this `part` alone: record, or ui")
	sets := flag.Int("groups", 100, "with -run: how many groups of 50 processes the world has")
	inWorld := flag.String("run", "", "in place of measuring, run this shell `command` in the world, with $bones")
	hello := flag.String("hello", "", "for its own use: the smallest program of Go")
	inside := flag.String("inside", "", "for its own use: already in the namespaces, with the name of our control groups")
	flag.Parse()
	switch {
	case *inside != "" && *inWorld != "":
		return runInWorld(*inWorld, *sets)
	case *inside != "":
		return measure(*bones, insideWorld{*inside, *hello}, *rounds, *only)
	}
	if os.Geteuid() != 0 {
		return errors.New("needs root: makes namespaces")
	}
	dir, err := os.MkdirTemp("", "bench")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	if *bones == "" {
		*bones = filepath.Join(dir, "bones")
		build := exec.Command("go", "build", "-o", *bones, "bones/cmd/bones")
		build.Env = append(os.Environ(), "CGO_ENABLED=0")
		build.Stderr = os.Stderr
		if err := build.Run(); err != nil {
			return fmt.Errorf("building bones: %w", err)
		}
	}
	if *bones, err = filepath.Abs(*bones); err != nil {
		return err
	}
	*hello = filepath.Join(dir, "hello")
	if err := buildHello(*hello); err != nil {
		fmt.Fprintln(os.Stderr, "bench: the smallest program of Go cannot be built:", err)
	}
	groups := fmt.Sprintf("bones-bench-%d", os.Getpid())
	defer func() { // unless the measuring has done it
		if mounts, err := hierarchies(); err == nil {
			removeGroups(mounts, groups)
		}
	}()
	inner := exec.Command(reexec.Self, "-inside", groups, "-hello", *hello, "-bones", *bones, "-rounds",
		strconv.Itoa(*rounds), "-only", *only, "-run", *inWorld, "-groups", strconv.Itoa(*sets))
	inner.Stdin, inner.Env = os.Stdin, append(os.Environ(), "bones="+*bones)
	inner.Stdout, inner.Stderr = os.Stdout, os.Stderr
	inner.SysProcAttr = &syscall.SysProcAttr{
		Cloneflags: syscall.CLONE_NEWPID | syscall.CLONE_NEWNS,
		Pdeathsig:  syscall.SIGKILL,
	}
	return inner.Run()
}

// runInWorld makes the world and gives it to a command, a profiler for example.
func runInWorld(command string, groups int) error {
	if err := begin(); err != nil {
		return err
	}
	if err := grow(0, groups); err != nil {
		return err
	}
	c := exec.Command("sh", "-c", command)
	c.Stdin, c.Stdout, c.Stderr = os.Stdin, os.Stdout, os.Stderr
	return c.Run()
}

// buildHello builds the smallest program of Go: what starting one costs.
func buildHello(file string) error {
	source := file + ".go"
	if err := os.WriteFile(source, []byte("package main\n\nfunc main() { println(\"hello\") }\n"), 0o600); err != nil {
		return err
	}
	build := exec.Command("go", "build", "-trimpath", "-ldflags", "-s -w", "-o", file, source)
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	build.Stderr = os.Stderr
	return build.Run()
}
