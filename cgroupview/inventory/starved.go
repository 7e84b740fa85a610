package inventory

import (
	"slices"

	"bones/procwalk/fault"
)

// Starved is why a moment lacks containers, or what they use, because bones may open no more files; nil if it lacks
// nothing for that. What is missing then looks as if it were not there.
func (m *Moment) Starved() error {
	for _, err := range []error{m.InventoryErr, m.UsageErr} {
		if fault.Starved(err) {
			return StarvedError(err)
		}
	}
	if m.Inventory != nil {
		if i := slices.IndexFunc(m.Inventory.Errors, fault.Starved); i >= 0 {
			return StarvedError(m.Inventory.Errors[i])
		}
	}
	for _, u := range slices.Concat(m.Usage, m.Units) {
		errs := []error{u.Sample.CPU.Err, u.Sample.Memory.Err, u.Sample.PIDs.Err}
		for _, e := range u.Groups.Errors {
			errs = append(errs, e.Err)
		}
		if i := slices.IndexFunc(errs, fault.Starved); i >= 0 {
			return StarvedError(errs[i])
		}
	}
	return nil
}

// StarvedError says of an error that there was no descriptor for what it means to whoever reads the rest.
func StarvedError(err error) error {
	return fault.Hinted("containers, or what they use, could not all be read", err, fault.Remedy(err, ""))
}
