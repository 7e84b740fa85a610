// Package procfile says what the files of /proc/PID are, and what is in them in words: numbers that stand for flags,
// capabilities, signals, addresses and amounts become what they mean. It is pure: it gets what was read.
//
// Source: proc_pid(5) and its pages; Documentation/filesystems/proc.rst.
package procfile

import (
	"maps"
	"slices"
	"strings"
	"unicode/utf8"

	"bones/procwalk"
	"bones/procwalk/text"

	"github.com/rivo/uniseg"
)

// decoders are by the name of the file, within the folder of a process or of a thread.
var decoders = map[string]func(string) []string{
	"status": status, "stat": stat, "statm": statm, "limits": limits, "io": counters, "schedstat": schedstat,
	"personality":     personality,
	"coredump_filter": coredumpFilter, "loginuid": loginuid, "oom_score_adj": oomScoreAdj, "auxv": auxv,
	"maps": addressSpace, "mountinfo": mounts, "cgroup": cgroup, "uid_map": idMap, "gid_map": idMap, "projid_map": idMap,
	"timens_offsets": timensOffsets,
	"fdinfo":         fdinfo, "net/dev": netDev, "net/tcp": inet, "net/tcp6": inet, "net/udp": inet, "net/udp6": inet,
	"net/udplite": inet, "net/udplite6": inet,
	"net/raw": inet, "net/raw6": inet, "net/unix": unixSockets, "net/route": route, "net/if_inet6": ifInet6,
	"net/snmp": snmp, "net/netstat": snmp, "net/snmp6": snmp6,
	"cmdline": arguments,
}

// kind brings a path within the folder into the form of a key: "/task/12/net/tcp" is "net/tcp", "/fdinfo/3" is
// "fdinfo".
func kind(path string) string {
	parts := strings.FieldsFunc(path, func(r rune) bool { return r == '/' })
	if len(parts) > 2 && parts[0] == "task" {
		parts = parts[2:]
	}
	if len(parts) == 2 && parts[0] == "fdinfo" {
		parts = parts[:1]
	}
	return strings.Join(parts, "/")
}

// Decodes reports whether there is a decoded form of a file.
func Decodes(path string) bool { return decoders[kind(path)] != nil }

// Decode puts the content of a file into words, a line each, safe to print; ok is false for a file that is best read
// as it is. What is not of the form that is known stays as it is.
func Decode(path string, content []byte) (lines []string, ok bool) {
	d := decoders[kind(path)]
	if d == nil {
		return nil, false
	}
	return d(string(content)), true
}

// sheet is lines of cells, of which all but the last are as wide as the widest of them.
type sheet struct {
	rows  [][]string
	right map[int]bool // columns that end at the right
}

// widest is how wide a cell before the last may make its column, in terminal cells.
const widest = 48

func table(heads ...string) *sheet {
	t := &sheet{right: map[int]bool{}}
	if len(heads) > 0 {
		for i, h := range heads {
			if strings.HasPrefix(h, ">") {
				t.right[i], heads[i] = true, h[1:]
			}
		}
		t.rows = append(t.rows, heads)
	}
	return t
}

// add adds a line. Its cells are safe already.
func (t *sheet) add(cells ...string) { t.rows = append(t.rows, cells) }

// raw adds a line that is not of the form that is known.
func (t *sheet) raw(line string) { t.rows = append(t.rows, []string{clean(line)}) }

func (t *sheet) lines() []string {
	var width []int
	for _, r := range t.rows {
		for i, c := range r[:max(len(r)-1, 0)] {
			for len(width) <= i {
				width = append(width, 0)
			}
			width[i] = max(width[i], min(cells(c), widest))
		}
	}
	var out []string
	for _, r := range t.rows {
		var b strings.Builder
		for i, c := range r {
			if i == len(r)-1 {
				b.WriteString(c)
				break
			}
			pad := strings.Repeat(" ", max(width[i]-cells(c), 0))
			if t.right[i] {
				b.WriteString(pad + c + "  ")
			} else {
				b.WriteString(c + pad + "  ")
			}
		}
		out = append(out, strings.TrimRight(b.String(), " "))
	}
	return out
}

// cells is how many cells of a terminal a text takes that is safe. Most is ASCII, of which each byte takes one: a
// flood of mounts is 16 MiB of that.
func cells(s string) int {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return uniseg.StringWidth(s)
		}
	}
	return len(s)
}

// clean makes a piece of a file safe to print, with tabs as blanks.
func clean(s string) string {
	return text.Sanitise(strings.TrimRight(strings.ReplaceAll(s, "\t", "  "), "\n"))
}

// lines are the lines of a file without their ends.
func lines(s string) []string {
	s = strings.TrimSuffix(s, "\n")
	if s == "" {
		return nil
	}
	return strings.Split(s, "\n")
}

// arguments are the command line, each with its number.
func arguments(s string) []string {
	t := table("ARG", "VALUE")
	for i, a := range (&procwalk.Cmdline{Raw: text.New(s)}).Args() {
		t.add(decimal(uint64(i)), clean(a.Raw()))
	}
	if s == "" {
		return []string{"empty: a kernel thread or a zombie has none, and a process can erase it"}
	}
	return t.lines()
}

// Names are the files that have a decoded form, sorted.
func Names() []string {
	return slices.Sorted(maps.Keys(decoders))
}
