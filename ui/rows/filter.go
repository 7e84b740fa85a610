package rows

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"bones/procwalk"
)

// Filter is a condition on processes, as the user typed it. Words apart by blanks must all hold:
//
//	word           part of the name or of COMMAND as it is shown, or letters of one word of them in this order; a
//	               number: part of them, or the PID
//	!word          not so; also before the forms below
//	re:EXPR        a regular expression (RE2) over the name or COMMAND as it is shown; takes the rest of the line
//	user:NAME      part of the effective user's name, or its whole number
//	state:LETTERS  in one of these states, by the first letter of STAT
//	ns:INODE       in the namespace with this inode
//	container:NAME in the container with this part of a name, or an id that begins so
//	cgroup:PATH    in the group with this path or below it, in any hierarchy; takes the rest of the line
//
// Whether a letter is a capital matters only to a word that has one. A Filter is for one goroutine.
type Filter struct {
	Text  string
	terms []term
	pid   int // the process of this number is found before others, which only have it in their command line
	sight sight
	want  procwalk.Want // what it looks at beside stat
}

type term struct {
	not   bool
	match func(*sight) bool
}

// filterMax is how long a filter may be, in bytes: each key that is typed compiles it anew, and each row is matched
// with each of its words. The path of a group, which is one word, may be as long as the kernel has them.
const (
	filterMax      = 1024
	filterMaxGroup = 4096 + len("cgroup:")
)

// ParseFilter reads a filter. An empty one is nil, which everything passes. One of more than filterMax bytes is an
// error.
func ParseFilter(s string) (*Filter, error) {
	limit := filterMax
	if strings.HasPrefix(s, "cgroup:") {
		limit = filterMaxGroup
	}
	if len(s) > limit {
		return nil, fmt.Errorf("filter: it is %d bytes long; at most %d are taken", len(s), limit)
	}
	f := &Filter{Text: s}
	rest := strings.TrimSpace(s)
	for rest != "" {
		var t term
		if after, ok := strings.CutPrefix(rest, "!"); ok {
			t.not, rest = true, after
		}
		var word string
		if expr, ok := strings.CutPrefix(rest, "re:"); ok {
			re, err := regexp.Compile(expr)
			if err != nil {
				return nil, fmt.Errorf("filter: %w", err)
			}
			f.want |= procwalk.WantCmdline
			t.match, rest = func(s *sight) bool { return s.any(re.Match) }, ""
		} else if path, ok := strings.CutPrefix(rest, "cgroup:"); ok {
			f.want |= procwalk.WantCgroup
			if rest = ""; path != "" {
				t.match = func(s *sight) bool { return inCgroup(s.process, path) }
			}
		} else {
			word, rest, _ = strings.Cut(rest, " ")
			rest = strings.TrimLeft(rest, " ")
			pid, err := f.pid, error(nil)
			if t.match, err = f.word(word); err != nil {
				return nil, err
			}
			if t.not {
				f.pid = pid
			}
		}
		if t.match != nil {
			f.terms = append(f.terms, t)
		}
	}
	if len(f.terms) == 0 {
		return nil, nil
	}
	return f, nil
}

// word returns the condition of one word; nil where there is nothing yet to compare with, as while typing.
func (f *Filter) word(w string) (func(*sight) bool, error) {
	kind, value, ok := strings.Cut(w, ":")
	switch {
	case !ok:
	case kind == "user":
		f.want |= procwalk.WantStatus
		if value == "" {
			return nil, nil
		}
		return matchUser(value), nil
	case kind == "state":
		return matchState(value)
	case kind == "ns":
		f.want |= procwalk.WantNS
		if value == "" {
			return nil, nil
		}
		inode, err := strconv.ParseUint(value, 10, 64)
		if err != nil {
			return nil, fmt.Errorf("filter: ns:%s: give an inode number, as in ns:4026531836", value)
		}
		return func(s *sight) bool { return inNamespace(s.process, inode) }, nil
	case kind == "container":
		f.want |= ContainerWant
		if value == "" {
			return nil, nil
		}
		return matchContainer(value), nil
	}
	if w == "" {
		return nil, nil
	}
	f.want |= procwalk.WantCmdline
	if pid, err := strconv.ParseUint(w, 10, 31); err == nil {
		if f.pid = int(pid); w[0] == '0' {
			f.pid = 0
		}
		return matchNumber(w, int(pid)), nil
	}
	return matchWord(w), nil
}

// Match reports whether a process passes. A nil Filter lets everything pass.
func (f *Filter) Match(p *procwalk.Process, names *Names) bool {
	if f == nil {
		return true
	}
	f.sight.at(p, names)
	defer f.sight.at(nil, nil) // no old snapshot is kept alive
	for i := range f.terms {
		if f.terms[i].match(&f.sight) == f.terms[i].not {
			return false
		}
	}
	return true
}

// matchThread reports whether a thread that is shown below its process is what is looked for by its name or number.
func (f *Filter) matchThread(p *procwalk.Process, t *Thread, names *Names) bool {
	f.sight.at(p, names)
	f.sight.thread = t
	defer f.sight.at(nil, nil)
	for i := range f.terms {
		if f.terms[i].match(&f.sight) == f.terms[i].not {
			return false
		}
	}
	return true
}

// SetFilter sets what Build lets pass; nil lets everything.
func (m *Model) SetFilter(f *Filter) {
	m.filter = f
	clear(m.underFold)
	clear(m.widest)
}

// Filter returns the filter in force, or nil.
func (m *Model) Filter() *Filter { return m.filter }

func inNamespace(p *procwalk.Process, inode uint64) bool {
	if p.NS == nil {
		return false
	}
	for t, n := range p.NS.Inode {
		if n == inode && p.NS.Err[t] == nil {
			return true
		}
	}
	return false
}

func inCgroup(p *procwalk.Process, path string) bool {
	if p.Cgroups == nil || p.Cgroups.Err != nil {
		return false
	}
	path = strings.TrimSuffix(path, "/")
	for _, l := range p.Cgroups.Lines {
		if rest, ok := strings.CutPrefix(l.Path.Raw(), path); ok && (rest == "" || rest[0] == '/') {
			return true
		}
	}
	return false
}
