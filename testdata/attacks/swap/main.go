// Swap exchanges a directory that somebody makes with one of its own, as soon as it is there, and again and again:
// whoever makes a directory and then opens it by its name gets the other one. Usage: swap DIR NAME TRAP, where TRAP is
// a directory in DIR that belongs to whoever runs this. It goes on until it is killed, and says "ready" when it
// begins.
package main

import (
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

func main() {
	if len(os.Args) != 4 {
		fmt.Fprintln(os.Stderr, "usage: swap DIR NAME TRAP")
		os.Exit(2)
	}
	dir, err := unix.Open(os.Args[1], unix.O_PATH|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err != nil {
		fmt.Fprintln(os.Stderr, "swap:", err)
		os.Exit(1)
	}
	fmt.Println("ready")
	for {
		unix.Renameat2(dir, os.Args[2], dir, os.Args[3], unix.RENAME_EXCHANGE)
	}
}
