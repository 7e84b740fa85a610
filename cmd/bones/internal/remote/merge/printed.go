package merge

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"bones/cmd/bones/internal/listing"
	"bones/cmd/bones/internal/tint"
	"bones/procwalk/text"

	"github.com/rivo/uniseg"
)

// Printed is what a host has printed for people.
type Printed struct {
	Host string
	Text string // hostile
}

// rows are its lines, safe to print.
func (p *Printed) rows() []string {
	var list []string
	for line := range strings.Lines(p.Text) {
		list = append(list, strings.TrimRight(text.Sanitise(strings.TrimSuffix(line, "\n")), " "))
	}
	return list
}

// Lines prints the lines of all hosts as they are, with the host in front of each. heading: the first line of each
// host is the heading of its table. It is printed again only where it is another one, as where PIDs are wider.
func Lines(out io.Writer, o Options, heading bool, all []Printed) error {
	width := 0
	if heading {
		width = len(hostHead)
	}
	for _, p := range all {
		width = max(width, uniseg.StringWidth(p.Host))
	}
	begun := ""
	var b strings.Builder
	add := func(host, line string) {
		b.WriteString(cutLine(host+strings.Repeat(" ", width-uniseg.StringWidth(host))+"  "+line, o.Width) + "\n")
	}
	for _, p := range all {
		lines := p.rows()
		if heading && len(lines) > 0 {
			if lines[0] != begun {
				begun = lines[0]
				add(hostHead, begun)
			}
			lines = lines[1:]
		}
		for _, line := range lines {
			add(p.Host, line)
		}
	}
	_, err := io.WriteString(out, b.String())
	return err
}

// hostHead is the heading of the column that tells the host.
const hostHead = "HOST"

// Tables prints the tables of all hosts as one, with the column HOST, each column as wide as all of them want it. The
// heading of each says where its columns begin: behind two blanks or more. A host whose columns are others, as those
// of another version may be, has a heading of its own.
func Tables(out io.Writer, all []Printed) error {
	var t tint.Table
	var heads []string
	flush := func() error {
		err := t.Print(out, false)
		t = tint.Table{}
		return err
	}
	for _, p := range all {
		lines := p.rows()
		if len(lines) == 0 {
			continue
		}
		starts, names := columns(lines[0])
		if !slices.Equal(names, heads) {
			if err := flush(); err != nil {
				return err
			}
			heads = names
			t.Plain(append([]string{hostHead}, names...)...)
		}
		for _, line := range lines[1:] {
			t.Row(listing.DimIfEmpty(append([]string{p.Host}, cells(line, starts)...)...)...)
		}
	}
	return flush()
}

// columns are where the columns of a heading begin, in cells of the terminal, and their names.
func columns(heading string) (starts []int, names []string) {
	for i := 0; i < len(heading); {
		end := strings.Index(heading[i:], "  ")
		if end < 0 {
			end = len(heading) - i
		}
		starts, names = append(starts, uniseg.StringWidth(heading[:i])), append(names, heading[i:i+end])
		for i += end; i < len(heading) && heading[i] == ' '; i++ {
		}
	}
	return starts, names
}

// cells are the parts of a line that stand in the columns.
func cells(line string, starts []int) []string {
	list := make([]string, max(len(starts), 1))
	column, at := 0, 0
	for state := -1; line != ""; {
		var cluster string
		var w int
		cluster, line, w, state = uniseg.FirstGraphemeClusterInString(line, state)
		for column+1 < len(starts) && at >= starts[column+1] {
			column++
		}
		list[column] += cluster
		at += w
	}
	for i := range list {
		list[i] = strings.TrimRight(list[i], " ")
	}
	return list
}

// cutLine is as much of a line as so many cells of the terminal hold; 0: all of it.
func cutLine(line string, most int) string {
	if most <= 0 || len(line) <= most {
		return line
	}
	width, rest := 0, line
	for state := -1; rest != ""; {
		var w int
		at := len(line) - len(rest)
		_, rest, w, state = uniseg.FirstGraphemeClusterInString(rest, state)
		if width += w; width > most {
			return line[:at]
		}
	}
	return line
}

// CheckResult is what bones health --check said of one host: its line and its status.
type CheckResult struct {
	Host   string
	Line   string // hostile
	Status int
	// Failed is why the host did not say anything; nil if it did.
	Failed error
}

// verdictWords are the words of monitoring plugins by their statuses.
//
// Source: Monitoring Plugins, Development Guidelines, "Plugin Return Codes".
var verdictWords = []string{"OK", "WARNING", "CRITICAL", "UNKNOWN"}

// worstFirst are the statuses, the worst first: as max_state_alt of the Monitoring Plugins has it, a host that could
// not be judged is worse than one that is well, and hides no warning of another.
var worstFirst = []int{2, 1, 3, 0}

// judged reads a verdict. Whatever is not what bones prints, with the status that belongs to it, is UNKNOWN.
func (v *CheckResult) judged() (status int, said string) {
	if v.Failed != nil {
		return 3, v.Failed.Error()
	}
	if v.Status >= 0 && v.Status < len(verdictWords) {
		line, _, _ := strings.Cut(strings.TrimSpace(v.Line), "\n")
		line, _, _ = strings.Cut(line, " | ")
		if said, ok := strings.CutPrefix(line, "BONES "+verdictWords[v.Status]+" - "); ok {
			return v.Status, said
		}
	}
	return 3, fmt.Sprintf("bones there ended with status %d and gave no verdict", v.Status)
}

// maxVerdict is how many bytes of a verdict are shown.
const maxVerdict = 1000

// Verdicts prints one answer of a monitoring plugin for all hosts, and returns its status, the worst of theirs: the
// first line has the hosts that are not well and how many there are of each kind, and each host has a line below.
func Verdicts(out io.Writer, all []CheckResult) (status int, err error) {
	var lines, bad []string
	count := [4]int{}
	status = 0
	for i := len(worstFirst) - 1; i >= 0; i-- {
		s := worstFirst[i]
		var these, names []string
		for k := range all {
			is, said := all[k].judged()
			if is != s {
				continue
			}
			count[s], status = count[s]+1, s
			if len(said) > maxVerdict {
				said = said[:maxVerdict] + "..."
			}
			said = strings.ReplaceAll(text.Line(said), "|", "/") // a bar would begin figures
			these = append(these, fmt.Sprintf("%s: %s - %s", all[k].Host, verdictWords[s], said))
			names = append(names, all[k].Host+": "+said)
		}
		lines = append(these, lines...)
		if s != 0 {
			bad = append(names, bad...)
		}
	}
	first := fmt.Sprintf("nothing is the matter with %d hosts", len(all))
	if len(bad) > 0 {
		first = fmt.Sprintf("%d of %d hosts: %s", len(bad), len(all), strings.Join(bad[:min(len(bad), 4)], "; "))
		if len(bad) > 4 {
			first += fmt.Sprintf("; %d more", len(bad)-4)
		}
	}
	_, err = fmt.Fprintf(out, "BONES %s - %s | critical=%d;;0;0 warning=%d;0;;0 unknown=%d;;;0 ok=%d;;;0\n%s\n",
		verdictWords[status], first, count[2], count[1], count[3], count[0], strings.Join(lines, "\n"))
	return status, err
}
