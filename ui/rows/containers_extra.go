package rows

import (
	"fmt"
	"math"
	"time"

	"bones/cgroupview"
	"bones/cgroupview/container"
	"bones/cgroupview/inventory"
	"bones/procwalk"
)

// ContainerExtra is what is read of the containers in view beside what each moment holds of them: it takes several
// files more of each.
type ContainerExtra struct {
	Time        time.Time
	Swap        cgroupview.Reading // bytes
	OOM         cgroupview.Reading // how often the kernel ended a process of it for want of memory
	Throttled   cgroupview.Reading // periods in which its quota kept it waiting
	Periods     uint64             // in which it wanted to run
	Rx, Tx      cgroupview.Reading // bytes received and sent by its own network devices
	NetShared   bool               // its network is the host's
	Listens     []Listens          // what it listens on, in the order in which it is shown
	ListensLeft int                // sockets on which it listens, too, that were not looked at
	ListensErr  error              // why that is not known
	throttling  float64            // share of periods since the reading before
	rx, tx      float64            // bytes per second since then
	rates       bool               // they are known
}

// Listens is one port that a container listens on.
type Listens struct {
	Port  uint16
	UDP   bool
	Inner bool // on loopback addresses alone
}

// AppendListens appends ports as the column PORTS has them: 80 53/udp (9000).
func AppendListens(dst []byte, list []Listens) []byte {
	for i, p := range list {
		if i > 0 {
			dst = append(dst, ' ')
		}
		if p.Inner {
			dst = append(dst, '(')
		}
		dst = appendInt(dst, int(p.Port))
		if p.UDP {
			dst = append(dst, "/udp"...)
		}
		if p.Inner {
			dst = append(dst, ')')
		}
	}
	return dst
}

// SetExtra takes up what was read of some containers, by their keys, and computes what happened since the reading
// before. What was read before of others is kept as it was.
func (t *ContainerTable) SetExtra(read map[string]ContainerExtra) {
	if t.extra == nil {
		t.extra = map[string]ContainerExtra{}
	}
	for key, now := range read {
		if old, ok := t.extra[key]; ok {
			now.since(&old)
		}
		t.extra[key] = now
	}
	for key := range t.extra {
		if _, there := t.history[key]; !there {
			delete(t.extra, key)
		}
	}
	t.attachExtra()
	t.Build()
}

func (t *ContainerTable) attachExtra() {
	for i := range t.list {
		t.list[i].Extra = nil
		if x, ok := t.extra[t.list[i].Key]; ok {
			t.list[i].Extra = &x
		}
	}
}

// since computes the rates between two readings.
func (x *ContainerExtra) since(old *ContainerExtra) {
	seconds := x.Time.Sub(old.Time).Seconds()
	if seconds <= 0 {
		x.throttling, x.rx, x.tx, x.rates = old.throttling, old.rx, old.tx, old.rates
		return
	}
	if x.Throttled.Err == nil && old.Throttled.Err == nil && x.Periods > old.Periods &&
		x.Throttled.Value >= old.Throttled.Value {
		x.throttling = float64(x.Throttled.Value-old.Throttled.Value) / float64(x.Periods-old.Periods)
	}
	if x.Rx.Err == nil && old.Rx.Err == nil && x.Rx.Value >= old.Rx.Value && x.Tx.Value >= old.Tx.Value {
		x.rx, x.tx = float64(x.Rx.Value-old.Rx.Value)/seconds, float64(x.Tx.Value-old.Tx.Value)/seconds
		x.rates = true
	}
}

// blockRates are the bytes read from and written to block devices per second between two moments.
func blockRates(before, now *inventory.Usage) (read, written float64, ok bool) {
	if before == nil || before.Process.ID() != now.Process.ID() {
		return 0, 0, false
	}
	a, b := &before.Sample, &now.Sample
	seconds := b.Time.Sub(a.Time).Seconds()
	if seconds <= 0 || a.ReadBytes.Err != nil || b.ReadBytes.Err != nil || a.WriteBytes.Err != nil ||
		b.WriteBytes.Err != nil || b.ReadBytes.Value < a.ReadBytes.Value || b.WriteBytes.Value < a.WriteBytes.Value {
		return 0, 0, false
	}
	return float64(b.ReadBytes.Value-a.ReadBytes.Value) / seconds,
		float64(b.WriteBytes.Value-a.WriteBytes.Value) / seconds, true
}

