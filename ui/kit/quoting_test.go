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

// TestQuotedWordsComeBack: whatever a word has in it, it is read again as it was.
func TestQuotedWordsComeBack(t *testing.T) {
	for word, want := range map[string]string{"web": "web", "a.b-c_1:2": "a.b-c_1:2",
		`foo\x2dbar.service`: `'foo\x2dbar.service'`,
		"my web":             "'my web'", "it's": `'it'\''s'`, `"`: `'"'`, "": "''", `\`: `'\'`, `a\ 'b" c`: `'a\ '\''b" c'`} {
		got := Quote(word)
		if words, err := SplitWords(got + " next"); got != want || err != nil || len(words) != 2 || words[0] != word {
			t.Errorf("%q is quoted as %s, which is read as %q, %v; want %s", word, got, words, err, want)
		}
	}
}

func TestLastWord(t *testing.T) {
	for line, want := range map[string][2]string{"": {"", ""}, "a": {"", "a"}, "a ": {"a ", ""}, "a  b": {"a  ", "b"},
		"'my w": {"", "my w"}, `"my w`: {"", "my w"}, `x 'foo\x2`: {"x ", `foo\x2`}, `my\ w`: {"", "my w"},
		`'a b' c`: {"'a b' ", "c"}, `'a b'`: {"", "a b"}, `a\`: {"", "a"}, "'it'\\''s": {"", "it's"}} {
		if before, word := LastWord(line); before != want[0] || word != want[1] {
			t.Errorf("%s: %q and %q, want %q", line, before, word, want)
		}
	}
}

func TestUnquote(t *testing.T) {
	for typed, want := range map[string]string{"": "", "a  b": "a  b", "'a  b'  c": "a  b  c", ` a\ b `: " a b",
		`a\  b`: "a  b", `a\ `: "a ",
		"'": "!"} {
		got, err := Unquote(typed)
		if err != nil {
			got = "!"
		}
		if got != want {
			t.Errorf("%q is %q, want %q", typed, got, want)
		}
	}
}
