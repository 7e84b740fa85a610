package logs

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"bones/cgroupview/container"
	"bones/cgroupview/inventory"
	"bones/cgroupview/logs"
	"bones/cmd/bones/internal/target"
	"bones/procwalk"
	"bones/procwalk/effect"
	"bones/procwalk/fault"
	"bones/procwalk/text"
)

// Found is the log of one container.
type Found struct {
	Name  text.Text
	Log   *container.Log
	alive func() bool // nil: it does not run
}

// Find finds the log of the container that a TARGET names or that a process is in, running or not.
func Find(ctx context.Context, f target.Finder, word string) (*Found, error) {
	s, x, err := f.Containers(ctx)
	if err != nil {
		return nil, err
	}
	c, p, err := x.Find(s, word)
	if err != nil {
		return stopped(x, word, err)
	}
	if c == nil {
		c, _ = x.Of(p)
	}
	if p == nil {
		p = s.Find(c.PID)
	}
	if c == nil {
		return nil, &fault.Error{Kind: fault.Unsupported, What: fmt.Sprintf("PID %d (%s)", p.PID, p.Comm),
			Why: "it is in no container; whoever started it gets its output" + standardOutput(f.Proc, p)}
	}
	log, err := x.Log(c)
	if err != nil {
		return nil, &fault.Error{Kind: fault.Of(err), What: c.Title().String(), Why: fault.Line(err) +
			standardOutput(f.Proc, p), Err: nil}
	}
	main := s.Find(c.PID)
	return &Found{Name: c.Label(), Log: log, alive: func() bool {
		start, err := procwalk.StartTime(f.Proc, c.PID)
		return main != nil && err == nil && start == main.StartTime
	}}, nil
}

// stopped finds the log of a container that does not run; missing is why none that runs was found.
func stopped(x *inventory.Inventory, word string, missing error) (*Found, error) {
	list := x.FindStopped(word)
	switch {
	case len(list) == 0:
		return nil, missing
	case len(list) > 1:
		return nil, &inventory.TargetError{Err: fmt.Errorf("%s: %d stopped containers have this name; id:ID names "+
			"one, as id:%s", text.Sanitise(word), len(list), inventory.ShortID(list[0].ID))}
	}
	log, err := x.LogOf(list[0])
	if err != nil {
		return nil, fmt.Errorf("%s, which does not run: %w", list[0].Name, err)
	}
	return &Found{Name: list[0].Name, Log: log}, nil
}

// standardOutput says where the standard output of a process leads; empty if that cannot be seen.
func standardOutput(proc string, p *procwalk.Process) string {
	if p == nil {
		return ""
	}
	to, err := os.Readlink(filepath.Join(proc, strconv.Itoa(p.PID), "fd/1"))
	if errors.Is(err, os.ErrPermission) {
		return "; root can see where its standard output leads"
	}
	if err != nil {
		return ""
	}
	return fmt.Sprintf("; the standard output of PID %d is %s", p.PID, text.New(to))
}

// Read hands on the lines, as logs.Read does.
func (f *Found) Read(ctx context.Context, ask logs.Ask, emit func(logs.Entry) error) error {
	ask.Follow = ask.Follow && f.alive != nil
	ask.Alive = f.alive
	if f.Log.Form == container.LogJournal {
		return journal(ctx, f.Log, ask, emit)
	}
	return logs.Read(ctx, f.Log, ask, emit)
}

// ByHand is the shell command that shows the same lines: tail, or journalctl.
func (f *Found) ByHand(ask logs.Ask) string {
	if f.Log.Form == container.LogJournal {
		return effect.Command(append([]string{"journalctl"}, journalArgs(f.Log, ask, "cat")...)...)
	}
	lines := "+1"
	if ask.Tail >= 0 {
		lines = strconv.Itoa(ask.Tail)
	}
	args := []string{"tail", "-n", lines}
	if ask.Follow {
		args = append(args, "-F")
	}
	return effect.Command(append(args, "--", f.Log.Path.Raw())...)
}

// journalArgs asks for what an engine wrote about one container. Anybody can write to the journal that they are a
// container: the kernel vouches for _UID alone.
//
// Source: systemd, journalctl(1) and systemd.journal-fields(7); docker's and conmon's drivers journald both write
// CONTAINER_ID_FULL.
func journalArgs(l *container.Log, ask logs.Ask, output string) []string {
	args := []string{"--no-pager", "--quiet", "--all", "--output=" + output}
	if l.Root != "" && filepath.Clean(l.Root) != "/" {
		args = append(args, "--root="+l.Root)
	}
	switch {
	case ask.Tail >= 0:
		args = append(args, "--lines="+strconv.Itoa(ask.Tail))
	case ask.Follow:
		args = append(args, "--no-tail")
	}
	if !ask.Since.IsZero() {
		args = append(args, "--since=@"+strconv.FormatInt(ask.Since.Truncate(time.Second).Unix(), 10))
	}
	if ask.Follow {
		args = append(args, "--follow")
	}
	uid := uint32(0)
	if l.User != nil {
		uid = *l.User
	}
	return append(args, "CONTAINER_ID_FULL="+l.ID.Raw(), "_UID="+strconv.FormatUint(uint64(uid), 10))
}
