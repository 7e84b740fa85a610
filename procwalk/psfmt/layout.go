// Package psfmt prints a process table the way ps does, to the byte: `ps axjf`, `ps aux`, and any list of columns by
// ps's names. The facts come from procps 4.0.2: which columns there are, how wide they are, what happens when
// something is too wide, what becomes of characters that a terminal should not get.
//
// It differs from ps in three ways. What ps passes to the terminal although it hides or reorders text (bidirectional
// controls, zero-width characters, tags, odd spaces) becomes a visible escape such as \u202e. Below 128 levels of the
// forest the branches are not drawn level by level any more, but counted. And a process whose parents form a cycle,
// which a snapshot can hold, is shown; ps leaves it out.
package psfmt

import (
	"io"
	"time"

	"bones/procwalk"
	"bones/procwalk/text"
)

// Unlimited is the line width that ps takes for "no limit": the size of its output buffer.
const Unlimited = 128 << 10

// Options says how to print. The zero value prints a flat list of unlimited width for the C locale and UTC.
type Options struct {
	Forest   bool           // draw the tree in the args and comm columns
	Sort     *Sort          // nil: by PID, or in a forest as ps orders it
	Only     []bool         // by index into Snapshot.Processes: what to show; nil: all
	Width    int            // columns of the terminal, 0 for Unlimited
	UTF8     bool           // whether LC_CTYPE is a UTF-8 locale; see UTF8Locale
	Location *time.Location // for times of day; nil: UTC; see Zone
	Users    Names          // nil: numbers
	Groups   Names
	TTYs     TTYs   // nil: "?" for all
	Files    *Files // for columns that the snapshot does not hold; nil: unknown

	Container func(*procwalk.Process) text.Text // column container; nil or empty text: "-"
	Runtime   func(*procwalk.Process) text.Text // column runtime
}

// Names gives the name of a user or group, "" if it has none.
type Names interface{ Name(id uint32) string }

// TTYs gives the name of the terminal that a process has as its controlling terminal, "?" if none is known.
type TTYs interface {
	Name(p *procwalk.Process) string
}

// context is what printers work with. One exists per table; the cell is used again for each.
type context struct {
	o        *Options
	snap     *procwalk.Snapshot
	cell     []byte // the cell being printed
	rest     int    // columns that a text may take: max_rightward in ps
	now      int64  // seconds since 1970
	boot     int64
	upTicks  uint64 // clock ticks since boot
	hz       uint64
	memTotal uint64 // kB
	today    clock
	loc      *time.Location
	wideSigs bool
	branches []byte   // forest: one letter per level, see forest.go
	sd       *systemd // nil until a column needs it
	scratch  []byte   // for text and names
	scratch2 []byte   // for command lines, which are printed through text
}

func newContext(s *procwalk.Snapshot, o *Options) *context {
	c := &context{o: o, snap: s, now: s.Taken.Unix(), boot: s.Host.BootTime.Unix(), hz: max(s.Host.TicksPerSec, 1),
		memTotal: max(s.Host.MemTotal/1024, 1), loc: o.Location}
	if c.loc == nil {
		c.loc = time.UTC
	}
	// /proc/uptime has two digits; ps multiplies what it reads there and cuts.
	hundredths := float64(s.Uptime/(10*time.Millisecond)) / 100
	c.upTicks = uint64(hundredths * float64(c.hz))
	c.today = c.at(c.now)
	return c
}

// Append appends the whole table, with its header, to dst.
func (f *Format) Append(dst []byte, s *procwalk.Snapshot, o *Options) []byte {
	return f.table(dst, s, o, nil)
}

// Write writes the whole table to w, a piece at a time.
func (f *Format) Write(w io.Writer, s *procwalk.Snapshot, o *Options) error {
	var err error
	rest := f.table(make([]byte, 0, flushAt+flushAt/4), s, o, func(b []byte) []byte {
		if err == nil {
			_, err = w.Write(b)
		}
		return b[:0]
	})
	if err == nil {
		_, err = w.Write(rest)
	}
	return err
}

