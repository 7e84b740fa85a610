// Package timens reads /proc/PID/timens_offsets: by how much the clocks of a time namespace are set otherwise.
package timens

import (
	"strconv"
	"strings"
	"time"
)

// Offset is by how much one clock differs from that of the first time namespace: ahead of it, or behind if Seconds is
// negative. Nanoseconds are always added: -1 s and 500,000,000 ns are half a second behind.
type Offset struct {
	Clock       string // monotonic or boottime
	Seconds     int64
	Nanoseconds int64 // 0 to 999,999,999
}

// None reports whether the clock is that of the first time namespace.
func (o Offset) None() bool { return o.Seconds == 0 && o.Nanoseconds == 0 }

// Duration is the whole offset.
func (o Offset) Duration() time.Duration {
	return time.Duration(o.Seconds)*time.Second + time.Duration(o.Nanoseconds)
}

// maxSeconds is more than the kernel allows, which is half of what a clock of 64 bits can show.
const maxSeconds = 1 << 33

// ParseLine reads a line such as "boottime        86400         0". False: it has another form. The file shows the
// namespace that the next child of the process will be in. Since Linux 5.6.
//
// Source: time_namespaces(7); kernel/time/namespace.c, show_offset and proc_timens_set_offset.
func ParseLine(line string) (Offset, bool) {
	words := strings.Fields(line)
	if len(words) != 3 {
		return Offset{}, false
	}
	s, err := strconv.ParseInt(words[1], 10, 64)
	ns, nsErr := strconv.ParseInt(words[2], 10, 64)
	if err != nil || nsErr != nil || s > maxSeconds || s < -maxSeconds || ns < 0 || ns >= int64(time.Second) {
		return Offset{}, false
	}
	return Offset{words[0], s, ns}, true
}
