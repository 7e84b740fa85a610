// Package crash turns a fault of bones itself (a panic) into one line, in whichever goroutine it happens. Go's
// runtime prints the stacks of all goroutines when one panics, pages of it for somebody who only wanted a table, and
// only a goroutine itself can catch its panic: so bones starts every one of them here.
//
// What the runtime ends the program for itself cannot be caught by anybody: all memory used up, a stack too large, a
// map that two goroutines change at the same time. There it prints its trace, and no setting takes that away. What
// uses memory is bounded where it is read.
//
// Source: runtime/panic.go and runtime/runtime1.go (gotraceback) of Go.
package crash

import (
	"fmt"
	"os"
	"runtime/debug"
	"slices"
	"sync"
	"sync/atomic"

	"bones/procwalk/text"
)

// traces says that somebody reads the runtime's traces; see Trace.
var traces atomic.Bool

// before is what has to be put back before the line is printed; see Before.
var before atomic.Pointer[func()]

// one lets one fault be said, if several goroutines have one: the first is the cause as a rule.
var one sync.Mutex

// Go starts a goroutine. A fault in it ends the program as Caught says.
func Go(f func()) { go Guarded(f)() }

// Guarded returns f with its faults handled as Caught handles them, for those who start goroutines themselves:
// sync.WaitGroup.Go, context.AfterFunc, time.AfterFunc.
func Guarded(f func()) func() {
	return func() {
		defer Caught()
		f()
	}
}

// Trace has faults print the stacks of all goroutines from now on, for whoever keeps them: the guard of the terminal
// UI makes a file of it.
func Trace() {
	traces.Store(true)
	debug.SetTraceback("all")
}

// Before has f run before a fault is printed, for example to give the terminal back its normal mode. A later call
// replaces f.
func Before(f func()) { before.Store(&f) }

// End ends the program with status 1 and one line, from whichever goroutine, where going on would end it otherwise.
func End(line string) {
	one.Lock() // as in Caught
	if f := before.Load(); f != nil {
		(*f)()
	}
	fmt.Fprintf(os.Stderr, "bones: %s\n", line)
	os.Exit(1)
}

// Caught is deferred by main, and by whatever else is the first function of a goroutine. A fault there ends the whole
// program with status 2 and one line, or with a trace where GOTRACEBACK in its environment or Trace asks for one.
func Caught() {
	why := recover()
	if why == nil {
		return
	}
	one.Lock() // and never unlocked: the program ends here
	if f := before.Load(); f != nil {
		(*f)()
	}
	if traces.Load() || !slices.Contains([]string{"", "0", "none"}, os.Getenv("GOTRACEBACK")) {
		panic(why)
	}
	fmt.Fprintf(os.Stderr, "bones: internal error: %s; with GOTRACEBACK=all in its environment bones prints where\n",
		text.Line(fmt.Sprint(why)))
	os.Exit(2)
}
