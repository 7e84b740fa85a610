package proctest

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"testing"

	"bones/procwalk/crash"
	"bones/procwalk/reexec"

	"golang.org/x/sys/unix"
)

// pagesPart is a process that touches pages of memory for ever: argument 1 says how, argument 2 is the file whose
// pages they are, if there is one.
const pagesPart = "bones-test-pages"

// How a process uses its pages: see StartPages.
const (
	// HoldPages: it has written once to 60 MiB of its own, and waits.
	HoldPages = "hold"
	// ReadPages: it reads pages of a file in any order, and the kernel reads none around each.
	ReadPages = "read"
	// ReadAround: it reads them so, and the kernel reads as much around each as it likes.
	ReadAround = "around"
)

// heldBytes is how much HoldPages writes to.
const heldBytes = 60 << 20

func init() {
	Part(pagesPart, func(args []string) error {
		if len(args) != 2 {
			return errors.New("it takes a way to use pages, and a file")
		}
		// The test moves the process into its groups when it has started, and writes a line then: what it needs to start,
		// which is much with the race detector, counts elsewhere.
		fmt.Println("started")
		if _, err := bufio.NewReader(os.Stdin).ReadString('\n'); err != nil {
			return err
		}
		go func() { // a test program that is killed kills nobody, and this would take a processor for ever
			io.Copy(io.Discard, os.Stdin)
			crash.End("the test has ended")
		}()
		return usePages(args[0], args[1])
	})
}

// usePages returns only what keeps it from beginning. The race detector would note each byte that is read, in memory
// that the group pays for.
//
//go:norace
func usePages(how, file string) (err error) {
	var pages []byte
	if how == HoldPages {
		pages = make([]byte, heldBytes)
		for i := 0; i < len(pages); i += os.Getpagesize() {
			pages[i] = 1
		}
	} else if pages, err = mapped(file); err != nil {
		return err
	}
	if how == ReadPages {
		if err := unix.Madvise(pages, unix.MADV_RANDOM); err != nil {
			return err
		}
	}
	for sum := 0; sum >= 0; { // always; without a use of the sum the compiler reads nothing
		if how == HoldPages {
			unix.Pause()
		}
		sum += int(pages[rand.IntN(len(pages))])
	}
	return nil
}

// mapped are the pages of a file.
func mapped(file string) ([]byte, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	return unix.Mmap(int(f.Fd()), 0, int(info.Size()), unix.PROT_READ, unix.MAP_SHARED)
}

// StartPages starts a process in control groups, whose cgroup.procs these are, that uses pages in one of the ways
// above once it is in all of them. file is the one it reads; HoldPages takes none. end kills it, and so does the end
// of the test.
func StartPages(t testing.TB, how, file string, procs ...string) (end func()) {
	t.Helper()
	c := reexec.Command(pagesPart, how, file)
	in, err := c.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := c.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	end = func() { c.Process.Kill(); c.Wait() }
	t.Cleanup(end)
	if _, err := bufio.NewReader(out).ReadString('\n'); err != nil {
		t.Fatal(err)
	}
	for _, name := range procs {
		if err := os.WriteFile(name, fmt.Append(nil, c.Process.Pid), 0); err != nil {
			t.Fatal(err)
		}
	}
	io.WriteString(in, "\n")
	return end
}
