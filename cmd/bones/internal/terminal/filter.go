// Package terminal stands between the terminal that bones runs on and the program: it filters what the terminal sends,
// and knows how to undo what a terminal UI turns on.
package terminal

import (
	"time"
	"unicode/utf8"
)

// Filter turns what a terminal sends into what tcell's input parser digests. The parser of tcell 2.13 spins for ever
// on a byte that is not UTF-8, waits for ever for the end of a sequence, keeps without bound what has no end, reads
// the contents of a device control string and of an X10 mouse report as keys, and repeats a key as often as a report
// says.
//
// A Filter is a state machine without a clock, a lock or a system call: bytes go in, tokens come out, and silence is
// an event like a byte. A token is either one escape sequence, whole, at most maxToken bytes long and known to the
// parser, or plain text: control characters and whole UTF-8. The zero value is ready.
type Filter struct {
	state   state
	alt     bool   // a second ESC came before that of the sequence: an old terminal's way to say Alt
	seq     []byte // of the control sequence, or the bytes of an X10 report: never more than maxSequence
	over    bool   // the sequence is longer than that: the rest of it is dropped
	partial []byte // a character of which not all bytes are there
	altRune bool   // ESC came before it

	pasting bool
	pasted  int  // bytes of this paste that were passed on
	matched int  // bytes of the paste's end that came in
	wasCR   bool // the last character of the paste was a carriage return
	escaped bool // the escape key ended the paste: what the paste really ends with may come yet, without its ESC

	nested *Filter // for a terminal that packs each byte of its sequences into a report of its own
	inner  bool    // this is a nested one

	loss Loss
}

// Loss is what of the input was not passed on although somebody may miss it.
type Loss struct {
	Pasted  int // bytes of a paste that was longer than MaxPaste
	Invalid int // bytes that are not UTF-8; in a paste each became a question mark
}

const (
	// MaxPaste is how many bytes of one paste are passed on.
	MaxPaste = 64 << 10

	maxSequence = 64 // the longest that terminals send is a report of win32-input-mode with 30
	maxToken    = 64 // tcell reads 128 bytes at once

	pasteStart = "\x1b[200~"
	pasteEnd   = "\x1b[201~"
	// escKey is the escape key in kitty's protocol, which the parser knows always: unlike a lone ESC it cannot be taken
	// for the beginning of something.
	escKey = "\x1b[27u"
)

// How long after the last byte it is certain that no more belongs to it. A key that begins with ESC must not be felt;
// a sequence or a character may be cut by a slow network.
const (
	escWait      = 50 * time.Millisecond
	pasteEscWait = 100 * time.Millisecond // it may be the first byte of the paste's end
	sequenceWait = 250 * time.Millisecond
	pasteWait    = time.Second
)

type state int

const (
	ground   state = iota
	esc            // after ESC
	csi            // after ESC [
	linuxKey       // after ESC [ [: a function key of the Linux console
	ss3            // after ESC O
	x10            // after ESC [ M: three bytes of a mouse report
	opened         // after ESC and the first byte of a string: Alt and that key, if nothing follows; the byte is in seq
	str            // in a string whose contents nobody reads: OSC, DCS, APC, PM, SOS
)

// Feed takes bytes from the terminal. emit is called for each token and must not keep it.
func (f *Filter) Feed(b []byte, emit func(token []byte)) {
	for _, c := range b {
		f.feed(c, emit)
	}
}

// Wait returns how long after the last byte Silence has something to do, 0 if it has not.
func (f *Filter) Wait() time.Duration {
	if f.nested != nil {
		if w := f.nested.Wait(); w > 0 {
			return w
		}
	}
	switch {
	case f.pasting && f.matched == 1:
		return pasteEscWait
	case f.pasting:
		return pasteWait
	case f.state == esc:
		return escWait
	case f.state != ground, len(f.partial) > 0:
		return sequenceWait
	}
	return 0
}

