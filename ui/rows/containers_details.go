package rows

import (
	"fmt"
	"strings"
	"time"

	"bones/cgroupview/counters"
	"bones/cgroupview/owner"

	"bones/cgroupview"
	"bones/procwalk/fault"
	"bones/procwalk/text"
)

// ContainerMore is what is read about the selected container only.
type ContainerMore struct {
	Health cgroupview.Health
	Owner  owner.Owner
	// Network are what it listens on, and its interfaces.
	Network []Section
	Memory  *counters.Memory // nil: there is none to be read
}

// ContainerSections makes details of a container; more may be nil while it is being read.
func ContainerSections(t *ContainerTable, c *ContainerRow, more *ContainerMore) []Section {
	if c.Total != nil {
		return TotalSections(c)
	}
	if c.Stopped != nil {
		return stoppedSections(c)
	}
	id := Section{Title: "Container " + c.Label().String()}
	add := func(s *Section, label, value string, style Style) {
		if value != "" {
			s.Lines = append(s.Lines, Line{label, value, style})
		}
	}
	if c.Sandbox() {
		id.Title = "Sandbox " + c.Label().String()
		add(&id, "what", "namespaces and a root of its own; no known engine", Dim)
	}
	if c.Unit() {
		id.Title = strings.ToUpper(string(c.Runtime)[:1]) + string(c.Runtime)[1:] + " " + c.Label().String()
	}
	if g := c.Guest; g != nil {
		id.Title = "Virtual machine " + c.Label().String()
		id.Lines = append(id.Lines, guestLines(g)...)
	}
	if c.Pause() {
		add(&id, "what", "it does nothing but hold the namespaces of its pod", Dim)
	}
	add(&id, "state", c.State(), c.stateStyle())
	if d, ok := t.uptime(c); ok {
		add(&id, "up", age(d), Plain)
	}
	add(&id, "id", c.ID.String(), Plain)
	add(&id, "runtime", string(c.Runtime), Plain)
	add(&id, "image", c.Info.Image.String(), Plain)
	add(&id, "pod", c.Usage.Pod().String(), Plain)
	add(&id, "project", c.Project().String(), Plain)
	add(&id, "backed by", fmt.Sprintf("PID %d: %s", c.PID, c.Why), Plain)
	add(&id, "processes", fmt.Sprint(len(c.PIDs)), Plain)
	if c.Sample.Frozen {
		add(&id, "state", "frozen: p thaws it", Warn)
	}
	if h := c.Health; h.Name != "" {
		said := h.Worst.String() + ": " + h.Name
		if h.Count > 1 {
			said += fmt.Sprintf(", and %d more", h.Count-1)
		}
		add(&id, "health", said+"; ! tells of it", HealthStyle(h.Worst))
	}
	if len(c.Chain.Containers()) > 1 {
		var chain []string
		for _, e := range c.Chain.Containers() {
			chain = append(chain, strings.TrimSpace(string(e.Runtime)+" "+cut(e.ID.String(), 12)))
		}
		add(&id, "inside of", strings.Join(chain, " > "), Plain)
	}
	sections := append([]Section{id, containerUse(t, c)}, graphSections(t, c)...)
	if more != nil {
		if more.Memory != nil {
			sections = append(sections, MemorySection(more.Memory, 40))
		}
		sections = append(append(sections, more.Network...), healthSection(more.Health))
		if s := OwnerSection(more.Owner); len(s.Lines) > 0 {
			sections = append(sections, s)
		}
	}
	why := Section{Title: "Evidence"}
	for _, e := range c.Info.Evidence {
		why.Lines = append(why.Lines, Line{Value: e})
	}
	for _, e := range c.Chain {
		add(&why, "group", e.Group.String(), Plain)
	}
	for _, e := range c.Groups.Errors {
		add(&why, "unreadable", fault.Line(e.Err), Warn)
	}
	return append(sections, why)
}

func cut(s string, n int) string {
	if len(s) > n && text.Sanitise(s) == s {
		return s[:n]
	}
	return s
}

