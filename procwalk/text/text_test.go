package text

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"
)

// TestQuotedOnce: %q is the literal of the text itself, and not of its sanitised form.
func TestQuotedOnce(t *testing.T) {
	for _, s := range []string{"web", "a\x1b[31mb", `say "hi"`, `back\slash`, "\xff\u202e\n", ""} {
		quoted := fmt.Sprintf("%q", New(s))
		if back, err := strconv.Unquote(quoted); err != nil || back != s {
			t.Errorf("%q is quoted as %s, which means %q (%v)", s, quoted, back, err)
		}
	}
}

func TestSanitise(t *testing.T) {
	for _, c := range []struct{ in, want string }{
		{"", ""},
		{"memcached", "memcached"},
		{"a b", "a b"},
		{`back\slash`, `back\\slash`},
		{"line\nbreak\ttab\rret", `line\nbreak\ttab\rret`},
		{"\x1b]52;c;ZXZpbA==\a", `\x1b]52;c;ZXZpbA==\x07`},
		{"\x7f\x00", `\x7f\x00`},
		{"\u009b31m", `\u009b31m`},                 // C1 CSI as UTF-8
		{"\x9b31m", `\x9b31m`},                     // C1 CSI as a byte
		{"cut\xe2\x82", `cut\xe2\x82`},             // a cut euro sign
		{"\u202egnp.exe", `\u202egnp.exe`},         // right-to-left override
		{"zero\u200bwidth", `zero\u200bwidth`},     // zero width space
		{"\u2028\u2029", `\u2028\u2029`},           // line separators
		{"\U000e0041tag", `\U000e0041tag`},         // tag character
		{"no\u00a0break", `no\u00a0break`},         // a space that is not one
		{"x\ufe0f", `x\ufe0f`},                     // variation selector
		{"\ufffd", "\ufffd"},                       // the replacement character itself is valid text
		{"日本語 ñ é", "日本語 ñ é"},                     // printable text stays
		{"[:::http://evil]x", "[:::http://evil]x"}, // a matter of the drawing code, not of the bytes
	} {
		if got := Sanitise(c.in); got != c.want {
			t.Errorf("Sanitise(%q) = %s, want %s", c.in, got, c.want)
		}
	}
}

func TestLineEscapesOnce(t *testing.T) {
	if got, want := Line(Sanitise("a\x1b")+`\b`+"\n\x9b"), `a\x1b\b\n\x9b`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestTextNeverPrintsRaw(t *testing.T) {
	evil := New("\x1b[2J")
	for _, verb := range []string{"%s", "%v", "%+v", "%#v", "%q", "%x", "%d"} {
		if out := fmt.Sprintf(verb, evil); strings.Contains(out, "\x1b") {
			t.Errorf("%s printed a raw escape: %q", verb, out)
		}
		if out := fmt.Sprintf(verb, struct{ T Text }{evil}); strings.Contains(out, "\x1b") {
			t.Errorf("%s of a struct printed a raw escape: %q", verb, out)
		}
	}
}

func TestJSONKeepsText(t *testing.T) {
	b, err := json.Marshal(New("a\x1b\n\xffz"))
	if err != nil {
		t.Fatal(err)
	}
	var s string
	if err := json.Unmarshal(b, &s); err != nil {
		t.Fatal(err)
	}
	if want := "a\x1b\n\ufffdz"; s != want {
		t.Errorf("JSON carried %q, want %q", s, want)
	}
}

func FuzzSanitise(f *testing.F) {
	for _, s := range []string{"", "plain", `\`, "\x1b[31m", "\u202e", "\xff\xfe", "日本", "\U000e0041", "a\u0301"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got := Sanitise(s)
		if !utf8.ValidString(got) {
			t.Fatalf("Sanitise(%q) is not valid UTF-8: %q", s, got)
		}
		for _, r := range got {
			if Deceptive(r) {
				t.Fatalf("Sanitise(%q) let %U through", s, r)
			}
		}
		if string(AppendSafe(nil, s)) != got {
			t.Fatalf("AppendSafe differs from Sanitise for %q", s)
		}
		back, err := Restore(got)
		if err != nil || back != s {
			t.Fatalf("Restore(%q) = %q, %v; want %q", got, back, err, s)
		}
	})
}
