package terminal

import (
	"bytes"
	"fmt"
	"io"
	"math/rand"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/gdamore/tcell/v2"
	"github.com/rivo/uniseg"

	"bones/procwalk/proctest"
)

// glass is a terminal that shows what is sent to it, as far as tcell makes use of one of the xterm kind.
type glass struct {
	mu      sync.Mutex
	w, h    int
	cells   []string // text and style, "" for the right half of a wide character
	x, y    int
	style   string
	sent    int
	resized func()
	ended   chan struct{} // when nothing more is read
	unknown string        // what was sent that this terminal does not know
	hidden  bool          // the cursor is
	charset byte          // that was selected: 'B' is ASCII, 0 as long as none was
	thrift  *thrift       // what is sent goes through it; nil: it comes as it is
}

func newGlass(w, h int) *glass {
	g := &glass{}
	g.size(w, h)
	return g
}

// size makes the terminal that large and, as some terminals do, shows something else than before.
func (g *glass) size(w, h int) {
	g.mu.Lock()
	g.w, g.h = w, h
	g.scribble()
	resized := g.resized
	g.mu.Unlock()
	if resized != nil {
		resized()
	}
}

// scribble is what others write on the terminal while it is theirs.
func (g *glass) scribble() {
	g.cells = make([]string, g.w*g.h)
	for i := range g.cells {
		g.cells[i] = "?"
	}
}

func (g *glass) Start() error {
	g.ended = make(chan struct{})
	if g.thrift != nil {
		g.thrift.restart()
	}
	return nil
}

func (g *glass) Stop() error            { return nil }
func (g *glass) Drain() error           { close(g.ended); return nil }
func (g *glass) Close() error           { return nil }
func (g *glass) NotifyResize(cb func()) { g.resized = cb }
func (g *glass) WindowSize() (tcell.WindowSize, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	return tcell.WindowSize{Width: g.w, Height: g.h}, nil
}

// Read waits: nobody types here.
func (g *glass) Read([]byte) (int, error) {
	<-g.ended
	return 0, io.EOF
}

func (g *glass) Write(b []byte) (int, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	rest := b
	if g.thrift != nil {
		rest = g.thrift.shorten(b)
	}
	for g.sent += len(rest); len(rest) > 0; {
		rest = g.take(rest)
	}
	return len(b), nil
}

// take shows the first thing in what was sent, and returns what is behind it.
func (g *glass) take(b []byte) []byte {
	switch {
	case b[0] == '\b':
		g.x--
		return b[1:]
	case b[0] == '\r' || b[0] == '\n' || b[0] == 0x0f || b[0] == 0x0e:
		return b[1:]
	case b[0] == 0x1b && len(b) > 1 && b[1] == '[':
		end := 2 + bytes.IndexFunc(b[2:], func(r rune) bool { return r >= 0x40 && r <= 0x7e })
		g.control(string(b[2:end]), b[end])
		return b[end+1:]
	case b[0] == 0x1b && len(b) > 1 && b[1] == ']':
		end := bytes.IndexAny(b, "\a\\")
		return b[end+1:]
	case b[0] == 0x1b && len(b) > 2 && (b[1] == '(' || b[1] == ')'):
		if b[1] == '(' {
			g.charset = b[2]
		}
		return b[3:]
	case b[0] == 0x1b:
		return b[2:]
	}
	cluster, rest, width, _ := uniseg.FirstGraphemeCluster(b, -1)
	g.put(string(cluster), width)
	return rest
}

func (g *glass) control(parameters string, final byte) {
	switch {
	case final == 'H':
		row, column, _ := strings.Cut(parameters, ";")
		g.y, _ = strconv.Atoi(row)
		g.x, _ = strconv.Atoi(column)
		g.x, g.y = max(g.x, 1)-1, max(g.y, 1)-1
	case final == 'J':
		for i := range g.cells {
			g.cells[i] = " |"
		}
	case final == 'm':
		switch parameters {
		case "", "0":
			g.style = ""
		case "39;49": // the terminal's own colours, which a reset has given already
		default:
			g.style += parameters + "m"
		}
	case parameters == "?25":
		g.hidden = final == 'l'
	case strings.IndexByte("hlrtqupnc", final) >= 0: // modes and questions: nothing is shown
	default:
		g.unknown = parameters + string(final)
	}
}

