package main

import (
	"strings"

	"bones/testdata/hostile/mini"
)

// nameKinds call themselves something; the same text is their file name and an argument.
func nameKinds() []kind {
	list := []struct{ name, comm, doc string }{
		{"paren", "a) S 1 1 (b", "a name that closes the parenthesis of /proc/PID/stat"},
		{"stat-fields", ") R 1 1 1 0 -1 ", "a name that goes on like a line of stat"},
		{"newline", "two\nlines\n", "a name with newlines"},
		{"status-lines", "x\nPPid:\t1\nUid", "a name that looks like lines of status"},
		{"escape", "\x1b[31;7mred\x1b[m", "a name that colours the terminal"},
		{"clear", "\x1b[2J\x1b[H\x1bc", "a name that clears the terminal"},
		{"c1", "\u009b31mred\u009d", "a name with C1 controls as UTF-8"},
		{"c1-raw", "\x9b31mred\x9d", "a name with C1 controls as single bytes"},
		{"invalid", "\xff\xfe\xc0\xaf\xf5", "a name that is not UTF-8"},
		{"cut", "abcdefghijklm\u20ac", "a name whose last character is cut by the limit of 15 bytes"},
		{"bidi", "\u202egnp.exe", "a name that reads from right to left"},
		{"zero-width", "ro\u200bo\u200dt\u2060\ufeff", "a name with characters that are not seen"},
		{"tag-chars", "x\U000e0041\U000e0042\U000e007f", "a name with Unicode tag characters"},
		{"separators", "a\u2028b\u2029c\u0085d", "a name with line and paragraph separators"},
		{"cjk", "\u65e5\u672c\u8a9e\u6f22\u5b57", "a name of characters that are two columns wide"},
		{"emoji", "\U0001f468\u200d\U0001f469\u200d\U0001f467", "a name of emoji that join to one"},
		{"combining", "Z\u0351\u036f\u0322\u0321\u034f\u0353", "a name whose marks pile up on one letter"},
		{"tview-colour", "[red]x[-:-:-]", "a name with tview's colour tags"},
		{"tview-region", `["a"]x[""][::u]`, "a name with tview's region tags"},
		{"tview-link", "[:::http://e]x", "a name that tview makes a hyperlink of"},
		{"backslash", `\\\n\x1b[31m\`, "a name with backslashes, as if it were escaped already"},
		{"quotes", `'"$(id)"';` + "`id`", "a name that a shell would run"},
		{"blank", "   ", "a name of blanks"},
		{"nothing", "", "no name at all"},
		{"kthread", "[kworker/0:1]", "a name like that of a kernel thread"},
	}
	kinds := make([]kind, 0, len(list))
	for _, c := range list {
		kinds = append(kinds, kind{name: c.name, doc: c.doc, small: true, make: func(s *stage, _ int) ([]int, error) {
			file := strings.ReplaceAll(c.comm, "/", "|")
			if file == "" {
				file = "file"
			}
			pid, err := s.start(mini.Program{Name: &c.comm}, file, []string{c.comm, c.comm + c.comm, "--end"})
			return []int{pid}, err
		}})
	}
	return kinds
}
