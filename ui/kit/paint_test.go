package kit

import (
	"math/rand/v2"
	"strings"
	"testing"

	"bones/procwalk/text"
	"bones/ui/rows/rowstest"
)

func TestFitAndWrap(t *testing.T) {
	for _, c := range []struct {
		s, want string
		n       int
	}{{"abc", "abc", 3}, {"abcd", "ab~", 3}, {"日本語", "日本語", 6}, {"日本語", "日~", 4}, {"日本語", "日本~", 5}, {"日", "~", 1},
		{"a", "", 0}, {"e\u0301e\u0301e\u0301", "e\u0301~", 2}} {
		if got := Fit(c.s, c.n); got != c.want {
			t.Errorf("fit(%q, %d) = %q, want %q", c.s, c.n, got, c.want)
		}
	}
	if got := strings.Join(Wrap("one two  three fourfivesix 日本語", 8), "|"); got != "one two| three|fourfive|six|日本語" {
		t.Errorf("wrapped: %s", got)
	}
	r := rand.New(rand.NewPCG(3, 3))
	for range 3000 {
		s, n := text.Sanitise(rowstest.RandomText(r, 300)), 1+r.IntN(30)
		if got := Fit(s, n); Width(got) > n {
			t.Fatalf("fit(%q, %d) takes %d cells", s, n, Width(got))
		}
		lines := Wrap(s, n)
		for _, l := range lines {
			if Width(l) > max(n, 2) {
				t.Fatalf("wrap(%q, %d) made %q of %d cells", s, n, l, Width(l))
			}
		}
		if strip := func(s string) string { return strings.ReplaceAll(s, " ", "") }; strip(strings.Join(lines,
			"")) != strip(s) {
			t.Fatalf("wrap(%q, %d) lost something: %q", s, n, lines)
		}
	}
}
