package psfmt

import (
	"strings"
	"testing"
	"unicode/utf8"

	"bones/procwalk"
	"bones/procwalk/text"
)

// printed is what becomes of a command line, in a column of so many columns.
func printed(cmdline string, rest int, utf8Locale bool) (string, int) {
	p := process(1, 0, "x", cmdline, nil)
	c := newContext(snapshot(p), &Options{UTF8: utf8Locale})
	c.rest = rest
	n := printArgs(c, &p)
	return string(c.cell), n
}

func TestEscape(t *testing.T) {
	for _, c := range []struct {
		in          string
		rest        int
		utf8, ascii string
	}{
		{"plain", 99, "plain", "plain"},
		{"plain", 3, "pla", "pla"},
		{"a\x1bb\x7fc\t", 99, "a?b?c?", "a.b.c."},
		{"日本", 99, "日本", "??????"},
		{"日本", 3, "日", "???"},
		{"e\u0301x", 2, "e\u0301x", "e?"},
		{"\xff\x1bé", 99, "?.??", "?.??"},
		{"é\xff\x1bé", 99, "é?.??", "???.??"},
		{"cut\xe6\x97", 99, "cut??", "cut??"},
		{"\u009b31m", 99, "?31m", "??31m"},
		{"\ue000", 99, "\\ue000", "???"},
		{"a\u202eb", 99, `a\u202eb`, "a???b"},
		{"a\u202eb", 6, "a", "a???b"}, // there is no room for the escape
		{"\u200b\ufeff", 99, `\u200b\ufeff`, "??????"},
		{"\U000e0041", 99, `\U000e0041`, "????"},
		{"back\\slash", 99, "back\\slash", "back\\slash"}, // as ps, so that an escape can be imitated, but not acted on
		{"\xf4\x90\x80\x80", 99, "?", "????"},
		{"\xed\xa0\x80", 99, "???", "???"},
		{"\u0378", 99, "?", "??"}, // unassigned
	} {
		for _, loc := range []struct {
			utf8 bool
			want string
		}{{true, c.utf8}, {false, c.ascii}} {
			got, n := printed(c.in, c.rest, loc.utf8)
			if got != loc.want {
				t.Errorf("%q in %d columns, UTF-8 %v: %q, want %q", c.in, c.rest, loc.utf8, got, loc.want)
			}
			if n > c.rest {
				t.Errorf("%q takes %d columns of %d", c.in, n, c.rest)
			}
		}
	}
}

// harmless checks that output holds nothing that acts on a terminal or deceives its reader.
func harmless(t *testing.T, out string) {
	t.Helper()
	if !utf8.ValidString(out) {
		t.Fatalf("not valid UTF-8: %q", out)
	}
	for _, r := range out {
		if text.Deceptive(r) {
			t.Fatalf("%U got through: %q", r, out)
		}
	}
}

func FuzzEscape(f *testing.F) {
	for _, s := range []string{"", "plain", "\x1b[31m", "\xff\xfe", "日本", "e\u0301", "\u202e", "\xf4\x90\x80\x80",
		"a\x00b\n"} {
		f.Add(s, 20, true)
	}
	f.Fuzz(func(t *testing.T, s string, rest int, utf8Locale bool) {
		rest &= 0xfff
		out, n := printed(s, rest, utf8Locale)
		harmless(t, out)
		if n > rest {
			t.Fatalf("%q takes %d columns of %d", s, n, rest)
		}
	})
}

// A whole row of untrusted text, in any format, is one harmless line.
func FuzzRow(f *testing.F) {
	f.Add("comm", "args\x00", "/cgroup", "label", "user", "pts/1", "container", "pid,user,tty,args,comm,cgroup,label",
		80, true)
	f.Add("\x1b]0;t\a", "\n\r\x00", "/a\n\x1b", "\x9b", "\x07", "\x1b", "\u202e",
		"container,runtime,unit,slice,lxc,cgname,args,user:3=\x1b", 3, false)
	f.Fuzz(func(t *testing.T, comm, args, group, label, user, tty, container, list string, width int, utf8Locale bool) {
		format, err := ParseFormat(list)
		if err != nil {
			harmless(t, err.Error())
			return
		}
		if len(format.fields) > 50 {
			return
		}
		p := process(7, 1, comm, args, func(p *procwalk.Process) {
			p.TTYNr = 5
			p.State = byte(len(args))
			p.Cgroups.Lines = []procwalk.CgroupLine{{Hierarchy: 1, Controllers: text.New(label), Path: text.New(group)},
				{Path: text.New(group)}}
			p.Label = &procwalk.Label{Name: text.New(label)}
		})
		resolve := func(*procwalk.Process) text.Text { return text.New(container) }
		o := &Options{UTF8: utf8Locale, Width: width & 0xffff, Forest: width&1 == 1, Users: names{0: user},
			Groups: names{0: user},
			TTYs:   ttys{5: tty}, Container: resolve, Runtime: resolve}
		out := string(format.Append(nil, snapshot(p), o))
		if n := strings.Count(out, "\n"); n < 1 || n > 2 {
			t.Fatalf("%d lines: %q", n, out)
		}
		for line := range strings.Lines(out) {
			harmless(t, strings.TrimSuffix(line, "\n"))
		}
	})
}

func FuzzParseFormat(f *testing.F) {
	for _, s := range []string{"pid", "pid,args", "user:3=X,comm=", "OL_u", ",", "pid:0", "\x1b", "a b\tc"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, list string) {
		format, err := ParseFormat(list)
		if err != nil {
			harmless(t, err.Error())
			return
		}
		if len(format.fields) == 0 {
			t.Fatalf("%q gives no column and no error", list)
		}
		for _, fd := range format.fields {
			harmless(t, fd.head)
		}
		if _, err := ParseSort(list); err != nil {
			harmless(t, err.Error())
		}
	})
}
