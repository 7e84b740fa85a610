package tuning

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"bones/procwalk"
	"bones/procwalk/capability"
	"bones/procwalk/effect"
	"bones/procwalk/text"

	"golang.org/x/sys/unix"
)

// checkSubjects finds out what speaks against it: what the processes are, and what the values do. A process that has
// ended is left for Apply to find.
func (e *Tune) checkSubjects(subjects []Process) error {
	for i := range subjects {
		s := &subjects[i]
		p, err := open(e.root, s.ID)
		if errors.Is(err, procwalk.ErrGone) && len(subjects) > 1 {
			continue
		}
		if err != nil {
			return fmt.Errorf("PID %d (%s): %w", s.ID.PID, s.Comm, err)
		}
		name := fmt.Sprintf("PID %d (%s)", s.ID.PID, s.Comm)
		switch {
		case s.ID.PID == 1:
			e.warn(effect.Grave, "PID 1 is among them: the whole machine or container depends on it")
		case p.folder.Stat.KernelThread():
			e.warn(effect.Grave, name+" is a thread of the kernel: what waits for it may wait for everything")
		case s.Service:
			e.warn(effect.Confirm, name+" is a service of the host, in no container")
		}
		for _, v := range e.targets[i].Values {
			e.lookAt(p, v, name)
		}
		p.close()
	}
	return nil
}

// lookAt says what a value does that one may not expect.
func (e *Tune) lookAt(p *process, v Value, name string) {
	soft, hard, _ := strings.Cut(v.Value, ":")
	now := p.read(v.Name)
	if v.Left != "" && now.Err == nil && now.Value != v.Left {
		e.warn(effect.Confirm, fmt.Sprintf("%s: %s is %s now, not %s as the change left it", name, v.Name, now.Value,
			text.Line(v.Left)))
	}
	if _, before, ok := strings.Cut(now.Value, ":"); ok && hard != "" && findLimit(v.Name) != nil && !mayRaise() {
		a, _ := limitNumber(hard, false)
		if b, _ := limitNumber(before, false); a < b && e.lost == "" {
			e.lost = "bones runs without CAP_SYS_RESOURCE and could not raise the hard limit of " + v.Name + " again"
			e.warn(effect.Confirm, e.lost)
		}
	}
	switch {
	case v.Name == OOM && v.Value == "-1000":
		e.warn(effect.Confirm, "the OOM killer will never end it, and ends others in its place")
	case v.Name == IOPrio && strings.HasPrefix(v.Value, classes[1]):
		e.warn(effect.Confirm, "a realtime process goes before the input and output of all others, which may get none")
	case v.Name == "cpu":
		used := (p.folder.Stat.UTime + p.folder.Stat.STime) / procwalk.UserHZ
		for _, at := range []string{soft, hard} {
			if n, err := strconv.ParseUint(at, 10, 64); err == nil && n <= used {
				e.warn(effect.Grave, fmt.Sprintf("%s has used %d seconds of processor time: the kernel ends it at once", name,
					used))
			}
		}
	}
}

// warn keeps the gravest.
func (e *Tune) warn(level effect.Level, why string) {
	if level > e.risk.Level {
		e.risk = effect.Risk{Level: level, Why: why}
	}
}

// mayRaise reports whether this process may raise hard limits: it has CAP_SYS_RESOURCE.
func mayRaise() bool {
	sets, err := capability.Get()
	return err == nil && sets.Has(unix.CAP_SYS_RESOURCE)
}