// put shows a character at the cursor. Half of a wide one that is written over leaves a blank in its other half. A
// frame that was on its way when the terminal became smaller is cut.
func (g *glass) put(cluster string, width int) {
	if g.y >= g.h || g.x < 0 || g.x+width > g.w {
		return
	}
	line := g.cells[g.y*g.w : (g.y+1)*g.w]
	if line[g.x] == "" {
		line[g.x-1] = " |"
	}
	if end := g.x + width; end < g.w && line[end] == "" {
		line[end] = " |"
	}
	if g.charset == '0' {
		cluster = "a line"
	}
	line[g.x] = cluster + "|" + g.style
	for i := 1; i < width; i++ {
		line[g.x+i] = ""
	}
	g.x += width
}

func (g *glass) shows() string {
	g.mu.Lock()
	defer g.mu.Unlock()
	var b strings.Builder
	for y := range g.h {
		fmt.Fprintf(&b, "%q\n", g.cells[y*g.w:(y+1)*g.w])
	}
	return b.String()
}

func (g *glass) total() int {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.sent
}

// onGlass gives a screen on a terminal, as NewScreen makes it or as tcell alone does.
func onGlass(t testing.TB, w, h int, shadowed bool) (*glass, tcell.Screen) {
	t.Helper()
	ti, _, err := describe("xterm-256color")
	if err != nil {
		t.Fatal(err)
	}
	g := newGlass(w, h)
	var s tcell.Screen
	if s, err = tcell.NewTerminfoScreenFromTtyTerminfo(g, ti); err != nil {
		t.Fatal(err)
	}
	if shadowed {
		s = newShadow(s)
	}
	if err := s.Init(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Fini)
	return g, s
}

// frame is what was drawn last, so that the next one changes only some of it.
type frame map[[2]int]string

var glyphs = []string{"a", "b", " ", "x", "é", "e\u0301", "世", "界", "😀", "│", "─", "한", "", "ｗ"}

// change draws another frame: some cells differ. Styles go with the text, and some frames differ by these alone.
func (f frame) change(r *rand.Rand, w, h int) {
	for range r.Intn(2 * w) {
		at := [2]int{r.Intn(w), r.Intn(h)}
		if r.Intn(4) == 0 {
			delete(f, at)
		} else {
			f[at] = strconv.Itoa(r.Intn(5)) + glyphs[r.Intn(len(glyphs))]
		}
	}
}

var styles = []tcell.Style{tcell.StyleDefault, tcell.StyleDefault.Bold(true), tcell.StyleDefault.Reverse(true),
	tcell.StyleDefault.Foreground(tcell.ColorRed).Background(tcell.ColorNone),
	tcell.StyleDefault.Foreground(tcell.ColorNone).Background(tcell.ColorBlue)}

// draw draws a frame the way tview does: on a screen that it has blanked.
func (f frame) draw(s tcell.Screen) {
	s.Clear()
	w, h := s.Size()
	for y := range h {
		for x := 0; x < w; x++ {
			what, ok := f[[2]int{x, y}]
			if !ok {
				continue
			}
			style := styles[what[0]-'0']
			switch runes := []rune(what[1:]); {
			case (x+y)%3 == 0 && len(runes) > 0:
				s.SetContent(x, y, runes[0], runes[1:], style)
			default:
				_, width := s.Put(x, y, what[1:]+"rest", style)
				x += max(width-1, 0) // nothing is drawn below the right half, as package kit has it
			}
		}
	}
}

// TestShadowShowsTheSame: whatever is drawn, a terminal that was sent the changed cells alone shows what one does that
// is sent everything, also after it was resized, lent to another program, or written on by somebody.
func TestShadowShowsTheSame(t *testing.T) {
	for seed := range int64(proctest.Soak(3, 12)) {
		r := rand.New(rand.NewSource(seed))
		w, h := 10+r.Intn(30), 3+r.Intn(10)
		part, shadowed := onGlass(t, w, h, true)
		whole, plain := onGlass(t, w, h, false)
		f := frame{}
		for n := range 150 {
			f.change(r, w, h)
			show, happened := tcell.Screen.Show, "nothing"
			switch r.Intn(10) {
			case 0:
				happened = "it was resized"
				w, h = w%40+11, 3+r.Intn(10)
				for g, s := range map[*glass]tcell.Screen{part: shadowed, whole: plain} {
					g.size(w, h)
					proctest.Until(t, "the screen has the new size", func() bool {
						gotW, gotH := s.Size()
						return gotW == w && gotH == h
					})
				}
			case 1:
				happened = "it was lent"
				for g, s := range map[*glass]tcell.Screen{part: shadowed, whole: plain} {
					if err := s.Suspend(); err != nil {
						t.Fatal(err)
					}
					g.size(w, h)
					if err := s.Resume(); err != nil {
						t.Fatal(err)
					}
				}
			case 2:
				happened, show = "others wrote on it", tcell.Screen.Sync
				part.size(w, h)
			}
			f.draw(shadowed)
			f.draw(plain)
			show(shadowed)
			plain.Sync()
			if got, want := part.shows(), whole.shows(); got != want {
				t.Fatalf("seed %d, frame %d, %s: the terminal shows\n%swant\n%s", seed, n, happened, got, want)
			}
			if part.unknown+whole.unknown != "" {
				t.Fatalf("the terminal of this test does not know %q%q", part.unknown, whole.unknown)
			}
		}
	}
}

