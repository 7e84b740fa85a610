package terminal

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"bones/procwalk/proctest"

	"github.com/gdamore/tcell/v2"
)

// filtered returns the tokens for chunks of input, with silence after each chunk that is empty.
func filtered(f *Filter, chunks ...string) (tokens []string) {
	emit := func(token []byte) { tokens = append(tokens, string(token)) }
	for _, c := range chunks {
		if c == "" {
			f.Silence(emit)
		}
		f.Feed([]byte(c), emit)
	}
	return tokens
}

func TestFilter(t *testing.T) {
	const silence = ""
	for _, c := range []struct {
		name string
		in   []string
		want string
	}{
		{"text", []string{"aé€😀\r\t\x7f\x03"}, "aé€😀\r\t\x7f\x03"},
		{"text in pieces", []string{"\xe2", "\x82", "\xac", "\xf0\x9f", "\x98\x80"}, "€😀"},
		{"latin-1", []string{"caf\xe9 au lait"}, "caf au lait"},
		{"cut UTF-8, then a key", []string{"\xe2\x82q"}, "q"},
		{"cut UTF-8, then silence and a key", []string{"\xe2\x82", silence, "q"}, "q"},
		{"cut UTF-8, then an arrow", []string{"\xe2\x82\x1b[A"}, "\x1b[A"},
		{"cut UTF-8, then another character", []string{"\xe2\x82é"}, "é"},
		{"overlong, surrogate, too large, C1, the replacement character",
			[]string{"\xc0\xaf\xed\xa0\x80\xf5\x80\x80\x80\u0085\ufffdx"}, "x"},

		{"escape", []string{"\x1b", silence}, escKey},
		{"escape, then q after a while", []string{"\x1b", silence, "q"}, escKey + "q"},
		{"escape twice", []string{"\x1b\x1b", silence}, escKey + escKey},
		{"escape four times and an arrow", []string{"\x1b\x1b\x1b\x1b[A"}, escKey + escKey + "\x1b[1;3A"},
		{"Alt", []string{"\x1bx\x1bé\x1bN"}, "\x1bx\x1b[233;3u\x1b[78;3u"},
		{"Alt and what begins a sequence", []string{"\x1b[", silence, "\x1bO", silence, "\x1b]", silence, "\x1bP", silence},
			"\x1b[91;3u\x1b[79;3u\x1b[93;3u\x1b[80;3u"},
		{"Alt as old terminals tell it", []string{"\x1b\x1b[A\x1b\x1bOP\x1b\x1b[5~"}, "\x1b[1;3A\x1b[1;3P\x1b[5;3~"},
		{"escape, then the mouse at once", []string{"\x1b\x1b[<0;3;4M"}, escKey + "\x1b[<0;3;4M"},

		{"keys", []string{"\x1b[A\x1b[1;5C\x1bOP\x1b[15;2~\x1b[Z\x1b[97;5u\x1b[27;5;97~\x1b[I\x1b[O\x1b[[A"},
			"\x1b[A\x1b[1;5C\x1bOP\x1b[15;2~\x1b[Z\x1b[97;5u\x1b[97;5u\x1b[I\x1b[O\x1b[[A"},
		{"a key in pieces", []string{"\x1b", "[", "1;", "5", "C"}, "\x1b[1;5C"},
		{"a sequence without end", []string{"\x1b[1;5", silence, "q"}, "q"},
		{"a sequence cut by another", []string{"\x1b[1;5\x1b[Bq"}, "\x1b[Bq"},
		{"a sequence that is too long", []string{"\x1b[" + strings.Repeat("1;", 1000) + "Aq"}, "q"},
		{"numbers too large or missing", []string{"\x1b[99999999999A\x1b[;5A\x1b[1;5;7A\x1b[1;70000Aq"}, "q"},
		{"answers that were not asked for", []string{"\x1b[?62;4c\x1b[>0;10;1c\x1b[?2026;2$y\x1b[?1uq"}, "q"},
		{"no character", []string{"\x1b[0u\x1b[55296u\x1b[1114112u\x1b[155uq"}, "q"},

		{"SGR mouse", []string{"\x1b[<35;10;20M\x1b[<0;1;1m"}, "\x1b[<35;10;20M\x1b[<0;1;1m"},
		{"SGR mouse, numbers too large", []string{"\x1b[<0;99999;1M\x1b[<99999999999999999999;1;1M\x1b[<300;1;1Mq"}, "q"},
		{"SGR mouse, numbers missing", []string{"\x1b[<0;;5M\x1b[<;1;1M\x1b[<M\x1b[<0;1M\x1b[<0;1;1;1M\x1b[<0;0;1Mq"}, "q"},
		{"X10 mouse", []string{"\x1b[M !!", "\x1b[M#\xdf\xff", "\x1b[M", "`", "!", "\x80"},
			"\x1b[<0;1;1M\x1b[<0;191;223m\x1b[<64;1;96M"},
		{"X10 mouse, a column too large", []string{"\x1b[M \x00!", silence, "q"}, "\x00!q"},
		{"X10 mouse, cut", []string{"\x1b[M ", silence, "q"}, "q"},
		{"X10 mouse, cut by escape", []string{"\x1b[M \x1b", silence, "q"}, escKey + "q"},

		{"strings", []string{"\x1b]0;title\x07\x1b]52;c;AAAA\x1b\\\x1bPq#0\x1b\\\x1b_a\x1b\\\x1b^p\x1b\\\x1bXs\x1b\\q"},
			"q"},
		{"OSC without end", []string{"\x1b]0;qqq", silence, "q"}, "q"},
		{"DCS without end, then escape and q", []string{"\x1bP" + strings.Repeat("q", 1<<20), "\x1b", silence, "q"},
			escKey + "q"},
		{"a string that is cancelled", []string{"\x1b]0;qq\x18q"}, "q"},

		{"paste", []string{pasteStart + "a\nb\r\nc\td\x1b[Ae\x03é" + pasteEnd + "q"}, pasteStart + "a\rb\rc\td[Aeé" +
			pasteEnd + "q"},
		{"paste of latin-1", []string{pasteStart + "caf\xe9s" + pasteEnd}, pasteStart + "caf?s" + pasteEnd},
		{"paste that ends in a cut character", []string{pasteStart + "\xe2\x82" + pasteEnd}, pasteStart + "??" + pasteEnd},
		{"paste without end", []string{pasteStart + "ab", silence, "q"}, pasteStart + "ab" + pasteEnd + "q"},
		{"paste without end, then escape and q", []string{pasteStart + "ab", "\x1b", silence, "q"}, pasteStart + "ab" +
			pasteEnd + escKey + "q"},
		{"paste whose end comes in two pieces", []string{pasteStart + "ab\x1b", silence, "[201~q"}, pasteStart + "ab" +
			pasteEnd + escKey + "q"},
		{"an end that is none", []string{pasteStart + "\x1b[201x\x1b[20\x1b[201~q"}, pasteStart + "[201x[20" + pasteEnd +
			"q"},
		{"the end of no paste", []string{"\x1b[201~q"}, "q"},

		{"win32-input-mode", []string{"\x1b[65;30;97;1;0;1_\x1b[65;30;97;0;0;1_\x1b[38;;;1_"},
			"\x1b[65;30;97;1;0;1_\x1b[38;0;0;1;0;1_"},
		{"win32-input-mode, two thousand million times", []string{"\x1b[65;30;97;1;0;2147483647_\x1b[65;30;97;1;0;60000_"},
			"\x1b[65;30;97;1;0;32_"},
		{"win32-input-mode, a sequence in reports", []string{packed("\x1b[<0;3;4M"), packed("\x1b]0;"), silence, "q"},
			"\x1b[<0;3;4Mq"},
		{"win32-input-mode, reports in reports", []string{packed(packed("q")), "q"}, "q"},
	} {
		got := strings.Join(filtered(&Filter{}, c.in...), "")
		if got != c.want {
			t.Errorf("%s: %q\ngives %q\nwant  %q", c.name, c.in, got, c.want)
		}
		if len(c.in) == 1 { // wherever it is cut
			got = strings.Join(filtered(&Filter{}, strings.SplitAfter(c.in[0], "")...), "")
			if got != c.want && !strings.ContainsFunc(c.in[0], func(r rune) bool { return r >= utf8.RuneSelf }) {
				t.Errorf("%s in pieces gives %q\nwant  %q", c.name, got, c.want)
			}
		}
	}
}

