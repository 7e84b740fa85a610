package main

import (
	"fmt"
	"os"
	"sync/atomic"
)

var ownNames atomic.Int64

// ownName returns a name for what a test makes on this host, such as a control group. No other test has it: neither
// one of another test program, nor one of this program that runs at the same time or has left something behind.
func ownName(what string) string { return fmt.Sprintf("%s-%d-%d", what, os.Getpid(), ownNames.Add(1)) }
