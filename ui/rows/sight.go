package rows

import (
	"fmt"
	"strconv"
	"strings"

	"bones/procwalk"
	"bones/procwalk/text"
)

// sight is a process as somebody sees it who filters the table: what is shown of it is what a filter matches, and not
// the bytes that it is made of.
type sight struct {
	process *procwalk.Process
	thread  *Thread // nil: the process as a whole
	names   *Names
	made    bool // the texts are those of this process
	command []byte
	name    []byte
	raw     []byte // the command line without escapes, where it differs
}

// at turns to another process.
func (s *sight) at(p *procwalk.Process, names *Names) {
	s.process, s.thread, s.names, s.made = p, nil, names, false
}

// any reports whether a condition holds for one of the texts that the process is known by.
func (s *sight) any(holds func([]byte) bool) bool {
	s.make()
	return holds(s.name) || holds(s.command) || len(s.raw) > 0 && holds(s.raw)
}

func (s *sight) make() {
	if s.made {
		return
	}
	s.made = true
	s.command, s.raw = s.command[:0], s.raw[:0]
	if s.thread != nil {
		s.name = text.AppendSafe(s.name[:0], s.thread.Comm.Raw())
		return
	}
	p := s.process
	s.name = text.AppendSafe(s.name[:0], p.Comm.Raw())
	s.command = appendCommand(s.command, p, procwalk.CmdlineMax)
	// Escapes are what is shown; but who types a backslash, or pastes a name, means what the process has.
	if p.Cmdline != nil && p.State != 'Z' {
		raw := strings.TrimSuffix(p.Cmdline.Raw.Raw(), "\x00")
		if len(raw) != len(s.command) || strings.IndexByte(raw, '\\') >= 0 {
			s.raw = append(s.raw, raw...)
			for i, c := range s.raw {
				if c == 0 {
					s.raw[i] = ' '
				}
			}
		}
	}
}

// matchNumber matches a PID, and what holds the number. The letters-in-order of a word would find any long number.
func matchNumber(digits string, pid int) func(*sight) bool {
	part := holds(digits)
	return func(s *sight) bool {
		if s.thread != nil {
			return s.thread.TID == pid || s.any(part)
		}
		return s.process.PID == pid && digits[0] != '0' || s.any(part)
	}
}

func matchUser(value string) func(*sight) bool {
	uid, err := strconv.ParseUint(value, 10, 32)
	part := holds(value)
	return func(s *sight) bool {
		p := s.process
		if p.Status == nil || p.Status.Err != nil {
			return false
		}
		if err == nil && uint32(uid) == p.Status.EUID {
			return true
		}
		return s.names.User != nil && part(text.AppendSafe(nil, s.names.User(p.Status.EUID)))
	}
}

// states are those of the kernel, by the letters of STAT.
//
// Source: ps(1), PROCESS STATE CODES; fs/proc/array.c, task_state_array.
const states = "RSDTtXZIPKWx"

// matchState matches the state of a process, or of a thread that is shown.
func matchState(letters string) (func(*sight) bool, error) {
	if letters == "" {
		return nil, nil
	}
	for _, c := range letters {
		if !strings.ContainsRune(states, c) && !strings.ContainsRune(states, c-'a'+'A') {
			return nil, fmt.Errorf("filter: state:%s: there is no state %q; R runs, S sleeps, D waits and cannot be "+
				"interrupted, T is stopped, t is traced, Z is a zombie, I is an idle thread of the kernel",
				text.Sanitise(letters), string(c))
		}
	}
	return func(s *sight) bool {
		state := s.process.State
		if s.thread != nil {
			state = s.thread.State
		}
		for i := range len(letters) {
			c := letters[i]
			if c == state || strings.IndexByte(states, c) < 0 && c-'a'+'A' == state {
				return true
			}
		}
		return false
	}, nil
}

// matchContainer matches a part of the container's name, or how its id begins: the id is the last of its names.
func matchContainer(value string) func(*sight) bool {
	part := holds(value)
	return func(s *sight) bool {
		if s.names.Container == nil {
			return false
		}
		names := s.names.Container(s.process)
		for i, name := range names {
			if strings.HasPrefix(name.Raw(), value) || (i == 0 || i < len(names)-1) && part(text.AppendSafe(nil, name.Raw())) {
				return true
			}
		}
		return false
	}
}
