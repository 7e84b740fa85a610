package fields

import (
	"iter"
	"strings"
)

// Environ walks over the entries of /proc/PID/environ, each NAME=VALUE as a rule. Empty entries are passed over: they
// stand behind the last one, or where the process has overwritten its environment. The process may have written
// anything there, so an entry need not have an equals sign, and the last one may be cut off.
//
// Source: proc_pid_environ(5); fs/proc/base.c, environ_read.
func Environ(b []byte) iter.Seq[string] {
	return func(yield func(string) bool) {
		for entry := range strings.SplitSeq(string(b), "\x00") {
			if entry != "" && !yield(entry) {
				return
			}
		}
	}
}
