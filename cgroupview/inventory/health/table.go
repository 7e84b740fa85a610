// Package health judges what is wrong with a host, a container, a group or a process: findings, ranked, each with its
// evidence, the command by hand and what would help. It is pure: all that it knows are the moments of a Series, of
// this host a second apart or of a recording. Nothing is found without a threshold of the table in this file, and
// what could not be judged is said with the reason.
package health

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"bones/cgroupview/spec"
)

// Severity ranks findings.
type Severity int

// The severities. None is that of what is well.
const (
	None     Severity = iota
	Note              // worth knowing; nothing fails because of it
	Warning           // something fails or is slow, or soon will
	Critical          // something has failed, or is about to
)

// String returns the severity as it is printed.
func (s Severity) String() string { return [...]string{"ok", "note", "warning", "critical"}[s] }

// Unit is what the value of a finding is counted in.
type Unit string

// The units. A Share is between 0 and 1 as a rule, and printed in percent.
const (
	Share     Unit = "share"
	Count     Unit = "count"
	PerSecond Unit = "per_second"
	Seconds   Unit = "seconds"
	Ratio     Unit = "ratio"
)

// Rule is one row of the table of findings.
type Rule struct {
	Name    string
	Finds   string // what is the matter, in words
	Measure string // what is compared with the thresholds
	Unit    Unit
	Below   bool // less is worse
	// Note, Warning and Critical are the thresholds: from there on, or with Below under that, the finding has this
	// severity. never: it has not.
	Note, Warning, Critical float64
	// Outside is a second threshold of a rule that finds what is too much, too: above it the finding is a note. 0: none.
	Outside float64
	// Grown is the severity where the count grew between the moments, whatever its value; None: as the thresholds say.
	Grown   Severity
	Besides string // what else must be so
	Needs   string // what it takes to judge; empty: one moment
}

var never = math.NaN()

// What a rule asks for besides its threshold.
const (
	leastSpan      = 900 * time.Millisecond // between two readings of what must last
	leastTrend     = time.Minute            // for a trend
	leastPoints    = 3                      // readings of a trend
	leastPeriods   = 5                      // of a quota between two moments
	leastEver      = 100                    // of a quota since the group was made
	leastSwap      = 16 << 20               // bytes
	leastRecorded  = 10 * time.Minute       // for a limit that is recommended
	leastMoments   = 12
	trendFrom      = 0.5  // of the limit in use
	atLimit        = 0.8  // of the limit in use with the page cache: it is what keeps memory short
	adviceMargin   = 1.25 // times the recorded peak
	adviceCut      = 1.5  // times the limit that cut the peak
	adviceCutShare = 0.95 // of the limit: from here on it may have cut the peak
	fullHost       = 0.1  // of the memory available
)

const twoMoments = "two moments"

// Rules is the table of findings, in the order in which they rank among their severity.
var Rules = []*Rule{
	ruleOOM, ruleHostOOM, ruleHostMemory, ruleMemory, ruleFilling, ruleTasks, ruleRefused, ruleBlocked, ruleThrottled,
	ruleMemoryWait,
	ruleIOWait, ruleCPUWait, ruleThrash, ruleSwap, ruleHostSwap, ruleFrozen, ruleTakenBack, ruleNoLimit, ruleZombies,
	ruleAdvice,
}

