package export

import (
	"net"
	"net/http"
	"sync"
	"time"

	"bones/procwalk/crash"
)

// crowd bounds how many connections are open. Whoever may connect can hold as many as there is room for, and ask
// nothing: Prometheus would never be answered again. So a new one is taken, and the one goes that has asked for
// nothing for the longest time, or else the one that has been at the same thing for the longest time.
type crowd struct {
	most int

	mu    sync.Mutex
	conns map[net.Conn]visit
}

// visit is what a connection does, and since when.
type visit struct {
	state http.ConnState
	since time.Time
}

func newCrowd(most int) *crowd { return &crowd{most: most, conns: map[net.Conn]visit{}} }

// changed is told whatever happens to a connection: http.Server.ConnState.
func (c *crowd) changed(conn net.Conn, state http.ConnState) {
	c.mu.Lock()
	defer c.mu.Unlock()
	_, known := c.conns[conn]
	switch state {
	case http.StateClosed, http.StateHijacked:
		delete(c.conns, conn)
		return
	case http.StateNew:
		if len(c.conns) >= c.most {
			victim := c.worst()
			delete(c.conns, victim)
			crash.Go(func() { victim.Close() }) // with TLS it may wait for the other side
		}
	default:
		if !known {
			return // it was closed a moment ago
		}
	}
	c.conns[conn] = visit{state, time.Now()}
}

func (c *crowd) worst() net.Conn {
	var worst net.Conn
	var is visit
	for conn, v := range c.conns {
		idle, worstIdle := v.state == http.StateIdle, is.state == http.StateIdle
		if worst == nil || idle && !worstIdle || idle == worstIdle && v.since.Before(is.since) {
			worst, is = conn, v
		}
	}
	return worst
}

// writers are those to whom a page is being written. Each keeps its page in memory for as long as it does not read it.
type writers struct {
	mu   sync.Mutex
	list []*writer // who has begun first comes first
}

type writer struct {
	to    *http.ResponseController
	since time.Time
}

const (
	maxWriters = 32          // pages are written at a time
	patience   = time.Second // after which one that does not read makes room for another
)

// enter notes that a page is going to be written. Where too many do not read theirs, the one that has been at it
// for the longest time is cut off. It reports false if there is no room. leave must be called when it is written.
func (w *writers) enter(to http.ResponseWriter) (leave func(), ok bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.list) >= maxWriters {
		if time.Since(w.list[0].since) < patience {
			return nil, false
		}
		w.list[0].to.SetWriteDeadline(time.Now()) // its Write ends at once
		w.list = w.list[1:]
	}
	own := &writer{http.NewResponseController(to), time.Now()}
	w.list = append(w.list, own)
	return func() { w.leave(own) }, true
}

func (w *writers) leave(own *writer) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for i, x := range w.list {
		if x == own {
			w.list = append(w.list[:i:i], w.list[i+1:]...)
			return
		}
	}
}