// packed is a sequence as terminals tell it that pack each byte into a report of win32-input-mode.
func packed(s string) string {
	var b strings.Builder
	for _, c := range []byte(s) {
		fmt.Fprintf(&b, "\x1b[0;0;%d;1;0;1_", c)
	}
	return b.String()
}

func TestFilterSaysWhatIsLost(t *testing.T) {
	f := &Filter{}
	long := strings.Repeat("é", MaxPaste/2+10)
	tokens := filtered(f, pasteStart+long)
	if l := f.TakeLoss(); l != (Loss{}) {
		t.Errorf("before the paste is over: %+v", l)
	}
	tokens = append(tokens, filtered(f, pasteEnd)...)
	if n := len(strings.Join(tokens, "")) - len(pasteStart) - len(pasteEnd); n > MaxPaste {
		t.Errorf("%d bytes of a paste were passed on", n)
	}
	if l := f.TakeLoss(); l != (Loss{Pasted: 20}) {
		t.Errorf("after the paste: %+v", l)
	}
	filtered(f, "\xe9\xe2\x82q")
	if l := f.TakeLoss(); l != (Loss{Invalid: 3}) {
		t.Errorf("invalid bytes: %+v", l)
	}
	if l := f.TakeLoss(); l != (Loss{}) {
		t.Errorf("said twice: %+v", l)
	}
}