var (
	ruleOOM = &Rule{Name: "oom-killed", Finds: "processes were killed for want of memory",
		Measure: "processes of the group that the OOM killer killed since it was made", Unit: Count, Note: never, Warning: 1,
		Critical: never, Grown: Critical}
	ruleHostOOM = &Rule{Name: "host-oom-killed", Finds: "processes were killed for want of memory somewhere on the host",
		Measure: "processes that the OOM killer killed since the host was started", Unit: Count, Note: 1, Warning: never,
		Critical: never, Grown: Critical}
	ruleHostMemory = &Rule{Name: "host-memory-low", Finds: "the host is nearly out of memory",
		Measure: "share of the host's memory that is available", Unit: Share, Below: true, Note: never, Warning: fullHost,
		Critical: 0.03}
	ruleMemory = &Rule{Name: "memory-near-limit", Finds: "memory is near its limit",
		Measure: "share of the limit that the working set takes, at the fullest level with a limit",
		Unit:    Share, Note: never, Warning: 0.9,
		Critical: 0.97}
	ruleFilling = &Rule{Name: "memory-filling", Finds: "memory grows towards its limit",
		Measure: "seconds until the limit is reached, by the trend of the working set", Unit: Seconds, Below: true,
		Note:    never,
		Warning: 3600, Critical: 600, Besides: fmt.Sprintf("at least %g %% of the limit in use", 100*trendFrom),
		Needs: fmt.Sprintf("%d moments over %v", leastPoints, duration(leastTrend))}
	ruleTasks = &Rule{Name: "tasks-near-limit", Finds: "processes and threads are near their limit",
		Measure: "share of the limit that is in use, at the fullest level with a limit",
		Unit:    Share, Note: never, Warning: 0.8,
		Critical: 0.95}
	ruleRefused = &Rule{Name: "tasks-refused", Finds: "a process or thread could not be started",
		Measure: "forks that the limit refused since the group was made", Unit: Count, Note: never, Warning: 1,
		Critical: never, Grown: Critical}
	ruleBlocked = &Rule{Name: "uninterruptible", Finds: "processes hang in the kernel (state D)",
		Measure: "processes in state D at both moments that used no processor time", Unit: Count, Note: never, Warning: 1,
		Critical: 10, Besides: "not frozen", Needs: twoMoments}
	ruleThrottled = &Rule{Name: "cpu-throttled", Finds: "the processor quota is used up",
		Measure: "share of periods in which the quota of a level was used up", Unit: Share, Note: never, Warning: 0.25,
		Critical: 0.75, Besides: fmt.Sprintf("%d periods between the moments, or %d in all", leastPeriods,
			leastEver)}
	ruleMemoryWait = &Rule{Name: "memory-waiting", Finds: "tasks wait for memory",
		Measure: "share of the last 10 s in which some task waited (PSI)", Unit: Share, Note: never, Warning: 0.1,
		Critical: 0.4}
	ruleIOWait = &Rule{Name: "io-waiting", Finds: "tasks wait for disks",
		Measure: "share of the last 10 s in which some task waited (PSI)", Unit: Share, Note: never, Warning: 0.3,
		Critical: 0.8}
	ruleCPUWait = &Rule{Name: "cpu-waiting", Finds: "tasks wait for a processor",
		Measure: "share of the last 10 s in which some task waited (PSI)", Unit: Share, Note: 0.25, Warning: 0.5,
		Critical: never}
	ruleThrash = &Rule{Name: "thrashing", Finds: "memory is read from the disk again and again",
		Measure: "major page faults", Unit: PerSecond, Note: never, Warning: 100, Critical: 1000, Needs: twoMoments}
	ruleSwap = &Rule{Name: "swapped-out", Finds: "much of its memory is in swap",
		Measure: "share of its memory (working set and swap) that is in swap",
		Unit:    Share, Note: 0.1, Warning: 0.25, Critical: never,
		Besides: fmt.Sprintf("at least %s in swap", spec.Size(leastSwap))}
	ruleHostSwap = &Rule{Name: "host-swap-full", Finds: "the host's swap is nearly full",
		Measure: "share of the host's swap that is used", Unit: Share, Note: 0.5, Warning: 0.8, Critical: never}
	ruleFrozen = &Rule{Name: "frozen", Finds: "it is frozen: nothing in it runs",
		Measure: "seconds that it was seen frozen", Unit: Seconds, Note: 0, Warning: 300, Critical: never}
	ruleTakenBack = &Rule{Name: "limit-taken-back", Finds: "a limit was written by hand, and will be taken back",
		Measure: "limits that are not what systemd or the engine has for them", Unit: Count, Note: never, Warning: 1,
		Critical: never}
	ruleNoLimit = &Rule{Name: "no-memory-limit", Finds: "it has no memory limit, on a host that is full",
		Measure: "share of the host's memory that is available", Unit: Share, Below: true, Note: never, Warning: fullHost,
		Critical: never}
	ruleZombies = &Rule{Name: "zombies", Finds: "nobody reaps processes that have ended",
		Measure: "children of one parent that had ended at both moments", Unit: Count, Note: 1, Warning: 10, Critical: 1000,
		Needs: twoMoments}
	ruleAdvice = &Rule{Name: "memory-limit-advice", Finds: "another memory limit would fit better",
		Measure: "the limit divided by the recorded peak of the working set; no limit counts as too high",
		Unit:    Ratio, Below: true,
		Note: 1.1, Warning: never, Critical: never, Outside: 4,
		Needs: fmt.Sprintf("a recording of %d moments over %v", leastMoments, duration(leastRecorded))}
)

