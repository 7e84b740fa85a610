package container

import (
	"fmt"
	"time"
)

// Status is what became of a container that does not run, as `docker ps -a` says it: "Exited (137) 3 hours ago".
func (c Stopped) Status(now time.Time) string {
	s := "Stopped"
	switch {
	case c.Created:
		return "Created"
	case c.Restarting && c.Exit != nil:
		s = fmt.Sprintf("Restarting (%d)", *c.Exit)
	case c.Exit != nil:
		s = fmt.Sprintf("Exited (%d)", *c.Exit)
	}
	if !c.Ended.IsZero() {
		s += " " + Ago(now.Sub(c.Ended)) + " ago"
	}
	if c.OOM {
		s += ", out of memory"
	}
	return s
}

// Ago is a span of time in the words that Docker has for it.
//
// Source: github.com/docker/go-units, duration.go (HumanDuration).
func Ago(d time.Duration) string {
	const day = 24
	hours := int(d.Hours() + 0.5)
	switch {
	case d < time.Second:
		return "less than a second"
	case d < 2*time.Second:
		return "1 second"
	case d < time.Minute:
		return fmt.Sprintf("%d seconds", int(d.Seconds()))
	case d < 2*time.Minute:
		return "about a minute"
	case d < time.Hour:
		return fmt.Sprintf("%d minutes", int(d.Minutes()))
	case hours == 1:
		return "about an hour"
	case hours < 2*day:
		return fmt.Sprintf("%d hours", hours)
	case hours < 14*day:
		return fmt.Sprintf("%d days", hours/day)
	case hours < 60*day:
		return fmt.Sprintf("%d weeks", hours/day/7)
	case hours < 2*365*day:
		return fmt.Sprintf("%d months", hours/day/30)
	}
	return fmt.Sprintf("%d years", hours/day/365)
}
