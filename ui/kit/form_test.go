package kit

import (
	"fmt"
	"testing"
)

func TestSplitWords(t *testing.T) {
	for in, want := range map[string]string{
		"": `[]`, "  a  b ": `["a" "b"]`, `'a b' "c d"`: `["a b" "c d"]`, `a\ b`: `["a b"]`, `''`: `[""]`,
		`"a\"b"`: `["a\"b"]`, `'a\b'`: `["a\\b"]`, `x'y'z`: `["xyz"]`,
	} {
		if got, err := splitWords(in); err != nil || fmt.Sprintf("%q", got) != want {
			t.Errorf("%s: %q, %v; want %s", in, got, err, want)
		}
	}
	for _, in := range []string{`'`, `"a`, `a\`} {
		if _, err := splitWords(in); err == nil {
			t.Errorf("%s was taken", in)
		}
	}
}
