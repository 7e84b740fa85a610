package unshare

import "bones/procwalk/reexec"

// StageCommand is the word under which the program starts itself as the stage, with the two descriptor numbers that
// follow.
const StageCommand = "__unshare-stage"

func init() { reexec.Register(StageCommand, stage) }

// order is what the stage is told through its first descriptor.
type order struct {
	Unshare     Set // what the stage unshares itself: all but user, and pid where it is its first process already
	User        bool
	KeepCaps    bool
	OnlyStdio   bool // close all descriptors but the standard streams
	Wait        bool // after unsharing say where, and wait until told to go on
	Propagation string
	MountProc   string
	KillChild   int
	UID, GID    *uint32
	Root, Dir   string
	Monotonic   *int64
	Boottime    *int64
	Hostname    string
	Command     []string
	Login       bool // argument 0 gets the "-" of a login shell
}

// report is what the stage says through its second descriptor: an empty one when it is ready for its order, one that
// is Unshared when it has. It waits for an order after each. End of file means that the program runs. Nothing in it
// names a process: the stage is the child that we started, whoever writes to the pipe.
type report struct {
	Failed   *reexec.Failure // why the program did not start, and with which status
	Status   int
	Unshared bool
}

// vocabulary are the errors that stay what they are on their way from the stage; the kernel's number does so by
// itself.
var vocabulary = reexec.NewErrors(nil)
