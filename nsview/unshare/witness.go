package unshare

import (
	"os"
	"os/signal"
	"syscall"
	"time"

	"bones/procwalk/crash"
	"bones/procwalk/reexec"

	"golang.org/x/sys/unix"
)

// A witness is a process of ours in the same process group that only tells which signals it got. Ctrl-C sends SIGINT
// to the whole foreground group: the program got it as we did, and must not get it twice. `kill -INT` of us alone is
// to be handed on. The kernel knows the difference (si_code), but Go's runtime, which holds the handler, does not tell
// it.
type witness struct {
	process *os.Process
	life    *os.File // closed: it ends
	seen    chan syscall.Signal
}

// witnessCommand is the word under which the program starts itself as a witness.
const witnessCommand = "__unshare-witness"

func init() { reexec.Register(witnessCommand, func([]string) int { return runWitness() }) }

// witnessed are the signals that a terminal sends to a group.
var witnessed = []os.Signal{unix.SIGINT, unix.SIGQUIT}

// startWitness returns nil where there is no terminal that could send signals, or no process can be started: then
// relay judges by the foreground group alone.
func startWitness() *witness {
	tty, err := unix.Open("/dev/tty", unix.O_RDONLY|unix.O_CLOEXEC|unix.O_NOCTTY, 0)
	if err != nil {
		return nil
	}
	unix.Close(tty)
	lifeR, life, err := os.Pipe()
	if err != nil {
		return nil
	}
	defer lifeR.Close()
	reports, reportW, err := os.Pipe()
	if err != nil {
		life.Close()
		return nil
	}
	defer reportW.Close()
	p := reexec.Command(witnessCommand)
	p.Env, p.Stdin, p.Stdout = []string{}, lifeR, reportW
	if err := p.Start(); err != nil {
		life.Close()
		reports.Close()
		return nil
	}
	reportW.Close() // held open here, the end of a witness that a signal ends before it is ready would not be seen
	w := &witness{process: p.Process, life: life, seen: make(chan syscall.Signal, 16)}
	ready := make(chan bool, 1)
	crash.Go(func() {
		defer reports.Close()
		defer close(w.seen)
		b := make([]byte, 1)
		for first := true; ; first = false {
			n, err := reports.Read(b)
			if first {
				ready <- n > 0 && err == nil
			}
			if n == 0 || err != nil {
				return
			}
			if first {
				continue
			}
			w.seen <- syscall.Signal(b[0])
		}
	})
	if !<-ready { // a signal came before it could see one, and it died of that
		w.stop()
		return nil
	}
	return w
}

// saw reports whether the witness got the signal as well.
func (w *witness) saw(s syscall.Signal) bool {
	for patience := time.After(300 * time.Millisecond); ; {
		select {
		case got, ok := <-w.seen:
			if !ok || got == s {
				return ok
			}
		case <-patience:
			return false
		}
	}
}

func (w *witness) stop() {
	if w != nil {
		w.life.Close()
		w.process.Wait()
	}
}

// runWitness is the witness's own process: it writes a byte when it is ready, and one for each signal.
func runWitness() int {
	signals := make(chan os.Signal, 16)
	signal.Notify(signals, witnessed...)
	signal.Ignore(unix.SIGHUP, unix.SIGTERM, unix.SIGUSR1, unix.SIGUSR2, unix.SIGALRM)
	report := os.Stdout
	report.Write([]byte{0})
	crash.Go(func() {
		for s := range signals {
			report.Write([]byte{byte(s.(syscall.Signal))})
		}
	})
	os.Stdin.Read(make([]byte, 1)) // until who started it closes it, or is gone
	return 0
}
