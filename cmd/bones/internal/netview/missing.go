package netview

import (
	"fmt"

	"bones/procwalk/fault"
)

// notSeen notes, in one sentence, what of a scope could not be seen: the namespaces that refused to be looked into,
// the first of them with err, and the processes whose namespaces cannot be told. Both are one thing to whoever reads
// the list: rows are missing. It is an error if no namespace of the scope could be looked into.
func (v *View) notSeen(scope Scope, refused int, err error) error {
	untold := ""
	if scope.Untold > 0 {
		is := "are"
		if scope.Untold == 1 {
			is = "is"
		}
		untold = fmt.Sprintf("%s %s in cannot be told, which takes %s; those that nobody else is in are missing here",
			processes(scope.Untold), is, fault.ToTrace)
	}
	switch {
	case refused > 0 && refused == len(scope.Spaces):
		return fmt.Errorf("%s: looking into the network namespace: %w", scope.Name, err)
	case refused > 0 && untold != "":
		v.noteError(fmt.Sprintf("%d of %d network namespaces were not looked into: %s; and which ones %s", refused,
			len(scope.Spaces), fault.Line(err), untold), err)
	case refused > 0:
		v.noteError(fmt.Sprintf("%d of %d network namespaces were not looked into: %s", refused, len(scope.Spaces),
			fault.Line(err)), err)
	case untold != "":
		v.note("which network namespaces " + untold)
	}
	return nil
}

// unseenWhy is why a process that is there shows no network namespace.
func unseenWhy(pid int, err error) error {
	e := &fault.Error{Kind: fault.Of(err), What: fmt.Sprintf("the network namespace of PID %d", pid), Err: err}
	if e.Kind == fault.NotPermitted {
		e.Hint = "needs " + fault.ToTrace
	}
	return e
}
