package unshare

import (
	"encoding/json"
	"io"
)

// StageCommand is the hidden command of our own binary that runs Stage with the two descriptor numbers that follow.
const StageCommand = "__unshare-stage"

// order is what the stage is told through its first descriptor. Strings are bytes: arguments need not be UTF-8.
type order struct {
	Unshare     Set // what the stage unshares itself: all but user, and pid where it is its first process already
	User        bool
	KeepCaps    bool
	OnlyStdio   bool // close all descriptors but the standard streams
	Wait        bool // after unsharing say where, and wait until told to go on
	Propagation string
	MountProc   []byte
	KillChild   int
	UID, GID    *uint32
	Root, Dir   []byte
	Monotonic   *int64
	Boottime    *int64
	Hostname    []byte
	Command     [][]byte
	Login       bool // argument 0 gets the "-" of a login shell
}

// report is what the stage says through its second descriptor: an empty one when it is ready for its order, one with a
// thread when it has unshared. It waits for an order after each. End of file means that the program runs.
type report struct {
	Failed string // why it did not start, and with which status
	Status int
	Thread int // the thread that has unshared, as the outer /proc numbers it
}

// maxMessage bounds a message in bytes: all arguments of a program are at most 6 MiB, in base64 a third more.
// Source: execve(2), "Limits on size of arguments and environment".
const maxMessage = 16 << 20

// reader decodes the messages of one descriptor.
func reader(r io.Reader) *json.Decoder { return json.NewDecoder(io.LimitReader(r, maxMessage)) }

func bytesOf(words []string) [][]byte {
	out := make([][]byte, len(words))
	for i, w := range words {
		out[i] = []byte(w)
	}
	return out
}
