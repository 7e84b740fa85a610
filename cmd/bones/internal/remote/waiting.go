package remote

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"bones/cmd/bones/internal/terminal"
)

// sayAfter is how long hosts may take until somebody at a terminal is told who has not answered yet: nothing is printed
// before all have, so that one host that hangs would look as if bones did.
const sayAfter = 5 * time.Second

// namedMost is how many hosts are named then.
const namedMost = 8

// waiting are the hosts that have not answered yet.
type waiting struct {
	mu    sync.Mutex
	hosts []string
	timer *time.Timer
}

// watchOver begins to wait for hosts.
func (r *run) watchOver(list []*station) *waiting {
	w := &waiting{}
	for _, s := range list {
		w.hosts = append(w.hosts, s.Name)
	}
	within := r.within()
	if within == 0 || !terminal.IsTerminal(r.Err()) {
		return w
	}
	w.timer = time.AfterFunc(sayAfter, func() {
		if hosts := w.String(); hosts != "" {
			r.Complain(fmt.Errorf("still waiting for %s; bones gives up on them after %v", hosts, within))
		}
	})
	return w
}

// answered notes that a host has answered, or has failed.
func (w *waiting) answered(s *station) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.hosts = slices.DeleteFunc(w.hosts, func(name string) bool { return name == s.Name })
}

// String names the hosts that have not answered.
func (w *waiting) String() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	if more := len(w.hosts) - namedMost; more > 0 {
		return fmt.Sprintf("%s and %d hosts more", strings.Join(w.hosts[:namedMost], ", "), more)
	}
	return strings.Join(w.hosts, ", ")
}

func (w *waiting) stop() {
	if w.timer != nil {
		w.timer.Stop()
	}
}