// Severity is what a value means; None below all thresholds.
func (r *Rule) Severity(value float64) Severity {
	reached := func(threshold float64) bool {
		if math.IsNaN(threshold) {
			return false
		}
		if r.Below {
			return value < threshold
		}
		return value >= threshold
	}
	switch {
	case reached(r.Critical):
		return Critical
	case reached(r.Warning):
		return Warning
	case reached(r.Note), r.Outside > 0 && value > r.Outside:
		return Note
	}
	return None
}

// Thresholds are those of the rule in words.
func (r *Rule) Thresholds() string {
	var list []string
	for _, x := range []struct {
		name  string
		value float64
	}{{"note", r.Note}, {"warning", r.Warning}, {"critical", r.Critical}} {
		if math.IsNaN(x.value) {
			continue
		}
		word := "from "
		if r.Below {
			word = "below "
		}
		list = append(list, x.name+" "+word+r.Format(x.value))
	}
	s := strings.Join(list, ", ")
	if r.Outside > 0 {
		s += " or above " + r.Format(r.Outside)
	}
	if r.Grown != None {
		s += ", " + r.Grown.String() + " from one between the moments"
	}
	if r.Besides != "" {
		s += "; " + r.Besides
	}
	return s
}

// Format writes a value of the rule.
func (r *Rule) Format(v float64) string {
	switch r.Unit {
	case Share:
		return strconv.FormatFloat(math.Floor(1000*v)/10, 'f', -1, 64) + " %"
	case PerSecond:
		return strconv.FormatFloat(v, 'f', 0, 64) + " a second"
	case Seconds:
		return duration(time.Duration(min(v, 1e9) * float64(time.Second)))
	case Ratio:
		return strconv.FormatFloat(math.Floor(100*v)/100, 'f', -1, 64) + " x"
	}
	return strconv.FormatFloat(v, 'f', -1, 64)
}

// RuleNamed returns the rule of a name; nil if there is none.
func RuleNamed(name string) *Rule {
	for _, r := range Rules {
		if r.Name == name {
			return r
		}
	}
	return nil
}

// duration writes a time for a person: 45 s, 12 min, 3 h 5 min.
func duration(d time.Duration) string {
	switch s := int64(d.Round(time.Second) / time.Second); {
	case d < time.Second && d > 0:
		return fmt.Sprintf("%.1f s", d.Seconds())
	case s < 120:
		return fmt.Sprintf("%d s", s)
	case s < 7200:
		return fmt.Sprintf("%d min", s/60)
	case s < 2*86400:
		return strings.TrimSuffix(fmt.Sprintf("%d h %d min", s/3600, s/60%60), " 0 min")
	default:
		return fmt.Sprintf("%d days", s/86400)
	}
}
