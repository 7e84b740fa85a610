package terminal

import "unicode/utf8"

// feedPaste takes a byte of a bracketed paste. In it there are no keys: only its end counts, and text.
func (f *Filter) feedPaste(c byte, emit func([]byte)) {
	if len(f.partial) > 0 && c < utf8.RuneSelf {
		f.dropPartial(emit)
	}
	if c == pasteEnd[f.matched] {
		if f.matched++; f.matched == len(pasteEnd) {
			f.endPaste(emit)
		}
		return
	}
	if n := f.matched; n > 0 { // it was not the end: what came after ESC is text
		f.matched = 0
		for _, c := range []byte(pasteEnd[1:n]) {
			f.feedPasted(c, emit)
		}
	}
	if c == 0x1b {
		f.matched = 1
		return
	}
	f.feedPasted(c, emit)
}

func (f *Filter) feedPasted(c byte, emit func([]byte)) {
	wasCR := f.wasCR
	f.wasCR = c == '\r'
	switch {
	case c >= utf8.RuneSelf:
		f.feedRune(c, emit)
	case c == '\n' && wasCR:
	case c == '\n': // for the parser the end of a line is what the key sends
		f.text([]byte{'\r'}, emit)
	case c == '\r', c == '\t', c >= ' ' && c != 0x7f:
		f.text([]byte{c}, emit)
	}
}

// text passes a character on; of a paste no more than its bound.
func (f *Filter) text(b []byte, emit func([]byte)) {
	if f.pasting {
		if f.pasted+len(b) > MaxPaste {
			f.pasted = MaxPaste // nothing shorter slips in after it
			f.loss.Pasted += len(b)
			return
		}
		f.pasted += len(b)
	}
	emit(b)
}

func (f *Filter) endPaste(emit func([]byte)) {
	f.dropPartial(emit)
	f.pasting, f.matched = false, 0
	emit([]byte(pasteEnd))
}
