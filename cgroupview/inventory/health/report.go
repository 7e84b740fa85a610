package health

import (
	"cmp"
	"errors"
	"slices"
	"time"

	"bones/cgroupview"
	"bones/cgroupview/inventory"
	"bones/procwalk"
	"bones/procwalk/fault"
	"bones/procwalk/text"
)

// SubjectKind is what a finding is about.
type SubjectKind string

// The kinds of subjects.
const (
	Host      SubjectKind = "host"
	Container SubjectKind = "container"
	Group     SubjectKind = "group"
	Process   SubjectKind = "process"
)

// Subject is what a finding is about.
type Subject struct {
	Kind SubjectKind
	Name text.Text // of a container its label, of a group its path, of a process "PID 12 (sleep)"
	// Target is the word that names it on a command line; empty for the host.
	Target string
	PID    int    // that backs it; 0: none
	Key    string // Container.Key
}

// Finding is one thing that is the matter.
type Finding struct {
	Rule     *Rule
	Severity Severity
	Subject  Subject
	Value    float64 // in the unit of the rule
	// Evidence, ByHand and Helps are lines for a terminal: what was seen, commands that show it, and what would help, the
	// best first. Commands of bones among Helps begin with "bones ".
	Evidence, ByHand, Helps []string
	// Since is when it was seen first, as far as the moments go back; zero: only a counter tells of it.
	Since time.Time
	// Group is the directory of the level that it is about; empty: none. File is the file there.
	Group text.Text
	File  string
}

// Unknown is what could not be judged, and why. Subjects is of how many that is so.
type Unknown struct {
	Rule     *Rule
	Subject  Subject // the first of them
	Subjects int
	Why      string // one line
	Err      error  // what Why says
}

// Report is what is the matter, the worst first.
type Report struct {
	Subject  Subject
	Taken    time.Time     // the last moment
	Span     time.Duration // from the first one
	Moments  int
	Skipped  int // moments of the recording that were passed over
	Findings []Finding
	Unknown  []Unknown
	Judged   int // subjects
}

// Worst is the severity of the worst finding.
func (r *Report) Worst() Severity {
	worst := None
	for i := range r.Findings {
		worst = max(worst, r.Findings[i].Severity)
	}
	return worst
}

// Ask says what is judged: the whole host with its containers if nothing is named.
type Ask struct {
	Keys []string // Container.Key of a container, or of all those of a pod
	// Process is a process: what it is in, if that is a container's group, or else what Extra says of its own groups.
	Process procwalk.ID
	Extra   string // the key of a group that is no container's, among the extras of Series.Add
	Name    text.Text
	Target  string
	// Systemd tells which limits of a group are not what systemd has for its unit, by Container.Key or Extra. nil: nobody
	// asked it, as of a recording. What engines have written down is known from the moment itself.
	Systemd func(key string, g cgroupview.Groups) ([]TakenBack, error)
}

// TakenBack is a limit in a group that is not what its owner has written down for it.
type TakenBack struct {
	Group *cgroupview.Group
	File  string
	Now   string // what is there
	Owner string // who has which other value, and when it is written again
	Keep  string // what makes it last; empty: nothing does
}

// ErrNoMoment says that there is nothing to judge.
var ErrNoMoment = errors.New("there is no moment to judge")

// judge gathers findings.
type judge struct {
	s       *Series
	m       *inventory.Moment
	ask     Ask
	out     *Report
	unknown map[[2]string]int
	suspect []*procwalk.Process // that have ended, or are blocked
	still   map[int]bool        // the processes of what is frozen
}

// Judge applies the table to the last moment of the series. It fails with ErrNoMoment if there is none, and with
// procwalk.ErrGone if what was asked about is not in it.
func (s *Series) Judge(ask Ask) (*Report, error) {
	if s.now == nil {
		return nil, ErrNoMoment
	}
	j := &judge{s: s, m: s.now, ask: ask, unknown: map[[2]string]int{}, out: &Report{Taken: s.now.Snapshot.Taken,
		Span: s.now.Snapshot.Taken.Sub(s.first), Moments: s.moments, Skipped: s.skipped}}
	for i := range s.now.Snapshot.Processes {
		if p := &s.now.Snapshot.Processes[i]; p.State == 'D' || zombie(p) {
			j.suspect = append(j.suspect, p)
		}
	}
	j.still = j.frozenPIDs()
	switch {
	case len(ask.Keys) > 0:
		for _, key := range ask.Keys {
			u := s.now.UsageOf(key)
			if u == nil {
				return nil, procwalk.ErrGone
			}
			j.out.Subject = subjectOf(u)
			j.container(u)
			j.processes(j.out.Subject, func(p *procwalk.Process) bool { return within(u.PIDs, p.PID) })
		}
		if len(ask.Keys) > 1 {
			j.out.Subject = Subject{Kind: Container, Name: ask.Name, Target: ask.Target}
		}
	case ask.Process != (procwalk.ID{}):
		return j.out, j.process()
	case ask.Extra != "":
		j.out.Subject = Subject{Kind: Group, Name: ask.Name, Target: ask.Target, Key: ask.Extra}
		j.use(j.out.Subject, s.tracks[ask.Extra])
		paths := s.extras[ask.Extra].Groups.List
		j.processes(j.out.Subject, func(p *procwalk.Process) bool { return inGroups(p, paths) })
	default:
		j.out.Subject = Subject{Kind: Host, Name: text.New(s.now.Snapshot.Host.HostName)}
		j.whole()
	}
	j.rank()
	return j.out, nil
}

