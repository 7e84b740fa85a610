package psfmt

import (
	"os"
	"path"
	"strconv"
	"strings"
	"syscall"

	"bones/procwalk"
)

// TTYTable names terminals by their device numbers the way ps does: by /proc/tty/drivers, by what the process has
// open as standard error, by the numbers that are assigned to drivers, by its descriptor 255 (bash). A name counts
// only if the device file of that name has the number. It remembers the answers, so it belongs to one table, and is
// not for use by several goroutines.
//
// Source: procps 4.0.2, library/devname.c, dev_to_tty; the kernel's Documentation/admin-guide/devices.txt.
type TTYTable struct {
	proc, dev string
	drivers   []ttyDriver
	loaded    bool
	known     map[uint32]string // "" if no name is known by the number alone
}

type ttyDriver struct {
	name        string // below /dev
	numbered    bool   // the name ended in %d
	major       uint32
	first, last uint32 // minors
}

// NewTTYs returns the names of terminals for processes of the proc file system at proc, by the device files below dev.
func NewTTYs(proc, dev string) *TTYTable {
	return &TTYTable{proc: proc, dev: dev, known: map[uint32]string{}}
}

// Name implements TTYs.
func (t *TTYTable) Name(p *procwalk.Process) string {
	nr := p.TTYNr
	if nr == 0 {
		return "?"
	}
	name, ok := t.known[nr]
	if !ok {
		name = t.byDriver(nr)
		t.known[nr] = name
	}
	if name != "" {
		return name
	}
	pid := path.Join(t.proc, strconv.Itoa(p.PID))
	if name = t.byLink(nr, pid+"/fd/2"); name != "" {
		return name
	}
	if name = t.byNumber(nr); name != "" {
		return name
	}
	if name = t.byLink(nr, pid+"/fd/255"); name != "" {
		return name
	}
	return "?"
}

// major and minor split a device number as the kernel writes it in stat.
func major(nr uint32) uint32 { return nr >> 8 & 0xfff }
func minor(nr uint32) uint32 { return nr&0xff | nr>>12&0xfff00 }

// is reports whether the file at this path is a device of this number.
func is(file string, nr uint32) (exists, same bool) {
	var st syscall.Stat_t
	if syscall.Stat(file, &st) != nil {
		return false, false
	}
	// In user space the number has 64 bits: the major's upper 20 bits are at 44, the minor's at 20.
	maj := uint32(st.Rdev>>8&0xfff | st.Rdev>>32&0xfffff000)
	min := uint32(st.Rdev&0xff | st.Rdev>>12&0xffffff00)
	return true, maj == major(nr) && min == minor(nr)
}

func (t *TTYTable) byDriver(nr uint32) string {
	if !t.loaded {
		t.loaded = true
		if b, err := readSmall(path.Join(t.proc, "tty/drivers"), 10000); err == nil {
			t.drivers = parseDrivers(string(b))
		}
	}
	maj, min := major(nr), minor(nr)
	for _, d := range t.drivers {
		if d.major != maj || min < d.first || min > d.last {
			continue
		}
		n := strconv.FormatUint(uint64(min), 10)
		names := []string{d.name + n, d.name + "/" + n, d.name}
		if d.numbered {
			names = names[:2]
		}
		for _, name := range names {
			if exists, same := is(path.Join(t.dev, name), nr); exists {
				if same {
					return ttyName(name)
				}
				return ""
			}
		}
		return ""
	}
	return ""
}

// parseDrivers reads /proc/tty/drivers: driver, name below /dev, major, minor or range of minors, type. The last line
// comes first, as ps looks them through.
//
// Source: proc_tty(5).
func parseDrivers(s string) []ttyDriver {
	var list []ttyDriver
	for line := range strings.Lines(s) {
		_, rest, ok := strings.Cut(line, " /dev/")
		if !ok {
			continue
		}
		f := strings.Fields(rest)
		if len(f) < 3 {
			continue
		}
		d := ttyDriver{name: f[0]}
		d.name, d.numbered = strings.CutSuffix(d.name, "%d")
		first, last, isRange := strings.Cut(f[2], "-")
		if !isRange {
			last = first
		}
		maj, err1 := strconv.ParseUint(f[1], 10, 16)
		lo, err2 := strconv.ParseUint(first, 10, 32)
		hi, err3 := strconv.ParseUint(last, 10, 32)
		if err1 != nil || err2 != nil || err3 != nil {
			continue
		}
		d.major, d.first, d.last = uint32(maj), uint32(lo), uint32(hi)
		list = append([]ttyDriver{d}, list...)
	}
	return list
}

// byLink follows what the process has open. The name is of its choosing, so only the number makes it count.
func (t *TTYTable) byLink(nr uint32, link string) string {
	name, err := os.Readlink(link)
	if err != nil || len(name) >= 127 {
		return ""
	}
	if _, same := is(name, nr); !same {
		return ""
	}
	if s, ok := strings.CutPrefix(name, "/dev/"); ok && s != "" {
		name = s
	}
	return ttyName(name)
}

func (t *TTYTable) byNumber(nr uint32) string {
	name := assignedTTY(major(nr), minor(nr))
	if name == "" {
		return ""
	}
	if _, same := is(path.Join(t.dev, name), nr); !same {
		return ""
	}
	return name
}

// ttyName cuts a name to what ps shows, with ? for what is not printable ASCII.
func ttyName(name string) string {
	b := []byte(name[:min(len(name), 64)])
	for i := range b {
		if b[i] <= ' ' || b[i] > 126 {
			b[i] = '?'
		}
	}
	return string(b)
}
