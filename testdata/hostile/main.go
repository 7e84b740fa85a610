// Command hostile makes processes that are as unpleasant to look at as Linux allows, for tests.
//
//	hostile list           prints the kinds
//	hostile list small     prints those that cost a reader no memory
//	hostile KIND [N]       makes one, prints "ready PID...", and undoes it when its stdin closes or on SIGTERM
//	hostile small          makes all those that cost a reader no memory
//
// What it makes lives in a pid and a mount namespace of its own, whose init dies with this program, however that
// ends: nothing survives it. As an ordinary user it makes a user namespace as well.
package main

import (
	"fmt"
	"os"
	"runtime"
	"strconv"
	"strings"
)

func init() {
	// A parent-death signal and a tracer belong to a thread: everything is done by the first one.
	runtime.LockOSThread()
}

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "hostile:", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	switch {
	case len(args) == 1 && args[0] == "list":
		list(kinds())
		return nil
	case len(args) == 2 && args[0] == "list" && args[1] == "small":
		list(smallKinds())
		return nil
	case len(args) == 3 && args[0] == "inner": // started by supervise
		return inner(args[1], args[2])
	case len(args) >= 2 && args[0] == "self": // started by a kind
		return self(args[1])
	case len(args) == 1 || len(args) == 2:
		k, ok := findKind(args[0])
		if !ok {
			return fmt.Errorf("%q is no kind; hostile list prints them", args[0])
		}
		n := k.n
		if len(args) == 2 {
			var err error
			if n, err = strconv.Atoi(args[1]); err != nil || n < 0 {
				return fmt.Errorf("%q is not a number of processes", args[1])
			}
		}
		return supervise(k, n)
	}
	return fmt.Errorf("usage: hostile list [small] | KIND [N], not %s", strings.Join(args, " "))
}

func list(kinds []kind) {
	for _, k := range kinds {
		fmt.Printf("%-18s %s\n", k.name, k.doc)
	}
}
