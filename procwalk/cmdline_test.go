package procwalk

import (
	"slices"
	"strings"
	"testing"

	"bones/procwalk/text"
)

func TestCmdlineArgs(t *testing.T) {
	for _, c := range []struct {
		in   string
		want []string
	}{
		{"", nil}, // kernel thread, zombie, erased
		{"sh\x00", []string{"sh"}},
		{"sh\x00-c\x00echo a b\x00", []string{"sh", "-c", "echo a b"}},
		{"\x00", []string{""}}, // one argument, which is empty
		{"a\x00\x00", []string{"a", ""}},
		{"\x00a\x00", []string{"", "a"}},
		{"nginx: worker process", []string{"nginx: worker process"}}, // setproctitle
		{"a\x00b", []string{"a", "b"}},                               // cut off, or its last NUL overwritten
		{"\x1b[2J\x00\n\x00\xff\x00", []string{"\x1b[2J", "\n", "\xff"}},
	} {
		var got []string
		for _, a := range (&Cmdline{Raw: text.New(c.in)}).Args() {
			got = append(got, a.Raw())
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%q: %q, want %q", c.in, got, c.want)
		}
	}
	if got := (&Cmdline{Raw: text.New(strings.Repeat("\x00", CmdlineMax))}).Args(); len(got) != CmdlineMax {
		t.Errorf("%d empty arguments", len(got))
	}
}

func FuzzCmdlineArgs(f *testing.F) {
	for _, s := range []string{"", "\x00", "a\x00b\x00", "title"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, in string) {
		var words []string
		for _, a := range (&Cmdline{Raw: text.New(in)}).Args() {
			words = append(words, a.Raw())
		}
		if joined := strings.Join(words, "\x00"); joined != in && joined+"\x00" != in {
			t.Errorf("%q became %q", in, words)
		}
	})
}