// whole judges the host and all of its containers.
func (j *judge) whole() {
	j.host(j.out.Subject)
	inside := map[int]bool{}
	for i := range j.m.Usage {
		u := &j.m.Usage[i]
		sub := subjectOf(u)
		j.container(u)
		j.processes(sub, func(p *procwalk.Process) bool { return within(u.PIDs, p.PID) && j.innermost(u, p) })
		for _, pid := range u.PIDs {
			inside[pid] = true
		}
	}
	j.processes(j.out.Subject, func(p *procwalk.Process) bool { return !inside[p.PID] })
	if j.m.Inventory == nil {
		j.cannot(nil, j.out.Subject, cmp.Or(j.m.InventoryErr, errNotAsked))
	}
}

// innermost reports whether a container is the one that a process counts for, where one is inside of another.
func (j *judge) innermost(u *inventory.Usage, p *procwalk.Process) bool {
	own, ok := j.m.Inventory.Of(p)
	return !ok || own.Key == u.Key
}

// process judges a process: itself, its children, and what it is in.
func (j *judge) process() error {
	p := j.m.Snapshot.FindID(j.ask.Process)
	if p == nil {
		return procwalk.ErrGone
	}
	j.out.Subject = Subject{Kind: Process, Name: j.ask.Name, Target: j.ask.Target, PID: p.PID}
	if u := j.usageWith(p); u != nil {
		j.container(u)
	} else if t := j.s.tracks[j.ask.Extra]; t != nil {
		j.use(Subject{Kind: Group, Name: groupName(t.use), PID: p.PID, Key: j.ask.Extra}, t)
	} else {
		j.cannot(nil, j.out.Subject, cmp.Or(j.m.UsageErr, errOwnGroup))
	}
	j.processes(j.out.Subject, func(q *procwalk.Process) bool { return q.PID == p.PID || zombie(q) && q.PPID == p.PID })
	j.rank()
	return nil
}

// usageWith is the use of the innermost container that a process is in; nil: it is in none, or only visits.
func (j *judge) usageWith(p *procwalk.Process) *inventory.Usage {
	if j.m.Inventory == nil || j.m.Inventory.Guest(p) {
		return nil
	}
	c, ok := j.m.Inventory.Of(p)
	if !ok {
		return nil
	}
	return j.m.UsageOf(c.Key)
}

// Reasons why something is not judged.
var (
	errNotAsked = errors.New("nobody asked for it")
	errNoFile   = errors.New("bones read nothing of it; an older version recorded less")
	errOwnGroup = errors.New("a recording holds only the control groups of containers")
	errTwo      = errors.New("it takes two moments")
)

func (j *judge) container(u *inventory.Usage) { j.use(subjectOf(u), j.s.tracks[u.Key]) }

// subjectOf is a container.
func subjectOf(u *inventory.Usage) Subject {
	return Subject{Kind: Container, Name: u.Label(), Target: u.Container.Word(), PID: u.PID, Key: u.Key}
}

// find adds a finding, if the value is one by the rule. It returns it to be filled in, else nil.
func (j *judge) find(r *Rule, sub Subject, value float64) *Finding {
	severity := r.Severity(value)
	if severity == None {
		return nil
	}
	j.out.Findings = append(j.out.Findings, Finding{Rule: r, Severity: severity, Subject: sub, Value: value})
	return &j.out.Findings[len(j.out.Findings)-1]
}

// cannot notes that a rule could not be judged; nil: none could.
func (j *judge) cannot(r *Rule, sub Subject, why error) {
	line := fault.Line(why)
	name := ""
	if r != nil {
		name = r.Name
	}
	if i, ok := j.unknown[[2]string{name, line}]; ok {
		j.out.Unknown[i].Subjects++
		return
	}
	j.unknown[[2]string{name, line}] = len(j.out.Unknown)
	j.out.Unknown = append(j.out.Unknown, Unknown{r, sub, 1, line, why})
}

// rank puts the worst first: by severity, then in the order of the table, then what has the greater value.
func (j *judge) rank() {
	order := map[*Rule]int{}
	for i, r := range Rules {
		order[r] = i
	}
	slices.SortStableFunc(j.out.Findings, func(a, b Finding) int {
		worse := cmp.Compare(b.Value, a.Value)
		if a.Rule.Below {
			worse = -worse
		}
		return cmp.Or(cmp.Compare(b.Severity, a.Severity), cmp.Compare(order[a.Rule], order[b.Rule]), worse,
			cmp.Compare(a.Subject.Name.Raw(), b.Subject.Name.Raw()))
	})
}

func within(sorted []int, pid int) bool {
	_, ok := slices.BinarySearch(sorted, pid)
	return ok
}
