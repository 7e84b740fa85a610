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

	"golang.org/x/sys/unix"
)

const (
	serviceName = "demo-service"
	workerName  = "demo-worker"
	workers     = 2
	ballast     = 8 << 20 // bytes that the service holds, so that its memory is worth a look
	heartbeat   = "/tmp/heartbeat"
)

// Service is the hidden command ServiceCommand: PID 1 of the container. It serves nothing. It holds some memory,
// writes a line to a file every two seconds, keeps two workers, and ends when it is told to.
func Service() error {
	if os.Getpid() != 1 {
		return errors.New("this is the first process of a demo and nothing else")
	}
	if err := setName(serviceName); err != nil {
		return err
	}
	signals := make(chan os.Signal, 8)
	signal.Notify(signals, unix.SIGTERM, unix.SIGINT, unix.SIGCHLD)
	memory := make([]byte, ballast)
	for i := 0; i < len(memory); i += os.Getpagesize() {
		memory[i] = 1
	}
	for n := range workers {
		attr := &syscall.ProcAttr{Files: []uintptr{0, 1, 2}, Env: os.Environ(), Dir: "/"}
		if _, _, err := syscall.StartProcess("/bin/bones", []string{"/bin/bones", WorkerCommand, strconv.Itoa(n + 1)}, attr); err != nil {
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

// Worker is the hidden command WorkerCommand: it uses a little CPU time every second.
func Worker() error {
	if err := setName(workerName); err != nil {
		return err
	}
	sum := sha256.Sum256(nil)
	for range time.Tick(time.Second) {
		for range 2000 {
			sum = sha256.Sum256(sum[:])
		}
	}
	return nil
}

// setName sets the name that ps shows. Source: proc_pid_comm(5).
func setName(name string) error {
	f, err := os.OpenFile("/proc/self/comm", os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	_, err = f.WriteString(name)
	return errors.Join(err, f.Close())
}
