// Package fault is the vocabulary of what goes wrong. Four answers are different and have different consequences: what
// was asked for is gone, it is not permitted, this kernel does not have it, or something is broken. An error says
// which, why, and what would help.
package fault

import (
	"errors"
	"io/fs"
	"strings"

	"bones/procwalk/text"

	"golang.org/x/sys/unix"
)

// Kind is one of the four answers. It is itself an error, so that errors.Is(err, fault.Gone) asks for it.
type Kind int

// Gone is what was there and is not any more: a process that has ended, a group that was removed. NotPermitted takes
// privileges; the hint names the capability. Unsupported is what this kernel, or this configuration of it, does not
// have; the hint names the release since which it is there. Broken is every other failure.
const (
	Broken Kind = iota + 1
	Gone
	NotPermitted
	Unsupported
)

// Error names the kind.
func (k Kind) Error() string {
	switch k {
	case Gone:
		return "gone"
	case NotPermitted:
		return "not permitted"
	case Unsupported:
		return "not supported"
	}
	return "broken"
}

// Error is a failure: what failed, why, and what would help.
type Error struct {
	Kind Kind
	What string // what was to be done or looked at; may be empty
	Why  string // empty: the words of Err, or else those of Kind
	Hint string // what would help: "needs CAP_SYS_PTRACE", "needs Linux 5.8"; may be empty
	Err  error  // the cause, with the kernel's error number in it; nil: none
}

// Hinted is an error about what, with what would help: the kernel's error number stands with the cause, before the
// hint. The kind is that of err.
func Hinted(what string, err error, hint string) error {
	return &Error{Kind: Of(err), What: what, Hint: hint, Err: err}
}

// New makes an error to compare others with: errors.Is finds it in whatever wraps it.
func New(kind Kind, why string) *Error { return &Error{Kind: kind, Why: why} }

// Error is one line that is safe to print: "what: why (ERRNO); what would help".
func (e *Error) Error() string {
	var b strings.Builder
	if e.What != "" {
		b.WriteString(e.What + ": ")
	}
	switch {
	case e.Why != "":
		b.WriteString(e.Why)
	case e.Err != nil:
		b.WriteString(joined(e.Err.Error(), e.Err))
	default:
		b.WriteString(e.Kind.Error())
	}
	if name := ErrnoName(e.Err); name != "" && !strings.Contains(b.String(), name) {
		b.WriteString(" (" + name + ")")
	}
	if e.Hint != "" {
		b.WriteString("; " + e.Hint)
	}
	return text.Line(b.String())
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// Is reports whether target is the kind of the error. What is not permitted is fs.ErrPermission, too.
func (e *Error) Is(target error) bool {
	return target == e.Kind || target == fs.ErrPermission && e.Kind == NotPermitted
}

// Of returns the kind of an error: what it says of itself, or what the kernel's number in it means wherever it comes
// from. It is 0 for nil. ENOENT is Broken here: a file that never was is not gone. EROFS is NotPermitted: who mounted
// the file system there allows no change.
func Of(err error) Kind {
	var errno unix.Errno
	switch {
	case err == nil:
		return 0
	case errors.Is(err, Gone):
		return Gone
	case errors.Is(err, NotPermitted), errors.Is(err, fs.ErrPermission):
		return NotPermitted
	case errors.Is(err, Unsupported):
		return Unsupported
	case errors.As(err, &errno) && errno == unix.ESRCH:
		return Gone
	case errors.As(err, &errno) && errno == unix.EROFS:
		return NotPermitted
	case errors.Is(err, errors.ErrUnsupported): // ENOSYS, EOPNOTSUPP
		return Unsupported
	}
	return Broken
}

// Starved reports whether an error says that this process, or the host, may open no more files. It tells nothing of
// what was to be read: a fact that is not known because of it is one that bones failed to read.
func Starved(err error) bool { return errors.Is(err, unix.EMFILE) || errors.Is(err, unix.ENFILE) }

// ToTrace is what it takes to see what only those see who may trace a process: its namespaces, its executable, its
// root and working directory, its environment, its descriptors. CAP_SYS_PTRACE alone does not do.
//
// Source: ptrace(2), "Ptrace access mode checking".
const ToTrace = "CAP_SYS_PTRACE and all capabilities that the process has"

// Remedy is what would help against err: where it is that no more files can be opened, more of those, whatever was
// being opened, and otherwise what the caller has found.
func Remedy(err error, otherwise string) string {
	if Starved(err) {
		return "raise the limit on open files (ulimit -n)"
	}
	return otherwise
}

// ErrnoName returns the name of the kernel's error within err, "EACCES" for example, or "" if there is none.
func ErrnoName(err error) string {
	var errno unix.Errno
	if !errors.As(err, &errno) || errno == 0 {
		return ""
	}
	return unix.ErrnoName(errno)
}
