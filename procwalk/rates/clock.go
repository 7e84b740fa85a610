package rates

import (
	"time"

	"bones/procwalk"
)

// maxDrift is by how much the clock on the wall may go on more, or less, than the one since boot: what keeps clocks
// right turns them by half a second in a thousand at most, and the two are read one after the other.
const maxDrift = 2 * time.Second

// ClockSet reports whether the clock on the wall was set between two snapshots of one host, by more than what keeps
// clocks right does: times of before are then no measure for times of after. The clock since boot counts suspension,
// so that a host that slept has not set its clock. A host that was started again in between is another matter.
func ClockSet(before, now *procwalk.Snapshot) bool {
	// A time of this run has a monotonic clock, too, which stands still in suspension and is never set: Round drops it.
	wall, boot := now.Taken.Round(0).Sub(before.Taken), now.Uptime-before.Uptime
	return wall <= 0 || boot > 0 && (wall-boot).Abs() > maxDrift+boot/1000
}
