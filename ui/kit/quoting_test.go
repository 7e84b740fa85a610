package kit

import (
	"fmt"
	"os/exec"
	"strings"
	"testing"
)

func TestSplitWords(t *testing.T) {
	for in, want := range map[string]string{
		"": `[]`, "  a  b ": `["a" "b"]`, `'a b' "c d"`: `["a b" "c d"]`, `a\ b`: `["a b"]`, `''`: `[""]`,
		`"a\"b"`: `["a\"b"]`, `'a\b'`: `["a\\b"]`, `x'y'z`: `["xyz"]`,
		"a\tb": `["a" "b"]`, `"a\b \$ \\"`: `["a\\b $ \\"]`, `'io.max=8:0 rbps=1'`: `["io.max=8:0 rbps=1"]`,
		`io.max="8:0 rbps=1" b`: `["io.max=8:0 rbps=1" "b"]`, `'' a`: `["" "a"]`, `it\'s`: `["it's"]`,
	} {
		if got, err := SplitWords(in); err != nil || fmt.Sprintf("%q", got) != want {
			t.Errorf("%s: %q, %v; want %s", in, got, err, want)
		}
	}
	for _, in := range []string{`'`, `"a`, `a\`} {
		if _, err := SplitWords(in); err == nil {
			t.Errorf("%s was taken", in)
		}
		if _, err := OneWord(in); err == nil {
			t.Errorf("%s was taken for one word", in)
		}
	}
	for in, want := range map[string]string{"": "", "a": "a", "'a b'": "a b", "a b": "a b", `'a' b`: `'a' b`} {
		if got, err := OneWord(in); got != want || err != nil {
			t.Errorf("%s: %q, %v; want %q", in, got, err, want)
		}
	}
}

// TestWordsAreThoseOfTheShell: what is quoted for a shell is read here as a shell reads it.
func TestWordsAreThoseOfTheShell(t *testing.T) {
	for _, line := range []string{`a 'b c' "d e" f\ g`, `"a\b" 'a\b' a\b`, `"\"" '"' \" "'"`, `'' "" x''y`, `a"b c"d`} {
		out, err := exec.Command("sh", "-c", `for w in `+line+`; do printf '%s\0' "$w"; done`).Output()
		if err != nil {
			t.Fatal(err)
		}
		words, err := SplitWords(line)
		if got := strings.Join(words, "\x00") + "\x00"; err != nil || got != string(out) {
			t.Errorf("%s is %q, %v; the shell has %q", line, got, err, out)
		}
	}
}
