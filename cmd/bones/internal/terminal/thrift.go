package terminal

import (
	"bytes"
	"sync"
)

// thrift leaves out what tells the terminal nothing new: tcell hides the cursor twice for each frame that it draws,
// and selects the character set of ASCII, in which everything is drawn, whenever a style begins. That is a sixth of
// what a refresh sends.
type thrift struct {
	mu sync.Mutex
	// whole says that everything goes out as it is, up to and with the first style: others may have had the terminal.
	whole bool
	// clear is how the terminal is told to clear the screen; empty: nobody has said so, and nothing is left out.
	clear []byte
	// cursorHidden says that the cursor was hidden last; false: it was shown, or nobody knows.
	cursorHidden bool
}

// What is left out. These are the sequences of terminals of the xterm kind; of others nothing is left out. Nor is
// anything of a frame that begins with clearing the screen: Ctrl-L does that to repair whatever others left there.
var (
	hideCursor = []byte("\x1b[?25l")
	showCursor = []byte("\x1b[?25h")
	resetAll   = []byte("\x1b(B\x1b[m")
	resetStyle = []byte("\x1b[m")
)

// clearedBy says how the terminal is told to clear the screen, as its description has it: terminals differ in that.
func (t *thrift) clearedBy(sequence string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.clear = []byte(sequence)
}

// restart has the next frame go out as it is.
func (t *thrift) restart() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.whole, t.cursorHidden = true, false
}

// shorten returns what of b is to be sent. b is not changed.
func (t *thrift) shorten(b []byte) []byte {
	t.mu.Lock()
	defer t.mu.Unlock()
	hidden := t.cursorHidden
	if hide, show := bytes.LastIndex(b, hideCursor), bytes.LastIndex(b, showCursor); hide >= 0 || show >= 0 {
		t.cursorHidden = hide > show
	}
	if t.whole || bytes.Contains(b, t.clear) { // which it does where that is empty
		t.whole = t.whole && !bytes.Contains(b, resetAll)
		return b
	}
	b = bytes.ReplaceAll(b, resetAll, resetStyle)
	if hidden && t.cursorHidden && !bytes.Contains(b, showCursor) {
		b = bytes.ReplaceAll(b, hideCursor, nil)
	}
	return b
}
