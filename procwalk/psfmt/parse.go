package psfmt

import (
	"fmt"
	"strings"

	"bones/procwalk"
	"bones/procwalk/text"
)

// Format is what a row shows: the columns, from left to right.
type Format struct {
	fields []field
}

// field is a column as the user asked for it.
type field struct {
	*column
	head  string
	width int // 0 for a PID column until the snapshot tells pid_max
}

// AXJF returns the columns of `ps axjf`, AUX those of `ps aux`.
func AXJF() *Format { return standard("ppid,pid,pgid,sid,tname,tpgid,stat,uid,bsdtime,args") }
func AUX() *Format  { return standard("user,pid,pcpu,pmem,vsz,rss,tname,stat,start_time,bsdtime,args") }

// Threads returns the columns of `ps -L`, and AUXL those of `ps aux -L`.
func Threads() *Format { return standard("pid,lwp,tname,time,ucmd") }
func AUXL() *Format {
	return standard("user,pid,lwp,pcpu,nlwp,pmem,vsz,rss,tname,stat,start_time,bsdtime,args")
}

func standard(list string) *Format {
	f, err := ParseFormat(list)
	if err != nil {
		panic(err) // a fault of the table; each is covered by a test
	}
	return f
}

// ParseFormat reads the lists of -o options as ps does: names separated by commas or blanks; NAME=HEADER gives the
// header, NAME= none; NAME:WIDTH the width. If no column has a header, none is printed. Several lists follow one
// another.
//
// Source: ps(1), "OUTPUT FORMAT CONTROL"; procps 4.0.2, src/ps/sortformat.c, format_parse.
func ParseFormat(lists ...string) (*Format, error) {
	f := &Format{}
	table := byName()
	for _, list := range lists {
		elements, err := split(list)
		if err != nil {
			return nil, fmt.Errorf("column list %q: %w", text.New(list), err)
		}
		for _, e := range elements {
			if err := f.add(table, e); err != nil {
				return nil, err
			}
		}
	}
	return f, nil
}

func separator(r rune) bool { return r == ' ' || r == ',' || r == '\t' || r == '\n' }

// split cuts a list into elements. An empty element is an error, but one separator may end the list.
func split(list string) ([]string, error) {
	var all []string
	rest := list
	for rest != "" {
		i := strings.IndexFunc(rest, separator)
		if i == 0 {
			return nil, fmt.Errorf("a name is missing before %q", text.New(rest))
		}
		if i < 0 {
			i = len(rest)
		}
		all = append(all, rest[:i])
		rest = rest[min(i+1, len(rest)):]
	}
	if len(all) == 0 {
		return nil, fmt.Errorf("it is empty; `-o pid,args` is an example")
	}
	return all, nil
}

// widthMax bounds a width that is asked for.
const widthMax = 1 << 16

func (f *Format) add(table map[string]*column, element string) error {
	name, head, hasHead := strings.Cut(element, "=")
	name, digits, hasWidth := strings.Cut(name, ":")
	width := 0
	if hasWidth {
		for _, d := range []byte(digits) {
			if d < '0' || d > '9' || width > widthMax {
				width = 0
				break
			}
			width = width*10 + int(d-'0')
		}
		if width == 0 || width > widthMax || digits[0] == '0' {
			return fmt.Errorf("column %s: the width %q is not a number from 1 to %d", text.Sanitise(name),
				text.New(digits), widthMax)
		}
	}
	if c := table[name]; c != nil {
		f.fields = append(f.fields, newField(c, head, hasHead, width))
		return nil
	}
	if list := macro(name); list != "" {
		if hasWidth {
			return fmt.Errorf("column %s stands for several columns: they cannot be given one width", name)
		}
		for part := range strings.SplitSeq(list, ",") {
			f.fields = append(f.fields, newField(table[part], head, hasHead, 0))
		}
		return nil
	}
	if why := unsupported(name); why != "" {
		return fmt.Errorf("unsupported column %s: %s", name, why)
	}
	return fmt.Errorf("unknown column %q; `bones ps --columns` lists them all", text.New(name))
}

func newField(c *column, head string, hasHead bool, width int) field {
	fd := field{column: c, head: c.head, width: c.width}
	if c.align == pidWidth {
		fd.width = 0
	}
	if hasHead {
		fd.head = text.Sanitise(head)
		fd.width = max(fd.width, len(fd.head))
	}
	if width > 0 {
		fd.width = width
	} else if c.align == pidWidth {
		fd.width = -fd.width // at least this, or as pid_max says: see layout
	}
	return fd
}

// unsupported tells why a name that ps knows cannot be had here, or "".
func unsupported(name string) string {
	switch name {
	case "_left", "_left2", "_right", "_right2", "_unlimited", "_unlimited2":
		return "a test column of ps's own, with made-up content"
	}
	return ""
}

// Want returns what a snapshot must hold for these columns.
func (f *Format) Want() procwalk.Want {
	var want procwalk.Want
	for _, fd := range f.fields {
		want |= fd.want
	}
	return want
}

// Headed reports whether the table has a heading, as it has unless every column's was made empty.
func (f *Format) Headed() bool {
	for i := range f.fields {
		if f.fields[i].head != "" {
			return true
		}
	}
	return false
}

// Uses reports whether one of the columns goes by this name.
func (f *Format) Uses(name string) bool {
	c := byName()[name]
	for _, fd := range f.fields {
		if fd.column == c {
			return true
		}
	}
	return false
}