// hostileInputs are what was seen to hang a terminal UI, and their like.
func hostileInputs() map[string][]byte {
	random := make([]byte, 1<<20)
	r := rand.NewChaCha8([32]byte{1})
	r.Read(random)
	return map[string][]byte{
		"latin-1":             []byte("na\xefve caf\xe9 \xe9"),
		"cut UTF-8":           []byte("\xe2\x82"),
		"X10 mouse":           []byte("\x1b[M \xff\xfe\x1b[M\x80\x80\x80\x1b[M \x00\x00\x1b[M !"),
		"SGR mouse":           []byte("\x1b[<0;99999999999;1M\x1b[<2147483648;1;1m\x1b[<0;;M\x1b[<0;65535;65535M\x1b[<"),
		"OSC without end":     []byte("\x1b]0;title"),
		"DCS without end":     []byte("\x1bP1$r0m"),
		"APC, PM, SOS":        []byte("\x1b_a\x1b^b\x1bXc"),
		"CSI without end":     append([]byte("\x1b["), bytes.Repeat([]byte("1;"), 1<<18)...),
		"repetitions":         []byte("\x1b[65;30;97;1;0;2147483647_"),
		"paste without end":   []byte("\x1b[200~abc\xe2"),
		"paste of random":     append(append([]byte(pasteStart), random...), pasteEnd...),
		"random":              random[:64<<10],
		"a lone replacement":  []byte("\ufffd"),
		"high bytes, all":     []byte("\x80\x81\x9b\x9d\xa0\xc3\xe1\xf0\xf8\xff"),
		"win32, one sequence": []byte(packed("\x1b]0;t") + packed("\x1b[200~x")),
	}
}

// FuzzFilter feeds whatever in whatever pieces: what comes out is digested by tcell's parser, and afterwards escape
// and q are escape and q.
func FuzzFilter(f *testing.F) {
	for _, in := range hostileInputs() {
		f.Add(in[:min(len(in), 4096)], uint8(3))
	}
	f.Fuzz(func(t *testing.T, in []byte, piece uint8) {
		filter := &Filter{}
		var tokens [][]byte
		emit := func(token []byte) { tokens = append(tokens, bytes.Clone(token)) }
		for len(in) > 0 {
			n := min(len(in), int(piece%61)+1)
			filter.Feed(in[:n], emit)
			in = in[n:]
			if piece&0x80 != 0 {
				filter.Silence(emit)
			}
			if len(filter.seq) > maxSequence || len(filter.partial) > utf8.UTFMax {
				t.Fatalf("it keeps %d bytes of a sequence, %d of a character", len(filter.seq), len(filter.partial))
			}
		}
		for i := 0; filter.Wait() > 0; i++ {
			if filter.Silence(emit); i > 2 {
				t.Fatalf("after silence it waits still: %+v", filter)
			}
		}
		filter.Feed([]byte{0x1b}, emit)
		filter.Silence(emit)
		filter.Feed([]byte("q"), emit)
		for _, token := range tokens {
			if len(token) > maxToken || !utf8.Valid(token) || bytes.IndexByte(token[1:], 0x1b) >= 0 {
				t.Fatalf("token %q", token)
			}
		}
		checkEvents(t, parsed(t, tokens))
	})
}

// parsed runs tokens through tcell's parser as its screen does.
func parsed(t *testing.T, tokens [][]byte) []tcell.Event {
	t.Helper()
	events := make(chan tcell.Event)
	var all []tcell.Event
	done := make(chan struct{})
	go func() {
		defer close(done)
		for ev := range events {
			all = append(all, ev)
		}
	}()
	scanned := make(chan struct{})
	go func() {
		defer close(scanned)
		p := tcell.NewInputProcessor(events)
		for _, token := range tokens {
			p.ScanUTF8(token)
		}
	}()
	select {
	case <-scanned:
	case <-time.After(proctest.Patience):
		t.Fatalf("the parser does not come to an end with %.200q", tokens)
	}
	close(events)
	<-done
	return all
}

// checkEvents checks that pastes begin and end in turn, and that the last two keys are escape and q.
func checkEvents(t *testing.T, all []tcell.Event) {
	t.Helper()
	pasting := false
	for _, ev := range all {
		if p, ok := ev.(*tcell.EventPaste); ok {
			pasting = p.Start()
		}
	}
	if pasting {
		t.Fatal("a paste does not end")
	}
	if len(all) < 2 {
		t.Fatalf("only %d events", len(all))
	}
	first, ok := all[len(all)-2].(*tcell.EventKey)
	last, ok2 := all[len(all)-1].(*tcell.EventKey)
	if !ok || !ok2 || first.Key() != tcell.KeyEsc || first.Modifiers() != 0 || last.Rune() != 'q' ||
		last.Modifiers() != 0 {
		t.Fatalf("escape and q came as %#v and %#v", all[len(all)-2], all[len(all)-1])
	}
}
