package main

import (
	"fmt"
	"os"

	"bones/procwalk/effect"
	"bones/procwalk/psfmt"
	"bones/procwalk/text"
)

// maker says who made a change, seen from the bones that is to take it back. Each is further away than the one before it.
type maker int

const (
	thisRun  maker = iota // this very process of bones
	ownUser               // another bones of the same user: an earlier one, or one that still runs
	somebody              // another user's bones
)

// runner is one run of bones. The PID alone would name whoever gets it next.
type runner struct {
	uid, pid int
	started  uint64 // ticks since boot; 0 if it is not known
}

func thisRunner() runner {
	pid := os.Getpid()
	return runner{os.Getuid(), pid, startOf(pid)}
}

// whose tells who made a change, from the record of its intent. Where it is not known when either of the two started,
// they may be two runs that had one PID: then it is not taken for this one.
func whose(made record, me runner) maker {
	switch {
	case made.UID != me.uid:
		return somebody
	case made.PID == me.pid && made.Started == me.started && me.started != 0:
		return thisRun
	}
	return ownUser
}

// lastFor picks the change that is to be taken back where no number is given, of those that fit: the last one made by nobody
// further away than reach, for which no question is needed, and only where there is none of these the last one of all.
func lastFor(list []*change, me runner, reach maker, fits func(*change) bool) *change {
	var last *change
	for i := len(list) - 1; i >= 0; i-- {
		if !fits(list[i]) {
			continue
		}
		if whose(list[i].made, me) <= reach {
			return list[i]
		}
		if last == nil {
			last = list[i]
		}
	}
	return last
}

// account says which change it is: its number, who made it when, with which bones, and what it was.
func (c *change) account(me runner, users psfmt.Names) string {
	who := fmt.Sprintf("uid %d", c.made.UID)
	if name := users.Name(uint32(c.made.UID)); name != "" {
		who = fmt.Sprintf("%s (uid %d)", text.Line(name), c.made.UID)
	}
	with := "in this session"
	if whose(c.made, me) != thisRun {
		with = fmt.Sprintf("with another bones (PID %d)", c.made.PID)
	}
	return fmt.Sprintf("number %d of the history, which %s made on %s %s: %s", c.number, who,
		c.made.Time.Local().Format("2006-01-02 15:04:05"), with, text.Line(c.intent.What))
}

// undoing is an inverse that knows what it undoes: the journal then says so.
type undoing struct {
	effect.Effect
	of      string // the ID of what is undone
	account string // which change that is, and whose
	ask     bool   // it was made by somebody further away than may be taken back without a question
}

// Risk has the question asked that taking back another's change needs, beside what the inverse asks by itself.
func (u undoing) Risk() effect.Risk {
	r := u.Effect.Risk()
	if !u.ask {
		return r
	}
	why := "this takes back " + u.account
	if r.Why != "" {
		why += "; " + r.Why
	}
	return effect.Risk{Level: max(r.Level, effect.Confirm), Why: why}
}
