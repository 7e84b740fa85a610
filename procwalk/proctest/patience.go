package proctest

import (
	"os"
	"testing"
	"time"
)

// Patience is how long a test waits for what must come. It is a limit against hanging, not a measure of speed: on a
// host where fifty processes wait for each processor everything takes fifty times as long.
const Patience = 3 * time.Minute

// Deadline is when a wait that begins now has been in vain.
func Deadline() time.Time { return time.Now().Add(Patience) }

// Until waits until something is so, and fails the test if it never is.
func Until(tb testing.TB, what string, is func() bool) {
	tb.Helper()
	for deadline, wait := Deadline(), time.Millisecond; !is(); wait = min(2*wait, 50*time.Millisecond) {
		if time.Now().After(deadline) {
			tb.Fatalf("waited in vain until %s", what)
		}
		time.Sleep(wait)
	}
}

// Soak chooses how often something is tried: long with `make soak`, which sets BONES_SOAK, else short. What is found
// at the first tries is found by `make test`; what is found once in ten thousand takes a soak.
func Soak(short, long int) int {
	if os.Getenv("BONES_SOAK") != "" {
		return long
	}
	return short
}
