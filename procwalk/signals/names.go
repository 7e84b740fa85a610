package signals

import (
	"fmt"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// standard names the standard signals of x86 and ARM by number, with what they do unless they are caught.
//
// Source: signal(7).
var standard = [32]struct{ name, does string }{
	unix.SIGHUP:    {"HUP", "ends it, or makes a daemon read its configuration again"},
	unix.SIGINT:    {"INT", "asks it to end, as Ctrl-C does"},
	unix.SIGQUIT:   {"QUIT", "asks it to end with a core dump, as Ctrl-\\ does"},
	unix.SIGILL:    {"ILL", "ends it with a core dump: illegal instruction"},
	unix.SIGTRAP:   {"TRAP", "ends it with a core dump: trace trap"},
	unix.SIGABRT:   {"ABRT", "ends it with a core dump: abort"},
	unix.SIGBUS:    {"BUS", "ends it with a core dump: bus error"},
	unix.SIGFPE:    {"FPE", "ends it with a core dump: arithmetic error"},
	unix.SIGKILL:   {"KILL", "ends it at once; it cannot clean up"},
	unix.SIGUSR1:   {"USR1", "means what the program wants; ends it if it wants nothing"},
	unix.SIGSEGV:   {"SEGV", "ends it with a core dump: bad memory reference"},
	unix.SIGUSR2:   {"USR2", "means what the program wants; ends it if it wants nothing"},
	unix.SIGPIPE:   {"PIPE", "ends it: broken pipe"},
	unix.SIGALRM:   {"ALRM", "ends it: timer"},
	unix.SIGTERM:   {"TERM", "asks it to end"},
	unix.SIGSTKFLT: {"STKFLT", "ends it: stack fault (unused)"},
	unix.SIGCHLD:   {"CHLD", "tells it that a child has changed; ignored by default"},
	unix.SIGCONT:   {"CONT", "lets it go on if it is stopped"},
	unix.SIGSTOP:   {"STOP", "stops it; it cannot refuse; CONT lets it go on"},
	unix.SIGTSTP:   {"TSTP", "asks it to stop, as Ctrl-Z does"},
	unix.SIGTTIN:   {"TTIN", "stops it: terminal input in the background"},
	unix.SIGTTOU:   {"TTOU", "stops it: terminal output in the background"},
	unix.SIGURG:    {"URG", "tells it of urgent data on a socket; ignored by default"},
	unix.SIGXCPU:   {"XCPU", "ends it with a core dump: CPU time limit"},
	unix.SIGXFSZ:   {"XFSZ", "ends it with a core dump: file size limit"},
	unix.SIGVTALRM: {"VTALRM", "ends it: virtual timer"},
	unix.SIGPROF:   {"PROF", "ends it: profiling timer"},
	unix.SIGWINCH:  {"WINCH", "tells it of a new window size; ignored by default"},
	unix.SIGIO:     {"IO", "ends it: input or output possible (also called POLL)"},
	unix.SIGPWR:    {"PWR", "ends it: power failure"},
	unix.SIGSYS:    {"SYS", "ends it with a core dump: bad system call"},
}

// Real-time signals as the C library counts them: the kernel's first two are for its own use.
const (
	sigRTMin = 34
	sigRTMax = 64
)

// Name returns the name without SIG, "RTMIN+3" and "RTMAX-3" as kill -l has them, or "" if there is none.
func Name(s unix.Signal) string {
	switch n := int(s); {
	case n >= 1 && n <= 31:
		return standard[n].name
	case n == 32, n == 33:
		return strconv.Itoa(n)
	case n == sigRTMin:
		return "RTMIN"
	case n == sigRTMax:
		return "RTMAX"
	case n > sigRTMin && n < sigRTMin+16:
		return fmt.Sprintf("RTMIN+%d", n-sigRTMin)
	case n >= sigRTMin+16 && n < sigRTMax:
		return fmt.Sprintf("RTMAX-%d", sigRTMax-n)
	}
	return ""
}

// Does returns what the signal does unless the process catches it, as the end of a sentence.
func Does(s unix.Signal) string {
	if s >= 1 && s <= 31 {
		return standard[s].does
	}
	return "means what the program wants; ends it if it wants nothing"
}

// Parse reads a signal as kill(1) takes it: TERM, SIGTERM, term, 15, RTMIN+3.
func Parse(word string) (unix.Signal, error) {
	if n, err := strconv.Atoi(word); err == nil {
		if Name(unix.Signal(n)) != "" {
			return unix.Signal(n), nil
		}
		return 0, fmt.Errorf("signal %d: there is no such signal; they go from 1 to 64", n)
	}
	name := strings.TrimPrefix(strings.ToUpper(word), "SIG")
	switch name {
	case "POLL":
		name = "IO"
	case "IOT":
		name = "ABRT"
	case "CLD":
		name = "CHLD"
	}
	for s := unix.Signal(1); s <= sigRTMax; s++ {
		if Name(s) == name {
			return s, nil
		}
	}
	for _, base := range []struct {
		prefix string
		at     int
		sign   int
	}{{"RTMIN+", sigRTMin, 1}, {"RTMAX-", sigRTMax, -1}} {
		if rest, ok := strings.CutPrefix(name, base.prefix); ok {
			if n, err := strconv.ParseUint(rest, 10, 8); err == nil && n <= sigRTMax-sigRTMin {
				return unix.Signal(base.at + base.sign*int(n)), nil
			}
		}
	}
	return 0, fmt.Errorf("signal %q: unknown; see `kill -l`", word)
}

// Names returns the names of the signals in a mask as status has them: bit 0 is signal 1.
func Names(mask uint64) []string {
	var names []string
	for n := range 64 {
		if mask>>n&1 != 0 {
			names = append(names, Name(unix.Signal(n+1)))
		}
	}
	return names
}
