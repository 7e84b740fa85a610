// Command bench measures bones beside the tools it competes with, on 5,000 processes in 100 containers' worth of
// namespaces, and prints which goals are met. It needs root, takes some ten minutes, and touches nothing on the host:
// all is in a pid and a mount namespace of its own, and ends with it. The containers that have names are those of a
// Docker engine in there.
//
//	go run ./testdata/bench [-bones FILE] [-rounds N] [-short] [-readme FILE] [-only PART]
//	go run ./testdata/bench [-bones FILE] -run COMMAND [-groups N]
//
// What is compared is measured in the same run and in turns, and the median counts. The exit status is 0 also when a
// goal is missed: the machine may be slow or busy.
package main

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
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
	var o options
	flag.StringVar(&o.Bones, "bones", "", "the binary to measure (default: built from the sources)")
	flag.IntVar(&o.Rounds, "rounds", 7, "how often each command is run")
	flag.StringVar(&o.Only, "only", "", "measure this `part` alone: record, ui, named, earlier, or hostile")
	flag.BoolVar(&o.short, "short", false, "leave out what takes ten minutes")
	flag.StringVar(&o.Readme, "readme", "", "write the table into this `file`, too")
	flag.IntVar(&o.Sets, "groups", 100, "with -run: how many groups of 50 processes the world has")
	flag.StringVar(&o.Run, "run", "", "in place of measuring, run this shell `command` in the world, with $bones")
	inside := flag.String("inside", "", "for its own use: already in the namespaces, with all of this as JSON")
	flag.Parse()
	if *inside != "" {
		if err := json.Unmarshal([]byte(*inside), &o); err != nil {
			return err
		}
		switch {
		case o.Part == "stays":
			return leave(o.Stayed, stays(o))
		case o.Part == "names":
			return leave(o.Named, names(o))
		case o.Run != "":
			return runInWorld(o.Run, o.Sets)
		}
		return measure(o)
	}
	if os.Geteuid() != 0 {
		return errors.New("needs root: makes namespaces")
	}
	dir, err := os.MkdirTemp("", "bench")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	if err := o.build(dir); err != nil {
		return err
	}
	o.Groups = fmt.Sprintf("bones-bench-%d", os.Getpid())
	defer func() { // unless the measuring has done it
		if mounts, err := allHierarchies(); err == nil {
			killGroups(mounts, o.Groups)
			removeGroups(mounts, o.Groups)
		}
	}()
	if o.Run == "" && (o.Only == "" || o.Only == "named") {
		o.Named = filepath.Join(dir, "named.json")
		c, err := o.world("names", 0)
		if err == nil {
			err = c.Run()
		}
		if err != nil {
			return err
		}
	}
	if o.Only == "" && o.Run == "" && !o.short {
		o.Stayed = filepath.Join(dir, "stayed.json")
		c, err := o.world("stays", syscall.CLONE_NEWPID)
		if err == nil {
			err = c.Start()
		}
		if err != nil {
			return err
		}
		defer func() {
			c.Process.Kill() // the first process of its namespace, whose others end with it
			c.Wait()
		}()
	}
	c, err := o.world("", syscall.CLONE_NEWPID)
	if err != nil {
		return err
	}
	return c.Run()
}

// options are what is measured, and how.
type options struct {
	Bones  string
	Rounds int
	Only   string
	Readme string
	Run    string
	Sets   int
	short  bool

	// For the part inside of the namespaces.
	Groups    string // name of our control groups
	Hello     string // the smallest program of Go
	Earlier   string // bones as of the commit earlier
	NoEarlier string // why there is no such thing
	Part      string // what this world is for; empty: for the most
	Stayed    string // the files in which other worlds leave what they measured; empty: they measure nothing
	Named     string
}

// build builds what is measured.
func (o *options) build(dir string) (err error) {
	if o.Bones == "" {
		o.Bones = filepath.Join(dir, "bones")
		build := exec.Command("go", "build", "-o", o.Bones, "bones/cmd/bones")
		build.Env = append(os.Environ(), "CGO_ENABLED=0")
		build.Stderr = os.Stderr
		if err := build.Run(); err != nil {
			return fmt.Errorf("building bones: %w", err)
		}
	}
	if o.Bones, err = filepath.Abs(o.Bones); err != nil {
		return err
	}
	if o.Run != "" {
		return nil
	}
	o.Hello = filepath.Join(dir, "hello")
	if err := buildHello(o.Hello); err != nil {
		fmt.Fprintln(os.Stderr, "bench: the smallest program of Go cannot be built:", err)
	}
	if o.Only == "" || o.Only == "earlier" {
		o.Earlier, o.NoEarlier = buildEarlier(dir)
	}
	return nil
}

// world is this program again, in a mount namespace of its own and in what namespaces are given besides.
func (o options) world(part string, namespaces uintptr) (*exec.Cmd, error) {
	o.Part = part
	b, err := json.Marshal(o)
	if err != nil {
		return nil, err
	}
	c := exec.Command(reexec.Self, "-inside", string(b))
	c.Stdin, c.Env = os.Stdin, append(os.Environ(), "bones="+o.Bones)
	c.Stdout, c.Stderr = os.Stdout, os.Stderr
	c.SysProcAttr = &syscall.SysProcAttr{
		Cloneflags: syscall.CLONE_NEWNS | namespaces,
		Pdeathsig:  syscall.SIGKILL,
	}
	return c, nil
}

// runInWorld makes the world and gives it to a command, a profiler for example.
func runInWorld(command string, groups int) error {
	if err := begin(true); err != nil {
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
