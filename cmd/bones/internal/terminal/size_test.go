package terminal

import (
	"testing"

	"bones/procwalk/proctest"

	"golang.org/x/sys/unix"
)

// TestClaimedSizes: whatever size a terminal claims, the screen that is drawn on takes little memory.
func TestClaimedSizes(t *testing.T) {
	master, slave := proctest.PTY(t)
	tty := &TTY{out: slave}
	for _, size := range []unix.Winsize{{Col: 65535, Row: 65535}, {Col: 65535, Row: 1}, {Col: 1, Row: 65535},
		{Col: 200, Row: 60}, {Col: 1000, Row: 130}} {
		if err := unix.IoctlSetWinsize(int(master.Fd()), unix.TIOCSWINSZ, &size); err != nil {
			t.Fatal(err)
		}
		got, err := tty.WindowSize()
		if err != nil {
			t.Fatal(err)
		}
		if cells := got.Width * got.Height; cells > maxCells || got.Width < 1 || got.Height < 1 {
			t.Errorf("%d x %d: drawn on %d x %d, %d cells", size.Col, size.Row, got.Width, got.Height, cells)
		}
		if int(size.Col)*int(size.Row) <= maxCells && int(size.Col) <= maxColumns && int(size.Row) <= maxRows &&
			(got.Width != int(size.Col) || got.Height != int(size.Row)) {
			t.Errorf("%d x %d: drawn on %d x %d only", size.Col, size.Row, got.Width, got.Height)
		}
	}
}