func containerUse(t *ContainerTable, c *ContainerRow) Section {
	s := Section{Title: "Use and limits"}
	cpu := "unknown before the second refresh"
	if c.HasCPU {
		cpu = string(appendPercent(nil, c.CPU)) + " % of one processor"
	}
	if c.Sample.CPU.Err != nil {
		cpu = fault.Line(c.Sample.CPU.Err)
	}
	s.Lines = append(s.Lines, Line{"cpu", cpu, Plain}, Line{"limit", QuotaText(c.Sample.CPULimit), Plain})
	memory, style := ReadingText(c.Sample.Memory, true), Plain
	if share, ok := c.MemoryShare(); ok {
		memory += fmt.Sprintf(", %.0f %% of its limit", 100*share)
		style = ShareStyle(share)
	}
	if c.Guest != nil { // of a process nothing else is counted
		s.Lines = []Line{{"cpu", cpu, Plain}, {"memory", memory + " of the process, with that of the guest", style},
			{"threads", ReadingText(c.Sample.PIDs, false), Plain}}
		return s
	}
	s.Lines = append(s.Lines, Line{"memory", memory, style},
		Line{"with cache", ReadingText(c.Sample.MemoryUsage, true), Plain},
		Line{"limit", LimitText(c.Sample.MemoryLimit, true), Plain},
		Line{"swap limit", LimitText(c.Sample.SwapLimit, true), Plain},
		Line{"tasks", ReadingText(c.Sample.PIDs, false), Plain},
		Line{"limit", LimitText(c.Sample.PIDsLimit, false), Plain},
		Line{"read", ReadingText(c.Sample.ReadBytes, true), Plain},
		Line{"written", ReadingText(c.Sample.WriteBytes, true), Plain})
	if x := c.Extra; x != nil {
		s.Lines = append(s.Lines, Line{"swap", ReadingText(x.Swap, true), Plain})
		if x.NetShared {
			s.Lines = append(s.Lines, Line{"network", "the host's: what it receives is counted with the host's", Dim})
		} else {
			s.Lines = append(s.Lines, Line{"received", ReadingText(x.Rx, true), Plain},
				Line{"sent", ReadingText(x.Tx, true), Plain})
		}
	}
	if c.Sample.FrozenErr != nil {
		s.Lines = append(s.Lines, Line{"frozen?", fault.Line(c.Sample.FrozenErr), Dim})
	}
	return s
}

// ReadingText writes a number that was read, or why it was not.
func ReadingText(r cgroupview.Reading, bytes bool) string {
	switch {
	case r.Err != nil:
		return fault.Line(r.Err)
	case bytes:
		return Size(r.Value)
	}
	return fmt.Sprint(r.Value)
}

// LimitText writes a limit and which level sets it, in which file.
func LimitText(l cgroupview.Limit, bytes bool) string {
	s := fmt.Sprint(l.Value)
	if bytes {
		s = Size(l.Value) + " (" + s + ")"
	}
	return limitFrom(l, s)
}

// QuotaText is LimitText for processor time.
func QuotaText(l cgroupview.Limit) string { return limitFrom(l, Processors(l.Value)) }

func limitFrom(l cgroupview.Limit, value string) string {
	switch err := l.Known(); {
	case err != nil:
		return fault.Line(err)
	case l.Unlimited:
		return "none, up to the root"
	case l.From != nil:
		return value + ", set by " + text.ShortIDs(l.From.Path.String()) + slows(l.File)
	case l.File != "":
		return value + ", set by a group around that is not seen from here (" + text.Sanitise(l.File) + ")"
	}
	return value
}

// slows tells of a limit that ends no process.
func slows(file string) string {
	if file == "memory.high" {
		return " (memory.high: above it the kernel slows the processes down)"
	}
	return ""
}

func healthSection(h cgroupview.Health) Section {
	s := Section{Title: "Health"}
	for _, e := range h.Events {
		style := Dim
		if e.Count > 0 {
			style = Plain
			if strings.HasPrefix(e.Name, "oom") {
				style = Bad
			}
		}
		s.Lines = append(s.Lines, Line{text.Sanitise(e.Name), fmt.Sprintf("%d  (%s)", e.Count, text.Sanitise(e.File)),
			style})
	}
	for _, t := range h.Throttled {
		style := Plain
		if t.Times*4 > t.Periods {
			style = Warn
		}
		s.Lines = append(s.Lines, Line{"throttled", ThrottleText(t), style})
	}
	for _, p := range h.Pressure {
		kind, style := "some", Plain
		if p.Full {
			kind = "full"
		}
		if p.Avg10 > 10 {
			style = Warn
		}
		s.Lines = append(s.Lines, Line{p.Resource,
			fmt.Sprintf("%s wait %.1f %% of 10 s, %.1f %% of 1 min, %.1f %% of 5 min", kind, p.Avg10, p.Avg60, p.Avg300),
			style})
	}
	if len(s.Lines) == 0 {
		s.Lines = []Line{{Value: "nothing is known to be wrong", Style: Dim}}
	}
	return s
}

// ThrottleText says how often the quota of a group kept what is in it from running.
func ThrottleText(t cgroupview.Throttle) string {
	return fmt.Sprintf("in %d of %d periods, %v in all, by the quota of %s", t.Times, t.Periods,
		time.Duration(t.Waited)*time.Microsecond, t.Group.Path)
}

// OwnerSection says who manages a group, and who will take a change back.
func OwnerSection(o owner.Owner) Section {
	s := Section{Title: "Who manages it"}
	if o.Unit.Len() > 0 {
		unit := o.Unit.String()
		if !o.Systemd {
			unit += " (around it)"
		}
		s.Lines = append(s.Lines, Line{"unit", unit, Plain})
	}
	if o.Engine != "" {
		s.Lines = append(s.Lines, Line{"engine", string(o.Engine), Plain})
	}
	if o.Kubelet {
		s.Lines = append(s.Lines, Line{"kubelet", "a group of pods or of a quality class", Plain})
	}
	if o.TakesBack != "" {
		s.Lines = append(s.Lines, Line{"lasting?", text.Line(o.TakesBack), Warn})
	}
	return s
}
