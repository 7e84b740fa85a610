package terminal

import (
	"io"
	"os"
	"strconv"
	"syscall"

	"bones/procwalk/psfmt"

	"golang.org/x/sys/unix"
)

// LineWidth returns how many columns a line may have, as ps finds it: those of the terminal, no limit if the output
// is none; COLUMNS overrides both, and wide everything.
//
// Source: procps 4.0.2, src/ps/global.c, set_screen_size.
func LineWidth(out io.Writer, wide bool, columns string) int {
	if wide {
		return psfmt.Unlimited
	}
	if n, err := strconv.ParseInt(columns, 0, 32); err == nil && n > 0 && n < psfmt.Unlimited {
		return int(n)
	}
	f, ok := OutputFile(out)
	if !ok {
		return psfmt.Unlimited
	}
	if _, err := unix.IoctlGetTermios(int(f.Fd()), unix.TCGETS); err != nil {
		return psfmt.Unlimited
	}
	for _, fd := range []int{int(f.Fd()), 2, 0} {
		if ws, err := unix.IoctlGetWinsize(fd, unix.TIOCGWINSZ); err == nil && ws.Col > 0 && ws.Row > 0 {
			return int(ws.Col)
		}
	}
	if tty, err := os.OpenFile("/dev/tty", os.O_RDONLY|syscall.O_NOCTTY|syscall.O_NONBLOCK, 0); err == nil {
		defer tty.Close()
		if ws, err := unix.IoctlGetWinsize(int(tty.Fd()), unix.TIOCGWINSZ); err == nil && ws.Col > 0 && ws.Row > 0 {
			return int(ws.Col)
		}
	}
	return 80
}