// TestShadowSendsWhatChanged counts the bytes that a terminal of 160x45 is sent while one cell changes. A screen that
// is drawn on without a shadow is sent everything that is not blank.
func TestShadowSendsWhatChanged(t *testing.T) {
	g, s := onGlass(t, 160, 45, true)
	f := frame{}
	for i := range 160 * 45 {
		f[[2]int{i % 160, i / 160}] = strconv.Itoa(i%5) + "x"
	}
	f.draw(s)
	s.Show()
	for n := range 10 {
		f[[2]int{80, 20}] = "1" + strconv.Itoa(n)
		before := g.total()
		f.draw(s)
		s.Show()
		if sent := g.total() - before; sent > 100 {
			t.Fatalf("one cell changed, and the terminal was sent %d bytes", sent)
		}
	}
	before := g.total()
	f.draw(s)
	s.HideCursor()
	s.Show()
	if sent := g.total() - before; sent != 0 {
		t.Errorf("nothing changed, and the terminal was sent %d bytes", sent)
	}
	s.ShowCursor(3, 2)
	s.Show()
	if g.mu.Lock(); g.x != 3 || g.y != 2 {
		t.Errorf("the cursor is at %d,%d", g.x, g.y)
	}
	g.mu.Unlock()
	if shows := g.shows(); !strings.Contains(shows, "9|1m") {
		t.Errorf("the cell that changes is not there:\n%s", shows)
	}
}

// TestShadowForgets: whoever has new characters and links drawn all the time fills no memory with them, and what is
// drawn is right all the while.
func TestShadowForgets(t *testing.T) {
	g, s := onGlass(t, 40, 4, true)
	whole, plain := onGlass(t, 40, 4, false)
	n := 0
	for range 3 * packsMax / 100 {
		for _, screen := range []tcell.Screen{s, plain} {
			screen.Clear()
			for i := range 100 {
				style := tcell.StyleDefault.Url("http://h/" + strconv.Itoa(n+i))
				screen.Put(i%40, i/40, string(rune(0x4e00+n+i)), style)
				screen.Put(i%40, i/40, "e"+string(rune(0x300+(n+i)%100)), style)
			}
			screen.Show()
		}
		n += 100
	}
	if got, want := g.shows(), whole.shows(); got != want {
		t.Errorf("the terminal shows\n%swant\n%s", got, want)
	}
	p := &s.(*shadow).packs
	if len(p.texts) > packsMax || len(p.styles) > packsMax || n <= packsMax {
		t.Errorf("%d texts and %d styles are kept, of %d", len(p.texts), len(p.styles), n)
	}
}

// TestNewScreenHasShadow: the screen of the terminal UI is one that sends what changed alone.
func TestNewScreenHasShadow(t *testing.T) {
	t.Setenv("TERM", "xterm-256color")
	_, slave := proctest.PTY(t)
	screen, _ := onPTY(t, slave)
	defer screen.Fini()
	if _, ok := screen.Screen.(*shadow); !ok {
		t.Errorf("it is drawn on a %T", screen.Screen)
	}
}

// BenchmarkShow draws a full screen on which nothing changes.
func BenchmarkShow(b *testing.B) {
	for _, shadowed := range []bool{true, false} {
		b.Run(fmt.Sprintf("shadow=%v", shadowed), func(b *testing.B) {
			g, s := onGlass(b, 160, 45, shadowed)
			f := frame{}
			for i := range 160 * 45 {
				f[[2]int{i % 160, i / 160}] = strconv.Itoa(i%5) + "x"
			}
			before := g.total()
			for b.Loop() {
				f.draw(s)
				s.Show()
			}
			b.ReportMetric(float64(g.total()-before)/float64(b.N), "bytes/op")
		})
	}
}
