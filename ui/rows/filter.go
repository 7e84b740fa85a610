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
//	word           letters of it in this order within one word of the name or the command line, or the PID
//	!word          not so; also before the forms below
//	re:EXPR        a regular expression (RE2) over the name or the command line; takes the rest of the line
//	user:NAME      effective user, by name or number
//	ns:INODE       in the namespace with this inode
//	container:NAME in the container with this name, or an id that begins so
//	cgroup:PATH    in the group with this path or below it, in any hierarchy; takes the rest of the line
type Filter struct {
	Text  string
	terms []term
	want  procwalk.Want // what it looks at beside stat
}

type term struct {
	not   bool
	match func(p *procwalk.Process, names *Names) bool
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
			t.match, rest = matchRegexp(re), ""
		} else if path, ok := strings.CutPrefix(rest, "cgroup:"); ok {
			f.want |= procwalk.WantCgroup
			if rest = ""; path != "" {
				t.match = func(p *procwalk.Process, _ *Names) bool { return inCgroup(p, path) }
			}
		} else {
			word, rest, _ = strings.Cut(rest, " ")
			rest = strings.TrimLeft(rest, " ")
			var err error
			if t.match, err = f.word(word); err != nil {
				return nil, err
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
func (f *Filter) word(w string) (func(*procwalk.Process, *Names) bool, error) {
	kind, value, ok := strings.Cut(w, ":")
	switch {
	case !ok:
	case kind == "user":
		f.want |= procwalk.WantStatus
		if value == "" {
			return nil, nil
		}
		return matchUser(value), nil
	case kind == "ns":
		f.want |= procwalk.WantNS
		if value == "" {
			return nil, nil
		}
		inode, err := strconv.ParseUint(value, 10, 64)
		if err != nil {
			return nil, fmt.Errorf("filter: ns:%s: an inode number is wanted, as in ns:4026531836", value)
		}
		return func(p *procwalk.Process, _ *Names) bool { return inNamespace(p, inode) }, nil
	case kind == "container":
		f.want |= ContainerWant
		if value == "" {
			return nil, nil
		}
		return func(p *procwalk.Process, n *Names) bool { return inContainer(p, n, value) }, nil
	}
	if w == "" {
		return nil, nil
	}
	f.want |= procwalk.WantCmdline
	return matchFuzzy(w), nil
}

// Match reports whether a process passes. A nil Filter lets everything pass.
func (f *Filter) Match(p *procwalk.Process, names *Names) bool {
	if f == nil {
		return true
	}
	for i := range f.terms {
		if f.terms[i].match(p, names) == f.terms[i].not {
			return false
		}
	}
	return true
}

// SetFilter sets what Build lets pass; nil lets everything.
func (m *Model) SetFilter(f *Filter) {
	m.filter = f
	clear(m.underFold)
}

// Filter returns the filter in force, or nil.
func (m *Model) Filter() *Filter { return m.filter }

func matchRegexp(re *regexp.Regexp) func(*procwalk.Process, *Names) bool {
	return func(p *procwalk.Process, _ *Names) bool {
		if re.MatchString(p.Comm.Raw()) {
			return true
		}
		return p.Cmdline != nil && re.MatchString(strings.ReplaceAll(p.Cmdline.Raw.Raw(), "\x00", " "))
	}
}

func matchUser(value string) func(*procwalk.Process, *Names) bool {
	uid, err := strconv.ParseUint(value, 10, 32)
	return func(p *procwalk.Process, n *Names) bool {
		if p.Status == nil || p.Status.Err != nil {
			return false
		}
		if err == nil && uint32(uid) == p.Status.EUID {
			return true
		}
		return n.User != nil && n.User(p.Status.EUID) == value
	}
}

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

func inContainer(p *procwalk.Process, n *Names, value string) bool {
	if n.Container == nil {
		return false
	}
	for _, name := range n.Container(p) {
		if strings.HasPrefix(name.Raw(), value) {
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