// Silence tells the filter that for the time of Wait no byte came: what is not finished will not be any more.
func (f *Filter) Silence(emit func(token []byte)) {
	if f.nested != nil {
		f.nested.Silence(emit)
	}
	f.dropPartial(emit)
	if f.pasting {
		f.escaped = f.matched == 1
		f.endPaste(emit)
		if f.escaped { // somebody wants to be out of a paste without end
			emit([]byte(escKey))
		}
		return
	}
	was, alt := f.state, f.alt
	f.state, f.alt = ground, false
	if was != ground && alt {
		emit([]byte(escKey))
	}
	switch {
	case was == esc:
		emit([]byte(escKey))
	case was == csi && len(f.seq) == 0 && !f.over:
		emit(altKey('['))
	case was == ss3:
		emit(altKey('O'))
	case was == opened:
		emit(altKey(rune(f.seq[0])))
	}
}

// TakeLoss returns what was lost since the last call. A paste counts once it is over.
func (f *Filter) TakeLoss() Loss {
	if f.pasting {
		return Loss{}
	}
	l := f.loss
	f.loss = Loss{}
	if f.nested != nil {
		n := f.nested.TakeLoss()
		l.Pasted += n.Pasted
		l.Invalid += n.Invalid
	}
	return l
}

func (f *Filter) feed(c byte, emit func([]byte)) {
	if f.pasting {
		f.feedPaste(c, emit)
		return
	}
	if len(f.partial) > 0 && c < utf8.RuneSelf {
		f.dropPartial(emit)
	}
	if f.escaped && c == '[' {
		f.begin()
	}
	f.escaped = false
	switch f.state {
	case ground:
		f.feedGround(c, emit)
	case esc:
		f.feedEsc(c, emit)
	case csi:
		f.feedCSI(c, emit)
	case linuxKey:
		f.leave(emit)
		if c >= 'A' && c <= 'E' {
			emit([]byte{0x1b, '[', '[', c})
		} else if c < ' ' {
			f.feed(c, emit)
		}
	case ss3:
		f.feedSS3(c, emit)
	case x10:
		f.feedX10(c, emit)
	case opened, str:
		f.feedString(c)
	}
}

func (f *Filter) feedGround(c byte, emit func([]byte)) {
	switch {
	case c == 0x1b:
		f.begin()
	case c < utf8.RuneSelf:
		emit([]byte{c})
	default:
		f.feedRune(c, emit)
	}
}

// begin notes an ESC that starts something new.
func (f *Filter) begin() {
	f.state, f.alt, f.seq, f.over = esc, false, f.seq[:0], false
}

// leave goes back to the ground, and tells of the escape key that was pressed before the sequence.
func (f *Filter) leave(emit func([]byte)) {
	if f.alt {
		emit([]byte(escKey))
	}
	f.state, f.alt = ground, false
}

func (f *Filter) feedEsc(c byte, emit func([]byte)) {
	switch c {
	case 0x1b:
		if f.alt {
			emit([]byte(escKey))
		}
		f.alt = true
	case '[':
		f.state = csi
	case 'O':
		f.state = ss3
	case ']', 'P', '_', '^', 'X':
		f.leave(emit)
		f.state, f.seq = opened, append(f.seq[:0], c)
	case '\\': // the end of a string
		f.leave(emit)
	case 'N': // which the parser takes for a single shift
		f.leave(emit)
		emit(altKey('N'))
	default:
		f.leave(emit)
		if c < utf8.RuneSelf {
			emit([]byte{0x1b, c})
			return
		}
		f.altRune = true
		f.feedRune(c, emit)
	}
}

func (f *Filter) feedCSI(c byte, emit func([]byte)) {
	switch {
	case c >= ' ' && c <= '?':
		if len(f.seq) < maxSequence {
			f.seq = append(f.seq, c)
		} else {
			f.over = true
		}
	case c == '[' && len(f.seq) == 0:
		f.state = linuxKey
	case c == 'M' && len(f.seq) == 0:
		f.state = x10
	case c >= '@' && c <= '~':
		f.finish(c, emit)
	case c == 0x1b:
		f.leave(emit)
		f.begin()
	default: // neither goes on with it nor ends it
		f.leave(emit)
		f.feed(c, emit)
	}
}