// State is what a container does, in a word.
func (c *ContainerRow) State() string {
	switch {
	case c.Total != nil:
		return ""
	case c.Stopped != nil && c.Stopped.Created:
		return "created"
	case c.Stopped != nil && c.Stopped.Restarting:
		return "restarting"
	case c.Stopped != nil && c.Stopped.Exit != nil:
		return fmt.Sprintf("exited %d", *c.Stopped.Exit)
	case c.Stopped != nil:
		return "stopped"
	case c.Sample.Frozen:
		return "frozen"
	case c.Process != nil && c.Process.State == 'Z':
		return "zombie"
	}
	return "running"
}

func (c *ContainerRow) stateStyle() Style {
	switch c.State() {
	case "running":
		return Good
	case "frozen":
		return Warn
	case "zombie":
		return Bad
	case "exited 0", "created", "stopped", "":
		return Dim
	}
	return Warn
}

// uptime is how long the process that backs a container has run; false where that is not known.
func (t *ContainerTable) uptime(c *ContainerRow) (time.Duration, bool) {
	s := t.facts.Snap
	if c.Total != nil || c.Stopped != nil || s == nil || c.Process == nil || s.Host.TicksPerSec <= 0 {
		return 0, false
	}
	return max(s.Uptime-s.Host.Ticks(c.Process.StartTime), 0), true
}

// AppendAge appends a duration in at most six cells, its two largest units: 12s, 3m05s, 4h12m, 9d03h.
func AppendAge(dst []byte, d time.Duration) []byte {
	s := int64(max(d, 0) / time.Second)
	switch {
	case s < 60:
		return fmt.Appendf(dst, "%ds", s)
	case s < 3600:
		return fmt.Appendf(dst, "%dm%02ds", s/60, s%60)
	case s < 86400:
		return fmt.Appendf(dst, "%dh%02dm", s/3600, s/60%60)
	case s < 1000*86400:
		return fmt.Appendf(dst, "%dd%02dh", s/86400, s/3600%24)
	}
	return fmt.Appendf(dst, "%dd", s/86400)
}

// appendRates appends two numbers of bytes per second.
func appendRates(dst []byte, a, b float64, known bool) []byte {
	if !known {
		return append(dst, '-')
	}
	return appendSize(append(appendSize(dst, uint64(a)), '/'), uint64(b))
}

// extraColumns are the columns of what SetExtra was given, and of what follows from two moments.
var extraColumns = []*ContainerColumn{
	{Name: "SWAP", Help: "memory moved to swap", Right: true, Width: 5, keep: 28,
		num: func(c *ContainerRow) float64 {
			return c.extraReading(func(x *ContainerExtra) cgroupview.Reading { return x.Swap })
		},
		cell: func(_ *ContainerTable, dst []byte, c *ContainerRow) []byte {
			if c.Extra == nil {
				return append(dst, '-')
			}
			return appendReading(dst, c.Extra.Swap, true)
		},
		style: func(c *ContainerRow) Style {
			if c.Extra != nil && c.Extra.Swap.Err == nil && c.Extra.Swap.Value > 0 {
				return Warn
			}
			return Plain
		}},
	{Name: "OOM", Help: "how often the kernel ended a process of it for want of memory", Right: true, Width: 3, keep: 55,
		num: func(c *ContainerRow) float64 {
			return c.extraReading(func(x *ContainerExtra) cgroupview.Reading { return x.OOM })
		},
		cell: func(_ *ContainerTable, dst []byte, c *ContainerRow) []byte {
			if c.Stopped != nil && c.Stopped.OOM {
				return append(dst, "yes"...)
			}
			if c.Extra == nil {
				return append(dst, '-')
			}
			return appendReading(dst, c.Extra.OOM, false)
		},
		style: func(c *ContainerRow) Style {
			if c.Extra != nil && c.Extra.OOM.Err == nil && c.Extra.OOM.Value > 0 || c.Stopped != nil && c.Stopped.OOM {
				return Bad
			}
			return Plain
		}},
	{Name: "THROTTLED", Help: "share of the periods since the last reading in which its processor quota kept it waiting",
		Right: true, Width: 9, keep: 38,
		num: func(c *ContainerRow) float64 {
			if c.Extra == nil || c.Extra.Throttled.Err != nil {
				return math.Inf(-1)
			}
			return c.Extra.throttling
		},
		cell: func(_ *ContainerTable, dst []byte, c *ContainerRow) []byte {
			if c.Extra == nil || c.Extra.Throttled.Err != nil {
				return append(dst, '-')
			}
			return fmt.Appendf(dst, "%.0f%%", 100*c.Extra.throttling)
		},
		style: func(c *ContainerRow) Style {
			switch {
			case c.Extra == nil || c.Extra.Throttled.Err != nil || c.Extra.throttling == 0:
				return Dim
			case c.Extra.throttling > 0.5:
				return Bad
			}
			return Warn
		}},
	{Name: "NET", Help: "bytes received and sent per second by its own network devices", Right: true, Width: 9, keep: 34,
		num: func(c *ContainerRow) float64 {
			if c.Extra == nil || !c.Extra.rates {
				return math.Inf(-1)
			}
			return c.Extra.rx + c.Extra.tx
		},
		cell: func(_ *ContainerTable, dst []byte, c *ContainerRow) []byte {
			if c.Extra == nil {
				return append(dst, '-')
			}
			if c.Extra.NetShared {
				return append(dst, "host"...)
			}
			return appendRates(dst, c.Extra.rx, c.Extra.tx, c.Extra.rates)
		},
		style: func(c *ContainerRow) Style {
			if c.Extra == nil || c.Extra.NetShared || c.Extra.rx+c.Extra.tx == 0 {
				return Dim
			}
			return Plain
		}},
	{Name: "BLOCK", Help: "bytes read from and written to block devices per second", Right: true, Width: 9, keep: 32,
		num: func(c *ContainerRow) float64 {
			if !c.hasBlock {
				return math.Inf(-1)
			}
			return c.blockRead + c.blockWritten
		},
		cell: func(_ *ContainerTable, dst []byte, c *ContainerRow) []byte {
			return appendRates(dst, c.blockRead, c.blockWritten, c.hasBlock)
		},
		style: func(c *ContainerRow) Style {
			if c.blockRead+c.blockWritten == 0 {
				return Dim
			}
			return Plain
		}},
	portsColumn,
}

