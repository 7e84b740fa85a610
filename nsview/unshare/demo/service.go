package demo

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"strconv"
	"syscall"
	"time"

	"bones/procwalk/reexec"

	"golang.org/x/sys/unix"
)

const (
	serviceName = "demo-service"
	workerName  = "demo-worker"
	workers     = 2
	ballast     = 8 << 20 // bytes that the service holds, so that its memory is worth a look
	heartbeat   = "/tmp/heartbeat"
	binary      = "/bin/bones" // the container's own copy of the program
	// the descriptor on which the first process says what goes wrong, beyond those that are in use
	said = 100
)

// service is what ServiceCommand starts: PID 1 of the container. It serves nothing. It holds some memory,
// writes a line to a file every two seconds, keeps two workers, and ends when it is told to.
func service() error {
	if os.Getpid() != 1 {
		return errors.New("this is the first process of a demo and nothing else")
	}
	reexec.SetName(serviceName)
	unix.Close(said) // now whoever started the demo goes on, and looks at it
	signals := make(chan os.Signal, 8)
	signal.Notify(signals, unix.SIGTERM, unix.SIGINT, unix.SIGCHLD)
	memory := make([]byte, ballast)
	for i := 0; i < len(memory); i += os.Getpagesize() {
		memory[i] = 1
	}
	for n := range workers {
		attr := &syscall.ProcAttr{Files: []uintptr{0, 1, 2}, Env: os.Environ(), Dir: "/"}
		// By its name in here, which whoever looks at the demo is to see.
		if _, _, err := syscall.StartProcess(binary, []string{binary, WorkerCommand, strconv.Itoa(n + 1)},
			attr); err != nil {
			return err
		}
	}
	tick := time.NewTicker(2 * time.Second)
	defer tick.Stop()
	for beats := 1; ; beats++ {
		line := fmt.Sprintf("%s beat %d, %d bytes held\n", time.Now().UTC().Format(time.RFC3339), beats, len(memory))
		if err := os.WriteFile(heartbeat, []byte(line), 0o644); err != nil {
			return err
		}
		for waiting := true; waiting; {
			select {
			case <-tick.C:
				waiting = false
			case s := <-signals:
				if s != unix.SIGCHLD {
					return nil // with PID 1 all others of the namespace end
				}
				reap()
			}
		}
	}
}

// reap collects whoever has ended: PID 1 inherits every orphan.
func reap() {
	for {
		pid, err := unix.Wait4(-1, nil, unix.WNOHANG, nil)
		if err != unix.EINTR && pid <= 0 {
			return
		}
	}
}

// worker is what WorkerCommand starts: it uses a little CPU time every second.
func worker() error {
	reexec.SetName(workerName)
	sum := sha256.Sum256(nil)
	for range time.Tick(time.Second) {
		for range 2000 {
			sum = sha256.Sum256(sum[:])
		}
	}
	return nil
}
