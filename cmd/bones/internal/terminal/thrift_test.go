package terminal

import (
	"math/rand"
	"testing"

	"bones/procwalk/proctest"

	"github.com/gdamore/tcell/v2"
)

// leaveOdd is what a program may leave of a terminal that was lent to it: line drawing for letters, and a cursor.
func (g *glass) leaveOdd() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.scribble()
	g.charset, g.hidden, g.style = '0', false, "1m"
}

// TestThriftShowsTheSame: a terminal that is sent what thrift leaves shows what one does that is sent all of it, with
// the cursor where and as it should be, also after others had the terminal or wrote on it; and it is sent less.
func TestThriftShowsTheSame(t *testing.T) {
	r := rand.New(rand.NewSource(1))
	w, h := 40, 12
	short, thrifty := onGlass(t, w, h, true)
	long, plain := onGlass(t, w, h, true)
	short.mu.Lock()
	short.thrift = &thrift{whole: true, clear: []byte("\x1b[H\x1b[2J")}
	short.mu.Unlock()
	both := map[*glass]tcell.Screen{short: thrifty, long: plain}
	f, frames := frame{}, [2]int{}
	for n := range proctest.Soak(150, 400) {
		f.change(r, w, h)
		show, happened := tcell.Screen.Show, "nothing"
		switch r.Intn(12) {
		case 0:
			happened = "it was lent"
			for g, s := range both {
				if err := s.Suspend(); err != nil {
					t.Fatal(err)
				}
				g.leaveOdd()
				if err := s.Resume(); err != nil {
					t.Fatal(err)
				}
			}
		case 1:
			happened, show = "others wrote on it", tcell.Screen.Sync
			for g := range both {
				g.leaveOdd()
			}
		case 2, 3:
			happened = "the cursor is shown"
			for _, s := range both {
				s.ShowCursor(n%w, n%h)
			}
		case 4:
			happened = "the cursor is hidden"
			for _, s := range both {
				s.HideCursor()
			}
		}
		before := [2]int{short.total(), long.total()}
		for _, s := range both {
			f.draw(s)
			show(s)
		}
		if happened == "nothing" {
			frames[0] += short.total() - before[0]
			frames[1] += long.total() - before[1]
		}
		if got, want := short.shows(), long.shows(); got != want {
			t.Fatalf("frame %d, %s: the terminal shows\n%swant\n%s", n, happened, got, want)
		}
		if short.hidden != long.hidden || !short.hidden && (short.x != long.x || short.y != long.y) {
			t.Fatalf("frame %d, %s: the cursor is hidden: %v, at %d,%d; want %v, %d,%d", n, happened, short.hidden, short.x,
				short.y, long.hidden, long.x, long.y)
		}
	}
	if frames[0] >= frames[1]*9/10 {
		t.Errorf("it was sent %d bytes, and without thrift %d", frames[0], frames[1])
	}
}

// TestThriftLeavesOut: of the first frame nothing is left out, of the next what the terminal knows.
func TestThriftLeavesOut(t *testing.T) {
	var th thrift
	th.clearedBy("\x1b[H\x1b[2J")
	th.restart()
	for i, c := range []struct{ sent, want string }{
		{"\x1b[?1049h\x1b[?25l", "\x1b[?1049h\x1b[?25l"}, // modes, before anything is drawn
		{"\x1b[?25l\x1b(B\x1b[mx\x1b[?25l", "\x1b[?25l\x1b(B\x1b[mx\x1b[?25l"},
		{"\x1b[?25l\x1b(B\x1b[mx\x1b[?25l", "\x1b[mx"},
		{"\x1b[?25l\x1b(B\x1b[mx\x1b[?25h", "\x1b[?25l\x1b[mx\x1b[?25h"},
		{"\x1b[?25lx\x1b[?25l", "\x1b[?25lx\x1b[?25l"},
		{"\x1b[?25l\x1b[H\x1b[2J\x1b(B\x1b[mx", "\x1b[?25l\x1b[H\x1b[2J\x1b(B\x1b[mx"}, // Ctrl-L
	} {
		if got := string(th.shorten([]byte(c.sent))); got != c.want {
			t.Errorf("write %d, %q: sent is %q, want %q", i, c.sent, got, c.want)
		}
	}
}

// TestThriftOfAnyClear: a frame that clears the screen goes out as it is however the terminal is told to clear it,
// also where the character set is selected in it for the only time. Where nobody has said how, each frame does.
func TestThriftOfAnyClear(t *testing.T) {
	for _, clear := range []string{"\x1b[H\x1b[2J", "\x1b[H\x1b[J", "\x1b[2J\x1b[H", "\x1bc", "\f", ""} {
		var th thrift
		th.clearedBy(clear)
		frame := "\x1b[?25l\x1b(B\x1b[mx"
		th.shorten([]byte(frame))
		if got := string(th.shorten([]byte(frame))); (got == frame) != (clear == "") {
			t.Errorf("clear is %q: of another frame %q is sent", clear, got)
		}
		frame = "\x1b(B\x1b[m" + clear + "\x1b(B\x1b[mx"
		if got := string(th.shorten([]byte(frame))); got != frame {
			t.Errorf("clear is %q: %q is sent, want %q", clear, got, frame)
		}
	}
}

// TestScreenSaysHowItClears: what the description of the terminal has for it is what a screen goes by.
func TestScreenSaysHowItClears(t *testing.T) {
	for name, want := range map[string]string{"xterm-256color": "\x1b[H\x1b[2J", "tmux-256color": "\x1b[H\x1b[J"} {
		t.Setenv("TERM", name)
		tty := &TTY{}
		if _, err := NewScreen(tty, nil, nil); err != nil {
			t.Fatal(err)
		}
		if got := string(tty.thrift.clear); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
}
