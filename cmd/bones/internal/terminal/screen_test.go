package terminal

import (
	"fmt"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"bones/procwalk/proctest"

	"github.com/gdamore/tcell/v2"
	"golang.org/x/sys/unix"
)

// TestHostileInput gives a real screen on a real pseudoterminal what hung it.
func TestHostileInput(t *testing.T) {
	t.Setenv("TERM", "xterm-256color")
	for _, locale := range []string{"C.UTF-8", "C"} {
		t.Setenv("LC_ALL", locale)
		for name, in := range hostileInputs() {
			if locale == "C" && name != "latin-1" && name != "cut UTF-8" && name != "random" {
				continue // what is not text is the same in every locale
			}
			t.Run(locale+" "+name, func(t *testing.T) {
				master, slave := proctest.PTY(t)
				screen, loss := onPTY(t, slave)
				drain(master)
				master.Write(in)
				// A user looks before he presses a key.
				wait := sequenceWait
				if strings.Contains(name, "paste") || strings.Contains(name, "random") || strings.Contains(name, "win32") {
					wait = pasteWait // it may have begun one
				}
				time.Sleep(wait + 200*time.Millisecond)
				press(t, master, screen, "\x1b", tcell.KeyEsc, 0)
				press(t, master, screen, "q", tcell.KeyRune, 'q')
				ended := make(chan struct{})
				go func() { screen.Fini(); close(ended) }()
				select {
				case <-ended:
				case <-time.After(proctest.Patience):
					t.Fatal("giving the terminal back does not end")
				}
				if name == "paste of random" && loss.Pasted == 0 {
					t.Error("nothing is said of what was cut")
				}
			})
		}
	}
}

func onPTY(t *testing.T, slave *os.File) (*Screen, *Loss) {
	t.Helper()
	loss := &Loss{}
	tty, err := NewTTY(slave, slave,
		TTYOptions{Loss: func(l Loss) { loss.Pasted += l.Pasted; loss.Invalid += l.Invalid }})
	if err != nil {
		t.Fatal(err)
	}
	screen, err := NewScreen(tty, func(err error) { t.Error(err) }, nil)
	if err == nil {
		err = screen.Init()
	}
	if err != nil {
		t.Fatal(err)
	}
	return screen, loss
}

// drain reads what is drawn, so that nobody waits for it.
func drain(master *os.File) {
	go func() {
		b := make([]byte, 4096)
		for {
			if _, err := master.Read(b); err != nil {
				return
			}
		}
	}()
}

// press writes a key and waits until it comes as that key, whatever came before.
func press(t *testing.T, master *os.File, screen *Screen, bytes string, key tcell.Key, r rune) {
	t.Helper()
	master.WriteString(bytes)
	var last tcell.Event
	for deadline := time.After(proctest.Patience); ; {
		next := make(chan tcell.Event, 1)
		go func() { next <- screen.PollEvent() }()
		select {
		case last = <-next:
			if k, ok := last.(*tcell.EventKey); ok && k.Key() == key && k.Modifiers() == 0 && (r == 0 || k.Rune() == r) {
				return
			}
		case <-deadline:
			t.Fatalf("%q did not come as a key; the last event was %#v", bytes, last)
		}
	}
}

// TestFloodWhileNobodyTakesEvents: giving the terminal back ends although thousands of keys wait and nobody takes
// them.
func TestFloodWhileNobodyTakesEvents(t *testing.T) {
	t.Setenv("TERM", "xterm-256color")
	t.Setenv("LC_ALL", "C.UTF-8")
	for name, giveBack := range map[string]func(*Screen){
		"Fini":    (*Screen).Fini,
		"Suspend": func(s *Screen) { s.Suspend() },
	} {
		t.Run(name, func(t *testing.T) {
			master, slave := proctest.PTY(t)
			screen, _ := onPTY(t, slave)
			drain(master)
			var over atomic.Bool
			flooded := make(chan struct{})
			defer func() {
				over.Store(true)
				proctest.Until(t, "nobody floods it any more", func() bool {
					unix.IoctlSetInt(int(slave.Fd()), unix.TCFLSH, unix.TCIFLUSH) // who writes waits for room
					select {
					case <-flooded:
						return true
					default:
						return false
					}
				})
			}()
			go func() {
				defer close(flooded)
				for !over.Load() { // each arrow is a chunk for tcell
					master.WriteString("\x1b[A\x1b[B\x1b[A\x1b[B")
				}
			}()
			time.Sleep(50 * time.Millisecond) // so that it is in the middle of it
			ended := make(chan struct{})
			go func() { giveBack(screen); close(ended) }()
			select {
			case <-ended:
			case <-time.After(proctest.Patience):
				t.Fatal("it does not end")
			}
			screen.Fini()
		})
	}
}

func TestQueueDropsTheOldest(t *testing.T) {
	key := func(r rune) tcell.Event { return tcell.NewEventKey(tcell.KeyRune, r, 0) }
	s := newScreen(nil, nil, nil, nil)
	s.push(tcell.NewEventResize(80, 24))
	s.push(tcell.NewEventPaste(true))
	for range 1000 {
		s.push(key('p'))
	}
	s.push(tcell.NewEventPaste(false))
	if ev := s.PollEvent(); fmt.Sprintf("%T", ev) != "*tcell.EventResize" {
		t.Errorf("first came %T", ev)
	}
	s.PollEvent() // the paste has begun: it is no more dropped
	dropped := 0
	for i := range 3 * maxQueue {
		dropped += s.push(key(rune('A' + i%26)))
	}
	dropped += s.push(key('q'))
	const want = 2*maxQueue + 2
	if dropped != want {
		t.Errorf("%d keys were dropped, want %d", dropped, want)
	}
	for range 1000 {
		if k, ok := s.PollEvent().(*tcell.EventKey); !ok || k.Rune() != 'p' {
			t.Fatalf("in the paste: %#v", k)
		}
	}
	if p, ok := s.PollEvent().(*tcell.EventPaste); !ok || !p.End() {
		t.Error("the paste did not end")
	}
	var last tcell.Event
	for i := range maxQueue - 1 {
		last = s.PollEvent()
		if k, ok := last.(*tcell.EventKey); i == 0 && (!ok || k.Rune() != rune('A'+want%26)) {
			t.Errorf("first of the newest came %#v", last)
		}
	}
	if k, ok := last.(*tcell.EventKey); !ok || k.Rune() != 'q' {
		t.Errorf("last came %#v", last)
	}
}
