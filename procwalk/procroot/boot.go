package procroot

import (
	"os"
	"strings"
)

// BootID returns a name that the kernel made up for the time since it booted, a random UUID; empty if it cannot be
// read. What is written down beside it, such as a PID, is of no use once it has changed.
//
// Source: random(4).
func BootID() string {
	b, _ := os.ReadFile("/proc/sys/kernel/random/boot_id")
	return strings.TrimSpace(string(b))
}
