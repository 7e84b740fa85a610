package export

import (
	"strings"
	"unicode/utf8"

	"bones/procwalk/text"
)

// Bounds of what others choose: names of containers, images, pods and programs.
const (
	maxLabel      = 128  // bytes of the value of a label
	maxContainers = 2000 // with metrics of their own, those of root first
	maxGroups     = 1000 // units
	maxProcesses  = 1000 // of --processes
	maxMachines   = 500  // virtual machines
)

// cut marks the value of a label that was longer.
const cut = "…"

// labeller makes values of labels out of what others choose, and counts those that it cut.
type labeller struct {
	cuts float64
}

// value returns text that is fit for a label: valid UTF-8 without anything that steers a terminal, of maxLabel
// bytes at most.
func (l *labeller) value(t text.Text) string {
	raw := t.Raw()
	if len(raw) <= maxLabel && plain(raw) {
		return raw
	}
	if len(raw) > 4*maxLabel { // the sanitiser need not see what is cut anyway
		raw = raw[:4*maxLabel]
	}
	s := text.Sanitise(strings.ToValidUTF8(raw, "\uFFFD"))
	if len(s) <= maxLabel && t.Len() <= 4*maxLabel {
		return s
	}
	l.cuts++
	if len(s) > maxLabel-len(cut) {
		s = s[:maxLabel-len(cut)]
	}
	for len(s) > 0 { // not within a character
		if r, n := utf8.DecodeLastRuneInString(s); r != utf8.RuneError || n > 1 {
			break
		}
		s = s[:len(s)-1]
	}
	return s + cut
}

// plain reports whether a name is what names usually are.
func plain(s string) bool {
	for i := range len(s) {
		if c := s[i]; c <= ' ' || c >= 0x7f || c == '\\' {
			return false
		}
	}
	return true
}
