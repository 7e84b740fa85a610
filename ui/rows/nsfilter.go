package rows

import (
	"fmt"
	"strconv"
	"strings"

	"bones/nsview"
	"bones/procwalk"
)

// NSFilter chooses namespaces. One passes if it is of one of the types, if there are any, and if every other word is
// in what its row shows, or with an exclamation mark in front of it is not.
type NSFilter struct {
	Text  string
	types [procwalk.NSTypes]bool
	typed bool
	words filterWords
}

// ParseNSFilter reads a filter: the names of types ("net mnt"), a number (a namespace's, or the PID of its leader),
// and parts of names or command lines. Empty is no filter: nil.
func ParseNSFilter(s string) (*NSFilter, error) {
	f := &NSFilter{Text: strings.TrimSpace(s)}
	for word := range strings.FieldsFuncSeq(s, func(r rune) bool { return r == ' ' || r == ',' }) {
		explicit := strings.HasPrefix(word, "type:")
		if t, ok := nsTypeNamed(strings.TrimPrefix(word, "type:")); ok {
			f.types[t], f.typed = true, true
			continue
		}
		if explicit {
			return nil, fmt.Errorf("there is no type %q: cgroup, ipc, mnt, net, pid, time, user, uts",
				strings.TrimPrefix(word, "type:"))
		}
		f.words.add(word)
	}
	if !f.typed && f.words.none() {
		return nil, nil
	}
	return f, nil
}

func nsTypeNamed(word string) (procwalk.NSType, bool) {
	for t := range procwalk.NSTypes {
		if t.String() == word || t == procwalk.Mnt && word == "mount" {
			return t, true
		}
	}
	return 0, false
}

// Pass reports whether a namespace passes.
func (f *NSFilter) Pass(v *nsview.View, n *nsview.Namespace, names NSNames) bool {
	if f.typed && !f.types[n.Type] {
		return false
	}
	if f.words.none() {
		return true
	}
	var shown strings.Builder
	shown.WriteString(strconv.FormatUint(n.Inode, 10))
	for _, c := range nsGroup(v, n, names, "").Cells[1:] {
		shown.WriteByte(0) // no word reaches from one cell to the next
		shown.WriteString(strings.ToLower(c.Text))
	}
	return f.words.pass(shown.String())
}
