package inventory

import "bones/cgroupview/container"

// Stopped reads which containers the engines keep records of that have no process, from the disk as it is now. more
// reports whether there are more than were read. Of a recording nothing is known: container.ErrNoRecords.
func (x *Inventory) Stopped() (list []container.Stopped, more bool, errs []error) {
	if x == nil || x.store == nil {
		return nil, false, []error{container.ErrNoRecords}
	}
	ids := make(map[string]bool, len(x.List))
	for _, c := range x.List {
		ids[c.ID.Raw()] = true
	}
	return x.store.Stopped(func(id string) bool { return ids[id] })
}
