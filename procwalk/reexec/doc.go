// Package reexec starts this binary again in a part of its own, and talks with it: one way for all that has to be
// done in another process, because it may hang for ever, because it must be in other namespaces, or because it must
// not be this one that dies.
//
// A part is registered under a word by the package that it belongs to. Started with that word as argument 1, the
// program becomes the part before anything else runs, in main and in test programs alike. What the two say to each
// other goes over a Conn or an Encoder and a Decoder, on which no zero, no empty text and no byte of a name gets
// lost, and errors keep what they are (Errors).
package reexec

import (
	"fmt"
	"os"
	"os/exec"
	"strings"
	"syscall"

	"bones/procwalk/crash"
	"bones/procwalk/fault"
)

// Self is this program, whatever lies under its name by now. Source: proc_pid_exe(5).
const Self = "/proc/self/exe"

// name is argument 0 of a program that is started again.
const name = "bones"

// Register makes this process a part of the program if it was started with word as argument 1: run gets the
// arguments behind the word and returns the exit status, and the process ends. Otherwise Register does nothing. It
// is called by init functions; run so has the process for itself, on its first thread.
func Register(word string, run func(args []string) int) {
	if len(os.Args) > 1 && os.Args[1] == word {
		defer crash.Caught()
		os.Exit(run(os.Args[2:]))
	}
}

// Report says on standard error why a part has failed, and returns its exit status: 0 where err is nil, else 1.
func Report(err error) int {
	if err == nil {
		return 0
	}
	line := fault.Line(err)
	if name := fault.ErrnoName(err); name != "" && !strings.Contains(line, name) {
		line += " (" + name + ")" // whoever looks it up needs the kernel's name
	}
	fmt.Fprintln(os.Stderr, name+": "+line)
	return 1
}

// Command starts this program again with these arguments, the first of which is the word of a part as a rule. The
// process has nothing of ours but what the caller adds: no standard streams, but the environment.
func Command(args ...string) *exec.Cmd {
	c := exec.Command(Self, args...)
	c.Args[0] = name
	return c
}

// Start is Command for those who say every descriptor by its number. It returns the PID, for which the caller has
// to wait.
func Start(args []string, attr *syscall.ProcAttr) (pid int, err error) {
	pid, _, err = syscall.StartProcess(Self, append([]string{name}, args...), attr)
	return pid, err
}

// SetName sets the name that ps shows for this process, of up to 15 bytes: started through Self, it would be called
// exe. Where that cannot be done nothing else is wrong.
//
// Source: proc_pid_comm(5).
func SetName(name string) { os.WriteFile("/proc/self/comm", []byte(name), 0) }
