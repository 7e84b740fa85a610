// Package openfiles ends a program that may open too few files to start, with one line that says so.
//
// It does that while packages are initialised, and before those that open files then: the Go runtime needs descriptors
// of its own for the first file that is opened, and does not fail with an error where it gets none but prints a trace.
// Packages are initialised in the order of their paths as soon as those are that they import, and this one imports
// nothing but syscall: bones/cmd comes before google.golang.org, where the first package is that opens a file.
package openfiles

import "syscall"

// wanted is how many more files must be there to be opened: two of the runtime's, and one that is read. A command that
// needs more says what it could not read.
const wanted = 3

const message = "bones: starting: the limit on open files is too low: bones needs 3 more (EMFILE); " +
	"raise the limit of this shell (ulimit -n) to 64 or more\n"

func init() {
	if !room() {
		syscall.Write(2, []byte(message))
		syscall.Exit(1)
	}
}

// room reports whether so many files can be opened.
func room() bool {
	var have [wanted]int
	n := 0
	defer func() {
		for _, fd := range have[:n] {
			syscall.Close(fd)
		}
	}()
	for ; n < wanted; n++ {
		fd, err := syscall.Open("/", syscall.O_RDONLY|syscall.O_CLOEXEC|syscall.O_DIRECTORY, 0)
		if err == syscall.EMFILE || err == syscall.ENFILE {
			return false
		}
		if err != nil {
			return true // that is about the directory
		}
		have[n] = fd
	}
	return true
}
