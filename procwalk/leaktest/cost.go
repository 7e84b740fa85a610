package leaktest

import (
	"fmt"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/sys/unix"
)

// costVariable names a file that gets a line of each package: what its tests took. testdata/test.sh adds them up.
const costVariable = "BONES_COST"

// noteCost appends to a file, if it has a name, what this test program and all its children that it has waited for
// have taken since begun: seconds of processors, in user mode and in the kernel, seconds by the clock, and the
// package. What go test needs to compile and to link is not among them. The package is told by its directory, where
// go test runs its tests.
func noteCost(file string, begun time.Time) {
	if file == "" {
		return
	}
	user, system := usage()
	dir, err := os.Getwd()
	if err == nil {
		err = note(file, fmt.Sprintf("%.2f %.2f %.1f %s\n", user.Seconds(), system.Seconds(),
			time.Since(begun).Seconds(), filepath.Base(filepath.Dir(dir))+"/"+filepath.Base(dir)))
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "what the tests took is not noted:", err)
	}
}

// usage is what getrusage(2) tells of this process and of its children.
func usage() (user, system time.Duration) {
	for _, who := range []int{unix.RUSAGE_SELF, unix.RUSAGE_CHILDREN} {
		var u unix.Rusage
		if unix.Getrusage(who, &u) == nil {
			user += time.Duration(u.Utime.Nano())
			system += time.Duration(u.Stime.Nano())
		}
	}
	return user, system
}

// note appends a line with one write: several test programs may do so at once.
func note(file, line string) error {
	f, err := os.OpenFile(file, os.O_WRONLY|os.O_APPEND|os.O_CREATE, 0o600)
	if err != nil {
		return err
	}
	defer f.Close()
	_, err = f.WriteString(line)
	return err
}
