package proctest

import (
	"os"
	"testing"

	"github.com/creack/pty"
)

// PTY opens a pseudo terminal, and closes both ends when the test ends. Where there are none the test is skipped.
func PTY(tb testing.TB) (master, slave *os.File) {
	tb.Helper()
	Need(tb, PTYs)
	master, slave, err := pty.Open()
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		slave.Close()
		master.Close()
	})
	return master, slave
}
