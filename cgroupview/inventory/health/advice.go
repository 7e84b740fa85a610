package health

import (
	"errors"
	"fmt"
	"math"

	"bones/cgroupview/spec"
)

// errPassedOver is why no limit is recommended where not every moment of a recording was looked at.
var errPassedOver = errors.New("moments of the recording were passed over, in which the peak may have been, " +
	"and this kernel does not count it; a shorter --over looks at all")

// recommended is a memory limit that fits the recorded peak of the working set: never below it. Where moments were
// passed over, the peak may have been in one of them: it was not above what the kernel counts, with the page cache.
func (t *track) recommended() (uint64, bool) {
	if t.peakOf < leastMoments || t.at().Sub(t.began) < leastRecorded || t.gaps && t.counted == 0 {
		return 0, false
	}
	n := scaled(t.peak, adviceMargin)
	if t.gaps {
		n = max(n, scaled(t.counted, 1))
	}
	if t.mayBeCut() {
		if l := t.use.Sample.MemoryLimit; l.Err == nil && !l.Unlimited {
			n = max(n, scaled(l.Value, adviceCut))
		}
	}
	return n, true
}

// mayBeCut reports whether the limit has kept the peak below what it would have been.
func (t *track) mayBeCut() bool { return t.cut || t.kills.n > 0 }

// advice finds a limit that does not fit the recorded peak.
func (j *judge) advice(sub Subject, t *track) {
	recommended, ok := t.recommended()
	l := t.use.Sample.MemoryLimit
	switch {
	case !ok && t.gaps && t.counted == 0:
		j.cannot(ruleAdvice, sub, errPassedOver)
		return
	case !ok:
		j.cannot(ruleAdvice, sub, errNoRecording)
		return
	case l.Known() != nil:
		j.cannot(ruleAdvice, sub, l.Known())
		return
	case t.peak == 0:
		return
	}
	ratio := math.Inf(1)
	said := "there is no limit"
	if !l.Unlimited {
		ratio = float64(l.Value) / float64(t.peak)
		said = "the limit is " + spec.Size(l.Value)
	}
	if t.mayBeCut() && !l.Unlimited && float64(recommended) > float64(l.Value) {
		ratio = min(ratio, 1)
	}
	if t.gaps && !l.Unlimited && ratio > 1 && recommended >= l.Value {
		return // it seems to be more than what is needed, and nobody can tell
	}
	f := j.find(ruleAdvice, sub, min(ratio, 1e6))
	if f == nil {
		return
	}
	f.Evidence = []string{fmt.Sprintf("the working set was %s at most, at %s, in %d moments over %s; %s",
		spec.Size(t.peak),
		clock(t.peakAt), t.peakOf, duration(t.at().Sub(t.began)), said)}
	if t.mayBeCut() {
		f.Evidence = append(f.Evidence, "the limit was reached: without it the peak might have been higher")
	}
	if c := t.use.Counters; c != nil && c.Peak.Err == nil && c.Peak.Value > 0 {
		f.Evidence = append(f.Evidence,
			fmt.Sprintf("with the page cache it was %s at most since the group was made, by the "+
				"kernel's own count", spec.Size(c.Peak.Value)))
	}
	f.Helps = []string{fmt.Sprintf("bones set %s memory=%s   the peak and a quarter", word(sub), mebi(recommended))}
	if t.gaps && recommended == scaled(t.counted, 1) {
		f.Evidence = append(f.Evidence, fmt.Sprintf("%d moments of the recording were passed over: the peak may have been "+
			"in one of them; a shorter --over looks at all", j.s.skipped))
		f.Helps[0] = fmt.Sprintf("bones set %s memory=%s   what the kernel counted at most", word(sub), mebi(recommended))
	}
	if t.mayBeCut() {
		f.Helps[0] = fmt.Sprintf("bones set %s memory=%s   half as much again as now, and then another recording", word(sub),
			mebi(recommended))
	}
	if g := t.use.Groups.With("memory"); g != nil {
		f.Group = g.Dir
		f.ByHand = []string{fileCommand(g, usageFile(g))}
	}
}
