package rows

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"bones/procwalk"
	"bones/procwalk/detail"
	"bones/procwalk/fault"
	"bones/procwalk/mountinfo"
	"bones/procwalk/text"
)

// DetailOptions say how much Details shows.
type DetailOptions struct {
	Reveal bool // the values of the environment too, which may be secrets
	// User and Group give names, as they are known; "" for none. They may be nil.
	User, Group func(uint32) string
}

// Bounds of what is listed: a process may have any number of arguments and variables, of any length.
const (
	listedArgs = 512
	listedVars = 1024
	valueMax   = 2048 // bytes, before they are made safe
)

// Details sets out everything that is known about a process: its row p of the snapshot, which is enough for the
// first sections, and what was read of it on demand. snap and d may be nil: what they would tell is left out.
func Details(p *procwalk.Process, snap *procwalk.Snapshot, d *detail.Detail, opt DetailOptions) []Section {
	s := sheet{p: p, snap: snap, d: d, opt: opt, status: p.Status, who: p.Status, cgroups: p.Cgroups,
		cmdline: p.Cmdline, io: p.IO}
	if p.Status != nil && p.Status.Brief {
		s.status = nil // the rest is in the details
	}
	if d != nil && d.Err != nil {
		s.section("Note")
		s.failed("", d.Err)
		s.d = nil
	} else if d != nil {
		s.fill()
	}
	s.identity()
	s.command()
	s.users()
	s.security()
	s.namespaces()
	s.cgroupLines()
	s.memory()
	s.cpu()
	if s.d != nil {
		s.limits()
	}
	s.inout()
	if s.d != nil {
		s.threads()
		s.files()
		s.environment()
		s.network()
	}
	return s.sections
}

// sheet is Details in the making.
type sheet struct {
	p        *procwalk.Process
	snap     *procwalk.Snapshot
	d        *detail.Detail
	opt      DetailOptions
	status   *procwalk.Status // the whole of it; nil: not read
	who      *procwalk.Status // as far as Status.Brief at least
	cgroups  *procwalk.Cgroups
	cmdline  *procwalk.Cmdline
	io       *procwalk.IO
	sections []Section
}

// fill takes from the details what the snapshot was not asked for, or what is newer there.
func (s *sheet) fill() {
	if s.d.Status != nil && (s.d.Status.Err == nil || s.status == nil) {
		s.status, s.who = s.d.Status, s.d.Status
	}
	if s.d.Cgroups != nil && (s.d.Cgroups.Err == nil || s.cgroups == nil) {
		s.cgroups = s.d.Cgroups
	}
	if s.d.Cmdline != nil && (s.d.Cmdline.Err == nil || s.cmdline == nil) {
		s.cmdline = s.d.Cmdline
	}
	if s.d.IO != nil && (s.d.IO.Err == nil || s.io == nil) {
		s.io = s.d.IO
	}
}

func (s *sheet) section(title string) { s.sections = append(s.sections, Section{Title: title}) }

func (s *sheet) styled(style Style, label, value string) {
	at := &s.sections[len(s.sections)-1]
	at.Lines = append(at.Lines, Line{label, value, style})
}

// shown makes untrusted text of any length safe and short. It is cut before it is sanitised, so that what is long
// costs no more than what is short.
func shown(t text.Text) string {
	raw := t.Raw()
	if len(raw) <= valueMax {
		return text.Sanitise(raw)
	}
	cut := valueMax
	for cut > valueMax-utf8.UTFMax && !utf8.RuneStart(raw[cut]) {
		cut--
	}
	return fmt.Sprintf("%s ... (%d bytes in all)", text.Sanitise(raw[:cut]), len(raw))
}

func (s *sheet) line(label, value string) { s.styled(Plain, label, value) }

func (s *sheet) linef(label, format string, a ...any) { s.line(label, fmt.Sprintf(format, a...)) }

// failed says in words why something is not shown.
func (s *sheet) failed(label string, err error) {
	value, style := InWords(err)
	s.styled(style, label, value)
}

// InWords says why something could not be read: gone, not permitted, unsupported and broken are different things.
func InWords(err error) (string, Style) {
	switch {
	case errors.Is(err, procwalk.ErrGone):
		return "the process has ended", Warn
	case errors.Is(err, procwalk.ErrNone):
		return "none (a kernel thread, or ended already)", Dim
	case errors.Is(err, procwalk.ErrUnsupported):
		return "this kernel does not have it", Dim
	case errors.Is(err, procwalk.ErrStuck):
		return "no answer in time: the process, or a file system, holds it up", Bad
	case errors.Is(err, fs.ErrPermission):
		hint := "it takes the same user, or " + fault.ToTrace
		if said := (*fault.Error)(nil); errors.As(err, &said) && said.Hint != "" {
			hint = said.Hint
		}
		return "not permitted (" + hint + ")", Dim
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return "bones did not read that far", Dim
	}
	if name := fault.ErrnoName(err); name != "" {
		return "failed: " + name + " (" + fault.Line(err) + ")", Bad
	}
	return "failed: " + fault.Line(err), Bad
}

// ErrorLine is an error in one line that is safe to print.
func ErrorLine(err error) string { return fault.Line(err) }

var stateNames = map[byte]string{
	'R': "running", 'S': "sleeping", 'D': "waiting, not to be interrupted", 'T': "stopped", 't': "stopped by a tracer",
	'Z': "zombie: ended, its parent has not asked for its status", 'X': "dead", 'I': "idle", 'P': "parked",
}

