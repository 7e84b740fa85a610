package inventory

import (
	"errors"
	"fmt"

	"bones/cgroupview"

	"golang.org/x/sys/unix"
)

// Starved is why a moment lacks containers, or what they use, because bones may open no more files; nil if it lacks
// nothing for that. What is missing then looks as if it were not there.
func (m *Moment) Starved() error {
	for _, err := range []error{m.InventoryErr, m.UsageErr} {
		if starved(err) {
			return StarvedError(err)
		}
	}
	if err := m.Inventory.Starved(); err != nil {
		return err
	}
	for _, list := range [][]Usage{m.Usage, m.Units} {
		for i := range list {
			s := &list[i].Sample
			for _, r := range []cgroupview.Reading{s.CPU, s.Memory, s.PIDs} {
				if starved(r.Err) {
					return StarvedError(r.Err)
				}
			}
			for _, e := range list[i].Groups.Errors {
				if starved(e.Err) {
					return StarvedError(e.Err)
				}
			}
		}
	}
	return nil
}

// Starved is the same of an inventory; nil of none.
func (x *Inventory) Starved() error {
	if x == nil {
		return nil
	}
	for _, err := range x.Errors {
		if starved(err) {
			return StarvedError(err)
		}
	}
	return nil
}

func starved(err error) bool { return errors.Is(err, unix.EMFILE) || errors.Is(err, unix.ENFILE) }

// StarvedError says of an error that there was no descriptor for what it means to whoever reads the rest.
func StarvedError(err error) error {
	return fmt.Errorf("containers, or what they use, could not all be read: %w; raise the limit on open files "+
		"(ulimit -n)", err)
}
