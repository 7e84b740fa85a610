package main

import (
	"bufio"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"bones/procwalk/proctest"
	"bones/procwalk/rootfs/rootfstest"

	"golang.org/x/sys/unix"
)

// startDeaf starts a process in whose root /fuse never answers a sort of request.
func startDeaf(t *testing.T, program string, opcode int) (pid string) {
	t.Helper()
	c := exec.Command(program, t.TempDir(), strconv.Itoa(opcode))
	c.SysProcAttr = &unix.SysProcAttr{Cloneflags: unix.CLONE_NEWNS | unix.CLONE_NEWPID, Pdeathsig: unix.SIGKILL}
	c.Stderr = os.Stderr
	out, err := c.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		c.Process.Kill()
		c.Wait()
	})
	if line, err := bufio.NewReader(out).ReadString('\n'); err != nil || line != "ready\n" {
		t.Fatalf("%q %v", line, err)
	}
	return strconv.Itoa(c.Process.Pid)
}

// TestDeafFileSystemInTheUI goes into a file system that stops answering: keys are answered meanwhile, and the shell
// is back after q. It stops at one point of looking up, of listing and of reading; with a soak at each of the two that
// the UI comes to in these ways. The client is tried with all of them by TestDeafFileSystem.
func TestDeafFileSystemInTheUI(t *testing.T) {
	needRoot(t)
	program := proctest.Build(t, t.TempDir(), "bones/testdata/deaf")
	for name, opcode := range map[string]int{"lookup": rootfstest.Lookup, "getattr": rootfstest.Getattr,
		"opendir": rootfstest.Opendir,
		"readdir": rootfstest.Readdir, "open": rootfstest.Open, "read": rootfstest.Read} {
		if slices.Contains([]string{"lookup", "opendir", "open"}, name) && proctest.Soak(0, 1) == 0 {
			continue
		}
		t.Run(name, func(t *testing.T) {
			t.Parallel() // most of the time is waiting for what does not answer
			s := newTerminal(t, 120, 40)
			modes := s.modes()
			pid := startDeaf(t, program, opcode)
			s.start("-d 1") // each refresh costs, and none is waited for
			s.keys(":")
			s.line(pid)
			s.until("the process", contains("-p "+pid))
			s.keys("5")
			s.until("its files", contains("root of PID "+pid))
			var slowest time.Duration
			answers := func() {
				t.Helper()
				for range 3 {
					begun := time.Now()
					s.keys("?")
					s.until("the help", contains("Keys ("))
					slowest = max(slowest, time.Since(begun))
					s.keys("Escape")
					s.until("no help", func(screen string) bool { return !strings.Contains(screen, "Keys (") })
				}
			}
			answers()
			usual := slowest // on this host, with what else it has to do
			s.keys(":")
			s.line("cd /fuse")
			s.until("the directory", contains("): /fuse"))
			answers()
			if name == "open" || name == "read" || name == "getattr" || name == "lookup" {
				// The directory itself is listed; its file is what does not answer. Or it is known that it cannot be.
				s.until("the file, or why there is none", func(screen string) bool {
					return strings.Contains(screen, "1 entry") || strings.Contains(screen, "does not answer")
				})
			}
			s.keys("Enter")
			answers()
			if name != "lookup" && name != "getattr" { // of these two nothing is there to wait for any more
				s.keys("r")
			}
			s.until("what is wrong", func(screen string) bool {
				return strings.Contains(screen, "does not answer")
			})
			s.keys("Enter") // one more is under way
			begun := time.Now()
			s.keys("q")
			s.until("the shell", atShell)
			back := time.Since(begun)
			t.Logf("keys were answered within %v, the shell was back after %v (tmux included)",
				slowest.Round(time.Millisecond), back.Round(time.Millisecond))
			// The file system would keep us waiting for ever, and bones itself gives up after three seconds.
			if slowest > 2*time.Second+10*usual || back > 4*time.Second+10*usual {
				t.Errorf("keys %v, shell %v", slowest, back)
			}
			s.restored(modes)
		})
	}
}
