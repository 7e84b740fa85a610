package tui

import (
	"os"
	"runtime"
)

// processors has the terminal UI run on one processor where the table is small. A refresh is then over in a few
// milliseconds, and what takes a tenth of it on several is that threads wake each other for work that is done before
// they have come. A large table is read by all of them: that is felt less on the keys.
type processors struct {
	state processorState
}

type processorState int

const (
	untold processorState = iota
	onOne
	onAll
	asUserSays // GOMAXPROCS says how many, and nothing is changed
)

// smallTable is up to how many processes are read on one processor: some 30 ms, also by way of the files of /proc.
// Back to one goes a table that has lost a quarter of that, so that nobody changes to and fro.
const smallTable = 6000

// serve is told how many processes there are.
func (p *processors) serve(processes int) {
	next := p.state
	switch {
	case p.state == untold && os.Getenv("GOMAXPROCS") != "":
		next = asUserSays
	case p.state == asUserSays:
	case processes > smallTable:
		next = onAll
	case p.state != onAll || processes < smallTable*3/4:
		next = onOne
	}
	if next == p.state {
		return
	}
	p.state = next
	switch next {
	case onOne:
		runtime.GOMAXPROCS(1)
	case onAll:
		runtime.SetDefaultGOMAXPROCS()
	}
}
