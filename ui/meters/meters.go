package meters

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"bones/cgroupview/container"
	"bones/ui/kit"
	"bones/ui/rows"

	"github.com/gdamore/tcell/v2"
)

// Meter is one thing that the header says of the machine. The user chooses which there are, and their order.
type Meter struct {
	Name string // for the setup and the configuration
	Help string
	// make says it at full length, and in few cells; empty: it is not known.
	make func(m *machine, brief bool) []part
}

// part is some text of a meter in one style.
type part struct {
	text  string
	style rows.Style
	bar   bool // it is the full part of a bar
}

// machine is what the meters are made of.
type machine struct {
	f      *kit.Frame
	counts counts
	ended  []container.Stopped
	ascii  bool
	bar    int // how many cells a bar has
	full   string
	empty  string
}

// All are all meters, in the order in which they stand unless the user says otherwise.
func All() []Meter {
	return []Meter{
		{"cpu", "how busy all processors together are", (*machine).cpu},
		{"cores", "how busy each processor is; above eight of them as eight groups", (*machine).cores},
		{"memory", "memory in use, without what can be given back", (*machine).memory},
		{"load", "how many processes ran or waited on average, over 1, 5 and 15 minutes", (*machine).load},
		{"swap", "swap in use", (*machine).swap},
		{"cache", "memory that holds files", (*machine).cache},
		{"pressure", "for how much of the last ten seconds something had to wait, in percent", (*machine).pressure},
		{"network", "received and sent per second by the devices that lead out of the machine", (*machine).network},
		{"disk", "read from and written to disks per second", (*machine).disk},
		{"containers", "containers by state, and virtual machines", (*machine).containers},
		{"processes", "processes, threads, and how many run", (*machine).processes},
	}
}

// Names returns the names of all meters, in the order of All.
func Names() []string {
	var list []string
	for _, m := range All() {
		list = append(list, m.Name)
	}
	return list
}

// chosen are the meters that are shown.
func chosen(names []string) []Meter {
	all := All()
	if len(names) == 0 {
		return all
	}
	var list []Meter
	for _, name := range names {
		if i := slices.IndexFunc(all, func(m Meter) bool { return m.Name == name }); i >= 0 {
			list = append(list, all[i])
		}
	}
	return list
}

func say(format string, args ...any) part { return part{text: fmt.Sprintf(format, args...)} }

// loaded is how a share of the machine looks: what is well within it needs no colour.
func loaded(share float64) rows.Style {
	if share < rows.ShareWarn {
		return rows.Plain
	}
	return rows.ShareStyle(share)
}

// drawBar is a bar.
func (m *machine) drawBar(share float64) []part {
	full := 0
	if share > 0 { // not of what is no number
		full = int(min(share, 1)*float64(m.bar) + 0.5)
	}
	return []part{say("["), {text: strings.Repeat(m.full, full), bar: true},
		say("%s]", strings.Repeat(m.empty, m.bar-full))}
}

func (m *machine) cpu(brief bool) []part {
	cpus := max(m.f.Snap.Host.CPUs, 1)
	busy, known := m.f.Host.CPUBusy, m.f.Host.HasCPU
	if !known {
		for i, ok := range m.f.Known {
			if ok {
				busy += m.f.Rates[i].CPU / float64(cpus)
				known = true
			}
		}
	}
	number := part{text: " -.-%"}
	if known {
		number = part{text: fmt.Sprintf(" %4.1f%%", 100*busy), style: loaded(busy)}
		if len(number.text) > len(" 99.9%") { // what stands behind it stays where it is
			number.text = fmt.Sprintf(" %4.0f%%", 100*busy)
		}
	}
	if brief {
		return []part{say("CPU"), number}
	}
	return append(append(append([]part{say("CPU ")}, m.drawBar(busy)...), number), say(" of %d CPU", cpus))
}

// mostCores is how many processors have a cell each.
const mostCores = 8

