package terminal

import (
	"fmt"
	"os"
	"slices"
	"sync"
	"sync/atomic"

	"bones/procwalk/crash"

	"github.com/gdamore/tcell/v2"
)

// Screen is tcell's screen on a TTY, with a queue of events of its own. tcell's own holds 256, and when nobody takes
// them its reader stops in the middle: giving the terminal back, which waits for that reader, would never end.
type Screen struct {
	tcell.Screen
	tty  *TTY
	lost func(error)
	drop func(keys int)

	mu     sync.Mutex
	more   sync.Cond
	queue  [][]tcell.Event // each entry an event, or a paste with all that belongs to it
	over   bool
	paste  []tcell.Event
	pumped chan struct{}
	failed atomic.Bool

	Unknown string // what TERM names is not known: what bones does about it
}

// maxQueue is how many events wait. Who types more while the program is busy typed it without seeing what it did, so
// that the oldest are dropped; the newest may be the key that ends it all. A whole line with a long path has room:
// people type that ahead.
const maxQueue = 256

// NewScreen makes a screen. lost is called when the terminal could not be taken back after it was lent: without that
// nothing would tell, and tcell draws for ever on a screen that it could not resume. drop is called when keys were
// dropped because too many waited.
func NewScreen(tty *TTY, lost func(error), drop func(keys int)) (*Screen, error) {
	ti, said, err := describe(os.Getenv("TERM"))
	if err != nil {
		return nil, err
	}
	tty.thrift.clearedBy(ti.Clear)
	inner, err := tcell.NewTerminfoScreenFromTtyTerminfo(tty, ti)
	if err != nil {
		return nil, err
	}
	s := newScreen(newShadow(inner), tty, lost, drop)
	s.Unknown = said
	return s, nil
}

func newScreen(inner tcell.Screen, tty *TTY, lost func(error), drop func(int)) *Screen {
	s := &Screen{Screen: inner, tty: tty, lost: lost, drop: drop}
	s.more.L = &s.mu
	return s
}

// Init takes the terminal. A second call does nothing: tview initializes the screen that it is given, without asking
// whether it can be.
func (s *Screen) Init() error {
	if s.pumped != nil {
		return nil
	}
	if err := s.Screen.Init(); err != nil {
		return err
	}
	s.pumped = make(chan struct{})
	crash.Go(s.pump)
	return nil
}

// Fini gives the terminal back for good. tcell's reader ends first, while somebody still takes what it read.
func (s *Screen) Fini() {
	s.Suspend()
	s.Screen.Fini()
	if s.pumped != nil {
		<-s.pumped
	}
}

// Suspend gives the terminal back until Resume.
func (s *Screen) Suspend() error {
	s.tty.Pause()
	return s.Screen.Suspend()
}

// Resume takes the terminal back.
func (s *Screen) Resume() error {
	err := s.Screen.Resume()
	if err != nil {
		s.failed.Store(true)
		s.lost(fmt.Errorf("the terminal cannot be taken back: %w", err))
	}
	return err
}

// Show draws what has changed.
func (s *Screen) Show() {
	if !s.failed.Load() {
		s.Screen.Show()
	}
}

// Sync draws everything.
func (s *Screen) Sync() {
	if !s.failed.Load() {
		s.Screen.Sync()
	}
}

// PollEvent returns the next event, nil after Fini.
func (s *Screen) PollEvent() tcell.Event {
	s.mu.Lock()
	defer s.mu.Unlock()
	for len(s.queue) == 0 && !s.over {
		s.more.Wait()
	}
	if s.over {
		return nil
	}
	first := s.queue[0]
	if len(first) > 1 {
		s.queue[0] = first[1:]
	} else {
		s.queue = s.queue[1:]
	}
	return first[0]
}

// pump takes every event at once.
func (s *Screen) pump() {
	defer close(s.pumped)
	for {
		ev := s.Screen.PollEvent()
		dropped := s.push(ev)
		if dropped > 0 && s.drop != nil {
			s.drop(dropped)
		}
		if ev == nil {
			return
		}
	}
}

// push queues an event, nil for the end, and returns how many keys were dropped for it. A paste is queued when it is
// whole: the Filter bounds it.
func (s *Screen) push(ev tcell.Event) (dropped int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	defer s.more.Broadcast()
	p, isPaste := ev.(*tcell.EventPaste)
	_, isKey := ev.(*tcell.EventKey)
	entry := []tcell.Event{ev}
	switch {
	case ev == nil:
		s.over = true
		return 0
	case isPaste && p.Start():
		s.paste = entry
		return 0
	case isPaste && s.paste != nil:
		entry, s.paste = append(s.paste, ev), nil
	case isKey && s.paste != nil:
		s.paste = append(s.paste, ev)
		return 0
	}
	s.queue = append(s.queue, entry)
	for i := 0; len(s.queue) > maxQueue && i < len(s.queue)-1; {
		keys, droppable := weigh(s.queue[i])
		if !droppable {
			i++
			continue
		}
		dropped += keys
		s.queue = slices.Delete(s.queue, i, i+1)
	}
	return dropped
}

// weigh returns how many keys an entry of the queue is, and whether it may be dropped: a new size and an error may
// not, nor the rest of a paste that is being taken.
func weigh(entry []tcell.Event) (keys int, droppable bool) {
	switch ev := entry[0].(type) {
	case *tcell.EventKey:
		return 1, len(entry) == 1
	case *tcell.EventPaste:
		return len(entry) - 2, ev.Start()
	case *tcell.EventMouse:
		return 0, true
	}
	return 0, false
}