func (s *sheet) identity() {
	p := s.p
	s.section("Identity")
	s.line("PID", strconv.Itoa(p.PID))
	if st := s.who; st != nil && len(st.NSpid) > 1 {
		inside := make([]string, 0, len(st.NSpid)-1)
		for _, pid := range st.NSpid[1:] {
			inside = append(inside, strconv.Itoa(pid))
		}
		s.linef("PID inside", "%s (from the outer pid namespace to its own)", strings.Join(inside, ", "))
	}
	parent := strconv.Itoa(p.PPID)
	if s.snap != nil {
		if pp := s.snap.Find(p.PPID); pp != nil {
			parent += " " + pp.Comm.String()
		}
	}
	s.line("Parent", parent)
	s.linef("Group, session", "%d, %d", p.PGRP, p.Session)
	if p.TTYNr != 0 {
		s.linef("Terminal", "device %d:%d, its foreground group %d", p.TTYNr>>8&0xfff, p.TTYNr&0xff|p.TTYNr>>12&0xfff00,
			p.TPGID)
	} else {
		s.styled(Dim, "Terminal", "none")
	}
	name := stateNames[p.State]
	if name == "" {
		name = "unknown"
	}
	style := Plain
	if p.State == 'Z' || p.State == 'D' {
		style = Warn
	}
	s.styled(style, "State", text.Sanitise(string(rune(p.State)))+" "+name)
	if s.snap != nil && s.snap.Host.TicksPerSec > 0 {
		h := &s.snap.Host
		s.linef("Started", "%s (%s ago; tick %d)", s.snap.StartedAt(p).Format("2006-01-02 15:04:05"),
			age(s.snap.Uptime-h.Ticks(p.StartTime)), p.StartTime)
	} else {
		s.linef("Started", "tick %d since boot", p.StartTime)
	}
	if s.d == nil {
		return
	}
	if s.d.Ended {
		s.styled(Warn, "Note", "it has ended since; these are its last facts")
	}
	if v := s.d.LoginUID; v.Err != nil {
		s.failed("Login user", v.Err)
	} else if v.Value == detail.NoLogin {
		s.styled(Dim, "Login user", "none: not started from a login")
	} else {
		s.line("Login user", named(s.opt.User, v.Value))
	}
	if v := s.d.WChan; v.Err != nil {
		s.failed("Waits in", v.Err)
	} else if v.Value.Len() > 0 {
		s.line("Waits in", v.Value.String())
	}
}

// age writes a duration with its two largest units.
func age(d time.Duration) string {
	d = max(d, 0).Truncate(time.Second)
	days, hours, minutes, seconds := int(d.Hours())/24, int(d.Hours())%24, int(d.Minutes())%60, int(d.Seconds())%60
	switch {
	case days > 0:
		return fmt.Sprintf("%d d %d h", days, hours)
	case hours > 0:
		return fmt.Sprintf("%d h %d min", hours, minutes)
	case minutes > 0:
		return fmt.Sprintf("%d min %d s", minutes, seconds)
	}
	return fmt.Sprintf("%d s", seconds)
}

func (s *sheet) command() {
	s.section("Command")
	s.line("Name", s.p.Comm.String())
	switch c := s.cmdline; {
	case c == nil:
	case c.Err != nil:
		s.failed("Arguments", c.Err)
	case c.Raw.Len() == 0:
		why := "none (erased, or ended)"
		if s.p.KernelThread() {
			why = "none: a thread of the kernel"
		}
		s.styled(Dim, "Arguments", why)
	default:
		args := c.Args()
		for i, a := range args[:min(len(args), listedArgs)] {
			s.line("Argument "+strconv.Itoa(i), shown(a))
		}
		if len(args) > listedArgs {
			s.styled(Dim, "", fmt.Sprintf("and %d more", len(args)-listedArgs))
		}
		if c.Truncated {
			s.styled(Warn, "", fmt.Sprintf("there is more: only %s were read", Size(uint64(c.Raw.Len()))))
		}
	}
	if s.d == nil {
		return
	}
	s.link("Program", s.d.Exe)
	s.link("Directory", s.d.Cwd)
	s.link("Root", s.d.Root)
	if v := s.d.Personality; v.Err == nil && v.Value != 0 {
		extra := ""
		if v.Value&0x0040000 != 0 {
			extra = ": its addresses are not randomised"
		}
		s.styled(Warn, "Personality", fmt.Sprintf("%#08x%s", v.Value, extra))
	}
	s.mounts()
}

func (s *sheet) link(label string, f detail.Field[detail.Link]) {
	switch {
	case f.Err != nil:
		s.failed(label, f.Err)
	case f.Value.Deleted:
		s.styled(Warn, label, f.Value.Target.String()+" (deleted)")
	default:
		s.line(label, f.Value.Target.String())
	}
}

func (s *sheet) mounts() {
	m := s.d.Mounts
	if m.Err != nil {
		s.failed("Mounts", m.Err)
		return
	}
	more := ""
	if m.Value.More {
		more = " or more"
	}
	s.linef("Mounts", "%d%s", m.Value.Count, more)
	for _, one := range []struct {
		label string
		f     detail.Field[mountinfo.Mount]
	}{{"Root is on", m.Value.Root}, {"Directory is on", m.Value.Cwd}} {
		if one.f.Err != nil {
			s.failed(one.label, one.f.Err)
			continue
		}
		v := one.f.Value
		s.linef(one.label, "%s, %s of %s mounted at %s (%s)", v.FSType, v.Root, v.Source, v.Point, v.Options)
	}
}