const flushAt = 64 << 10

func (f *Format) table(dst []byte, s *procwalk.Snapshot, o *Options, flush func([]byte) []byte) []byte {
	c := newContext(s, o)
	l := f.layout(c)
	if l.hasHeader {
		dst = l.line(dst, c, nil)
	}
	walk(c, func(p *procwalk.Process) {
		dst = l.line(dst, c, p)
		if flush != nil && len(dst) >= flushAt {
			dst = flush(dst)
		}
	})
	return dst
}

// layout is a Format made ready for one line width and one host.
type layout struct {
	fields    []field
	columns   int // of a line, a multiple of the terminal's
	hasHeader bool
}

func (f *Format) layout(c *context) *layout {
	l := &layout{fields: make([]field, len(f.fields))}
	copy(l.fields, f.fields)
	pidDigits := 5
	if m := c.snap.Host.PIDMax; m > 0 {
		pidDigits = digits(uint64(m))
	}
	total, masks := 0, 0
	for i := range l.fields {
		fd := &l.fields[i]
		if fd.align == pidWidth && fd.width <= 0 {
			fd.width = max(pidDigits, len(fd.column.head), -fd.width)
		}
		if fd.head != "" {
			l.hasHeader = true
		}
		if i > 0 {
			total++
		}
		switch {
		case fd.align == unlimited && i == len(l.fields)-1:
			total += 3
		default:
			total += fd.width
		}
		if fd.align == signal {
			masks++
		}
	}
	screen := c.o.Width
	if screen <= 0 || screen > Unlimited {
		screen = Unlimited
	}
	// A line that does not fit takes as many whole screen lines as it needs.
	for l.columns = screen; l.columns < total && l.columns < Unlimited/2; {
		l.columns += screen
	}
	c.wideSigs = total+masks*7 <= l.columns
	return l
}

// padMax is the most blanks that ps puts before a cell.
const padMax = 144

// line appends one row, or the header if p is nil.
//
// A cell that is wider than its column pushes the following ones to the right; they fall back into place as soon as
// there is room. "should" is where the next column ought to begin, "at" where the line really is.
func (l *layout) line(dst []byte, c *context, p *procwalk.Process) []byte {
	should, at, gap := 0, 0, 0
	for i := range l.fields {
		fd := &l.fields[i]
		last := i == len(l.fields)-1
		makeUp := 0
		if last {
			makeUp = should - at
			if makeUp < 1 {
				makeUp = gap
				c.rest = l.columns - at - makeUp
			} else {
				c.rest = l.columns - max(should, at)
			}
		} else {
			c.rest = fd.width
		}
		c.rest = min(max(c.rest, 0), Unlimited-1)

		c.cell = c.cell[:0]
		var size int
		switch {
		case p == nil:
			c.cell = append(c.cell, fd.head...)
			size = len(fd.head)
		case fd.print == nil:
			c.cell = append(c.cell, '-')
			size = 1
		default:
			size = fd.print(c, p)
		}

		pad, stolen := 0, 0
		switch fd.align {
		case right, pidWidth:
			pad = max(fd.width-size, 0)
		case signal:
			if c.wideSigs {
				pad, stolen = max(16-size, 0), 7
			} else {
				pad = max(9-size, 0)
			}
		case unlimited, wchan:
			if l.columns-at-makeUp < 1 && len(c.cell) > 1 {
				// There is no room left: ps keeps one byte.
				c.cell = c.cell[:1]
				if c.cell[0] >= 0x80 {
					c.cell[0] = '?'
				}
			}
		}
		space := should - at + pad
		if space < 1 {
			space = gap
		}
		space = min(space, padMax)
		dst = append(dst, blanks[:space]...)
		dst = append(dst, c.cell...)
		at += space + size
		should += fd.width + stolen + 1
		gap = 1
	}
	return append(dst, '\n')
}

const blanks = "                                                                                " +
	"                                                                                "

// digits returns how many decimal digits n has.
func digits(n uint64) int {
	d := 1
	for ; n >= 10; n /= 10 {
		d++
	}
	return d
}