// portsColumn is what the kernel says, not what an engine wrote down that it wanted to publish.
var portsColumn = &ContainerColumn{Name: "PORTS",
	Help: "ports that its processes listen on now; /udp of UDP, in parentheses on its loopback alone; +9: 9 sockets " +
		"more, which `bones ports TARGET` lists",
	Width: 11, keep: 36,
	str: func(c *ContainerRow) string {
		if c.Extra == nil || len(c.Extra.Listens) == 0 {
			return "~" // behind those that have some
		}
		return fmt.Sprintf("%05d", c.Extra.Listens[0].Port)
	},
	cell: func(_ *ContainerTable, dst []byte, c *ContainerRow) []byte {
		if c.Extra == nil || c.Extra.ListensErr != nil || len(c.Extra.Listens)+c.Extra.ListensLeft == 0 {
			return append(dst, '-')
		}
		dst = AppendListens(dst, c.Extra.Listens)
		if n := c.Extra.ListensLeft; n > 0 {
			dst = appendInt(append(dst, " +"...), n)
		}
		return dst
	},
	style: func(c *ContainerRow) Style {
		if c.Extra == nil || len(c.Extra.Listens) == 0 {
			return Dim
		}
		return Plain
	}}

func (c *ContainerRow) extraReading(get func(*ContainerExtra) cgroupview.Reading) float64 {
	if c.Extra == nil {
		return math.Inf(-1)
	}
	return reading(get(c.Extra))
}

// SetStopped sets the containers that engines keep records of and that have no process; nil: they are not shown.
func (t *ContainerTable) SetStopped(list []container.Stopped) {
	t.stopped = nil
	for i := range list {
		s := &list[i]
		c := &inventory.Container{Key: "stopped\x00" + string(s.Runtime) + "\x00" + s.ID.Raw(), Runtime: s.Runtime,
			ID: s.ID, Name: s.Name, Info: container.Info{Found: true, Image: s.Image, Name: s.Name}}
		u := &inventory.Usage{Container: c, Process: &procwalk.Process{}, Sample: cgroupview.UnknownSample(errStopped)}
		t.stopped = append(t.stopped, ContainerRow{Usage: u, Stopped: s})
	}
	t.Build()
}

// errStopped is why nothing is used.
var errStopped = fmt.Errorf("no process of it runs")

// stoppedSections makes details of a container that does not run.
func stoppedSections(c *ContainerRow) []Section {
	s := Section{Title: "Container " + c.Label().String()}
	add := func(label, value string, style Style) {
		if value != "" {
			s.Lines = append(s.Lines, Line{label, value, style})
		}
	}
	add("state", c.State(), c.stateStyle())
	if c.Stopped.OOM {
		add("why", "killed for want of memory, according to its engine", Bad)
	}
	if !c.Stopped.Ended.IsZero() {
		add("ended", c.Stopped.Ended.Local().Format("2006-01-02 15:04:05"), Plain)
	}
	add("id", c.ID.String(), Plain)
	add("runtime", string(c.Runtime), Plain)
	add("image", c.Info.Image.String(), Plain)
	if c.Stopped.User != nil {
		add("user", fmt.Sprint(*c.Stopped.User), Plain)
	}
	add("what", "a record of its engine on the disk: it has no process, no namespace and no control group", Dim)
	return []Section{s}
}