func (m *machine) cores(bool) []part {
	all := m.f.Host.Cores
	if len(all) < 2 {
		return nil // it is all of them together
	}
	groups := min(len(all), mostCores)
	var cells []rune
	for g := range groups {
		sum, first, end := 0.0, g*len(all)/groups, (g+1)*len(all)/groups
		for _, share := range all[first:end] {
			sum += share
		}
		cells = append(cells, level(sum/float64(end-first), m.ascii))
	}
	most, at := 0.0, 0
	for i, share := range all {
		if share > most {
			most, at = share, i
		}
	}
	list := []part{say("cores "), {text: string(cells), bar: true}}
	// As wide as the busiest of all can make it, so that what stands behind it stays where it is.
	which := fmt.Sprintf("%-*s", len(strconv.Itoa(len(all)-1))+2, fmt.Sprintf("(%d)", at))
	return append(list, part{text: fmt.Sprintf(" max %3.0f%% %s", 100*most, which), style: loaded(most)})
}

func (m *machine) memory(brief bool) []part {
	h := &m.f.Host
	if !h.HasMemory || h.MemTotal == 0 {
		return nil
	}
	used := h.MemTotal - min(h.MemAvailable, h.MemTotal)
	share := float64(used) / float64(h.MemTotal)
	number := part{text: " " + rows.Size(used) + "/" + rows.Size(h.MemTotal), style: loaded(share)}
	if brief {
		return []part{say("Mem"), number}
	}
	return append(append([]part{say("Mem ")}, m.drawBar(share)...), number)
}

func (m *machine) load(bool) []part {
	h := &m.f.Host
	if !h.HasLoad {
		return nil
	}
	return []part{say("load "), {text: fmt.Sprintf("%.2f", h.Load[0]),
		style: loaded(h.Load[0] / float64(max(m.f.Snap.Host.CPUs, 1)) * rows.ShareWarn)},
		say(" %.2f %.2f", h.Load[1], h.Load[2])}
}

func (m *machine) flow(name, in, out string, f rows.Flow) []part {
	if !f.Known {
		return nil
	}
	// What stands behind it stays where it is: whatever moves is sent to the terminal again.
	return []part{say("%s %s%-6s %s%-6s", name, in, rows.Size(uint64(f.In))+"/s", out, rows.Size(uint64(f.Out))+"/s")}
}

func (m *machine) network(bool) []part {
	in, out := "↓", "↑"
	if m.ascii {
		in, out = "in ", "out "
	}
	return m.flow("net", in, out, m.f.Host.Network)
}

func (m *machine) disk(bool) []part { return m.flow("disk", "r ", "w ", m.f.Host.Disks) }

func (m *machine) processes(brief bool) []part {
	c := m.counts
	if brief {
		return []part{say("%d proc %d thr %d run", c.processes, c.threads, c.running)}
	}
	return []part{say("%d processes, %d threads, %d running", c.processes, c.threads, c.running)}
}

func width(parts []part) (n int) {
	for _, p := range parts {
		n += kit.Width(p.text)
	}
	return n
}

// flowInto puts meters into lines, each into the first that has room for it: at full length, or else in few cells.
func flowInto(p kit.Painter, lines []kit.Rect, list []Meter, m *machine) {
	for _, meter := range list {
		full := meter.make(m, false)
		if len(full) == 0 {
			continue
		}
	forms:
		for _, parts := range [][]part{full, meter.make(m, true)} {
			w := width(parts)
			for i := range lines {
				r := &lines[i]
				if w > r.W {
					continue
				}
				for _, one := range parts {
					p.Text(r.X, r.Y, r.W, style(p, one), one.text)
					r.X, r.W = r.X+kit.Width(one.text), r.W-kit.Width(one.text)
				}
				r.X, r.W = r.X+2, r.W-2
				break forms
			}
		}
	}
}

func style(p kit.Painter, one part) tcell.Style {
	if one.bar {
		return p.Theme.Bar
	}
	return p.Theme.Of(one.style)
}
