package rootfs

import (
	"bones/procwalk"
	"bones/procwalk/reexec"
	"bones/procwalk/rootfs/filetree"
)

// verb says what a request asks for.
type verb uint8

const (
	askStat verb = iota
	askList
	askRead
	askMount
	askLook // at what an Op is about
	askDo
	askGet   // a file or a tree into a place of ours, or as tar into the file that comes along
	askPlace // where something of ours goes to
	askStatfs
	askUsage
	sendData // of the content of askDo
	sendEnd
)

// request and response go over the connection between Client and worker. Each request is answered by responses of
// which the last is Done.
type request struct {
	Verb   verb
	Path   string
	Follow bool
	Info   Info
	Op     Op
	Stream bool
	File   bool // a file comes along: the content of askDo, or where askGet writes
	Get    Transfer
	Size   int64
	Offset int64
	Limit  int64 // bytes or entries; below 1: all
	Data   []byte
	Failed *reexec.Failure // of sendEnd: why the content broke off
}

type response struct {
	Done     bool
	Infos    []Info
	Packed   []byte // entries of askList, see appendInfo
	Data     []byte
	Mount    FileMount
	Result   OpResult
	Progress int64
	At       string // which file Progress is about, where there are several
	Total    int64  // of that file
	Report   *filetree.Report
	Final    string // where a copy went
	Placed   Placed
	FS       FSUse
	Tree     filetree.TreeUse
	NoUndo   string // of askLook: why the change could not be undone
	Syncing  bool   // the disk is waited for, which may take its time
	Failed   *reexec.Failure
}

// values are the errors that stay what they are between the two.
var values = []error{ErrGone, ErrNotFound, ErrExists, ErrNotPermitted, ErrSpecial, ErrLeased, ErrLoop,
	ErrNotDirectory, ErrIsDirectory,
	ErrNotEmpty, ErrMoved, ErrNoSpace, ErrReadOnly, ErrNoAnswer, ErrTooLarge, ErrGivenUp, ErrUnclear, ErrKernelFile,
	filetree.ErrExchanged,
	procwalk.ErrGone, procwalk.ErrUnsupported}

var vocabulary = reexec.NewErrors(values)

func (r *response) fail(err error) { r.Failed = vocabulary.Pack(err) }

func (r *response) error() error { return vocabulary.Unpack(r.Failed) }
