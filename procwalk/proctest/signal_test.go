package proctest

import (
	"os"
	"os/exec"
	"testing"

	"golang.org/x/sys/unix"
)

func TestSignalRefusesWhatNoTestMade(t *testing.T) {
	const group = 500
	for pid, good := range map[int]bool{0: false, 1: false, -1: false, -group: false, group: false, os.Getpid(): true,
		501: true, -501: true} {
		if err := signalled(pid, group); (err == nil) != good {
			t.Errorf("%d: %v", pid, err)
		}
	}
	c := exec.Command("sleep", "1000")
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	Signal(t, c.Process.Pid, unix.SIGKILL)
	if err := c.Wait(); c.ProcessState.ExitCode() != -1 {
		t.Errorf("it was not ended by the signal: %v", err)
	}
	Signal(t, c.Process.Pid, unix.SIGKILL) // it has ended
}
