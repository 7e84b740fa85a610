package connector

import (
	"encoding/binary"
	"errors"
	"os"
	"os/exec"
	"testing"
	"time"

	"bones/procwalk/leaktest"
	"bones/procwalk/proctest"

	"golang.org/x/sys/unix"
)

func TestMain(m *testing.M) { leaktest.Main(m) }

// TestMessages: a process that the test starts is told of when it is made, runs another program, and ends, with its
// status; its threads are not.
func TestMessages(t *testing.T) {
	c, err := Open()
	if err != nil {
		proctest.Missing(t, "process events: %v", err)
	}
	defer c.Close()
	deadline := time.AfterFunc(proctest.Patience, func() { c.Close() })
	defer deadline.Stop()
	for !told(t, c) { // others on the machine made more than fits: once more
	}
}

// told runs a program and looks at what is told of it; false if some of it was lost.
func told(t *testing.T, c *Conn) bool {
	cmd := exec.Command("sh", "-c", "exit 7")
	if err := cmd.Run(); err == nil {
		t.Fatal("it ended with 0")
	}
	var seen []What
	for {
		m, err := c.Read()
		if errors.Is(err, ErrLost) {
			return false
		}
		if err != nil {
			t.Fatalf("after %x: %v", seen, err)
		}
		if m.PID != cmd.Process.Pid {
			continue
		}
		seen = append(seen, m.What)
		if m.What == Fork && m.Parent != os.Getpid() {
			t.Errorf("its parent is %d", m.Parent)
		}
		if m.What == Exit {
			if m.Status.ExitStatus() != 7 {
				t.Errorf("its status is %x", m.Status)
			}
			break
		}
	}
	if len(seen) != 3 || seen[0] != Fork || seen[1] != Exec {
		t.Errorf("it was told %x", seen)
	}
	return true
}

// TestCloseEndsRead: whoever waits is not left behind.
func TestCloseEndsRead(t *testing.T) {
	c, err := Open()
	if err != nil {
		proctest.Missing(t, "process events: %v", err)
	}
	ended := make(chan error)
	go func() {
		for {
			if _, err := c.Read(); err != nil && !errors.Is(err, ErrLost) {
				ended <- err
				return
			}
		}
	}()
	c.Close()
	if err := <-ended; !errors.Is(err, os.ErrClosed) {
		t.Error(err)
	}
}

// TestParse: threads and other messages are none.
func TestParse(t *testing.T) {
	native := binary.NativeEndian
	message := func(what What, fields ...uint32) []byte {
		b := make([]byte, 76)
		native.PutUint32(b[16:], 1)
		native.PutUint32(b[20:], 1)
		native.PutUint32(b[36:], uint32(what))
		native.PutUint64(b[44:], 5e9)
		for i, f := range fields {
			native.PutUint32(b[52+4*i:], f)
		}
		return b
	}
	for name, x := range map[string]struct {
		b    []byte
		want Message
		ok   bool
	}{
		"fork":   {message(Fork, 1, 1, 20, 20), Message{What: Fork, PID: 20, Parent: 1, Since: 5 * time.Second}, true},
		"thread": {message(Fork, 1, 1, 21, 20), Message{}, false},
		"exec":   {message(Exec, 20, 20), Message{What: Exec, PID: 20, Since: 5 * time.Second}, true},
		"exit": {message(Exit, 20, 20, 0x0100, 17, 1, 1), Message{What: Exit, PID: 20, Parent: 1, Since: 5 * time.Second,
			Status: unix.WaitStatus(0x0100)}, true},
		"thread ends": {message(Exit, 21, 20, 0), Message{}, false},
		"comm":        {message(0x200, 20, 20), Message{}, false},
		"short":       {message(Exec, 20, 20)[:60], Message{}, false},
		"no process":  {message(Exec, 0, 0), Message{}, false},
	} {
		if got, ok := Parse(x.b); ok != x.ok || ok && got != x.want {
			t.Errorf("%s: %+v, %v", name, got, ok)
		}
	}
}
