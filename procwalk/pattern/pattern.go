// Package pattern has regular expressions that are compiled when they are first used. One that is compiled where its
// variable is declared costs every start of the program some 50 us, whatever the command.
package pattern

import (
	"regexp"
	"sync"
)

// Of returns what compiles expr at its first call, and returns the same at each. It panics then, not before, where
// expr is no expression; TestNothingIsCompiledAtStart in cmd/bones looks for such. Several goroutines may call it at once.
func Of(expr string) func() *regexp.Regexp {
	return sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(expr) })
}
