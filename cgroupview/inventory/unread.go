package inventory

import (
	"errors"
	"fmt"
	"io/fs"
)

// Unread says what could not be read of the engines' records. All that was not permitted is one error, whatever the
// number of engines, for it has one cause and one remedy. That error is fs.ErrPermission.
func (x *Inventory) Unread() []error {
	var denied, rest []error
	for _, err := range x.Errors {
		if errors.Is(err, fs.ErrPermission) {
			denied = append(denied, err)
		} else {
			rest = append(rest, err)
		}
	}
	if len(denied) == 0 {
		return rest
	}
	more := ""
	if n := len(denied) - 1; n > 0 {
		more = fmt.Sprintf(", and %d more", n)
	}
	return append([]error{fmt.Errorf("records of engines that only root may read are left out, and with them names and "+
		"images of containers: %w%s", denied[0], more)}, rest...)
}
