package edit

import (
	"bones/cgroupview"
	"encoding/json"
	"errors"
)

// UndoneBy reports with an error that one recorded edit cannot be the inverse of another: it names other files,
// other groups or another unit.
func UndoneBy(edit, inverse json.RawMessage) error {
	var a, b []recordedChange
	if json.Unmarshal(edit, &a) != nil || json.Unmarshal(inverse, &b) != nil || len(a) == 0 {
		return errors.New("the record of the change is not understood")
	}
	type object struct {
		group      cgroupview.GroupRecord
		file, unit string
	}
	count := map[object]int{}
	for _, c := range a {
		count[object{c.GroupRecord, c.File, c.Unit}]++
	}
	for _, c := range b {
		count[object{c.GroupRecord, c.File, c.Unit}]--
	}
	for _, n := range count {
		if n != 0 {
			return cgroupview.ErrOther
		}
	}
	return nil
}