// finish passes a control sequence on, if it is one that the parser knows.
func (f *Filter) finish(final byte, emit func([]byte)) {
	seq, alt := string(f.seq), f.alt
	f.state, f.alt = ground, false
	if f.over {
		seq, final = "", 0
	}
	if final == '_' {
		f.finishWin32(seq, alt, emit)
		return
	}
	token := sequence(seq, final, alt)
	if alt && (token == nil || !takesAlt(seq, final)) {
		emit([]byte(escKey))
	}
	if seq == "200" && final == '~' {
		f.pasting, f.pasted, f.matched, f.wasCR = true, 0, 0, false
		token = []byte(pasteStart)
	}
	if token != nil {
		emit(token)
	}
}

// finishWin32 passes a report of win32-input-mode on. One that tells a byte without a key is a byte of a sequence,
// from a terminal that packs its sequences into such reports.
func (f *Filter) finishWin32(seq string, alt bool, emit func([]byte)) {
	if alt {
		emit([]byte(escKey))
	}
	r, ok := parseWin32(seq)
	switch {
	case !ok || !r.down:
	case r.key != 0 || r.scan != 0 || r.char == 0 || r.char >= utf8.RuneSelf:
		emit(r.token())
	case !f.inner:
		if f.nested == nil {
			f.nested = &Filter{inner: true}
		}
		f.nested.feed(byte(r.char), emit)
	}
}

func (f *Filter) feedSS3(c byte, emit func([]byte)) {
	alt := f.alt
	switch {
	case c == 0x1b:
		f.leave(emit)
		f.begin()
	case c >= '@' && c <= '~':
		f.state, f.alt = ground, false
		if alt && takesAlt("", c) {
			emit(sequence("", c, true))
			return
		}
		if alt {
			emit([]byte(escKey))
		}
		emit([]byte{0x1b, 'O', c})
	default:
		f.leave(emit)
		f.feed(c, emit)
	}
}

// feedX10 collects the three bytes of a mouse report of the oldest kind and passes it on in the form that the parser
// knows. A byte is 32 more than what it says, and may be any from there to 255.
func (f *Filter) feedX10(c byte, emit func([]byte)) {
	if c < ' ' { // no report has it, so this one was cut
		f.leave(emit)
		f.feed(c, emit)
		return
	}
	f.seq = append(f.seq, c)
	if len(f.seq) < 3 {
		return
	}
	f.leave(emit)
	if token := x10Mouse(f.seq[0]-' ', f.seq[1]-' ', f.seq[2]-' '); token != nil {
		emit(token)
	}
}

// feedString drops a string up to its end, which is BEL, ESC \, or what else interrupts it. Nothing of it is kept.
func (f *Filter) feedString(c byte) {
	switch c {
	case 0x1b:
		f.begin()
	case 0x07, 0x18, 0x1a: // BEL, CAN, SUB
		f.state = ground
	default:
		f.state = str
	}
}

// feedRune takes a byte of a character beyond ASCII.
func (f *Filter) feedRune(c byte, emit func([]byte)) {
	f.partial = append(f.partial, c)
	for len(f.partial) > 0 && utf8.FullRune(f.partial) {
		r, size := utf8.DecodeRune(f.partial)
		if r == utf8.RuneError && size == 1 {
			f.invalid(1, emit)
			f.altRune = false
			f.partial = append(f.partial[:0], f.partial[1:]...)
			continue
		}
		f.partial = f.partial[:0]
		switch alt := f.altRune && !f.pasting; {
		case r == utf8.RuneError || r <= 0x9f: // the parser makes three characters of the one, and C1 is no text
		case alt:
			emit(altKey(r))
		default:
			f.text(utf8.AppendRune(nil, r), emit)
		}
		f.altRune = false
	}
}

// dropPartial gives up a character that was cut.
func (f *Filter) dropPartial(emit func([]byte)) {
	if n := len(f.partial); n > 0 {
		f.partial, f.altRune = f.partial[:0], false
		f.invalid(n, emit)
	}
}

// invalid notes bytes that are not UTF-8. In text they are seen; as a key, a question mark would do something.
func (f *Filter) invalid(n int, emit func([]byte)) {
	f.loss.Invalid += n
	for range n {
		if f.pasting {
			f.text([]byte{'?'}, emit)
		}
	}
}
