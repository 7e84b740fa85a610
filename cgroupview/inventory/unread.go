package inventory

import (
	"fmt"

	"bones/procwalk/fault"
)

// Unread says what could not be read of the engines' records. All that was not permitted is one error, whatever the
// number of engines, for it has one cause and one remedy, and so is all that this kernel does not let bones read. The
// first is fs.ErrPermission.
func (x *Inventory) Unread() (said []error) {
	alike := map[fault.Kind][]error{}
	for _, err := range x.Errors {
		alike[fault.Of(err)] = append(alike[fault.Of(err)], err)
	}
	for _, kind := range []fault.Kind{fault.NotPermitted, fault.Unsupported} {
		list, first, which := alike[kind], "", ""
		if len(list) == 0 {
			continue
		}
		if kind == fault.NotPermitted {
			which = " that only root may read"
		}
		if len(list) > 1 {
			first = fmt.Sprintf("in %d places, the first: ", len(list))
		}
		said = append(said, fmt.Errorf("records of engines%s are left out, and with them names and images of containers: "+
			"%s%w", which, first, list[0]))
	}
	return append(append(said, alike[fault.Gone]...), alike[fault.Broken]...)
}
