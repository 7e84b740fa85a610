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
		untold = fmt.Sprintf("that only %s is in", processes(scope.Untold))
		if scope.Untold > 1 {
			untold = fmt.Sprintf("that only %s are in", processes(scope.Untold))
		}
	}
	switch {
	case refused > 0 && refused == len(scope.Spaces):
		return fmt.Errorf("%s: looking into the network namespace: %w", scope.Name, err)
	case refused > 0 && untold != "":
		v.noteError(fmt.Sprintf("%d of %d network namespaces were not looked into: %v; nor were those %s: telling which "+
			"they are takes %s", refused, len(scope.Spaces), err, untold, fault.ToTrace), err)
	case refused > 0:
		v.noteError(fmt.Sprintf("%d of %d network namespaces were not looked into: %v", refused, len(scope.Spaces), err),
			err)
	case untold != "":
		v.note(fmt.Sprintf("the network namespaces %s were not looked into: telling which they are takes %s", untold,
			fault.ToTrace))
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
