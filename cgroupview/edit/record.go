package edit

import (
	"encoding/json"
	"errors"
	"slices"

	"bones/cgroupview"
	"bones/procwalk/text"
)

type recordedChange struct {
	cgroupview.GroupRecord
	File string     `json:"file"`
	Old  text.Exact `json:"old"`
	New  text.Exact `json:"new"`
	Unit string     `json:"unit"` // through systemd; empty: it is written
}

// UndoneBy reports with an error that one recorded edit cannot be the inverse of another: it names other files, other
// groups or another unit. The files that the kernel changes along with those of the edit may be there or not.
func UndoneBy(edit, inverse json.RawMessage) error {
	var a, b []recordedChange
	if json.Unmarshal(edit, &a) != nil || json.Unmarshal(inverse, &b) != nil || len(a) == 0 {
		return errors.New("the record of the change is not one that this version of bones can read")
	}
	type object struct {
		group      cgroupview.GroupRecord
		file, unit string
	}
	of := func(c recordedChange) object { return object{c.GroupRecord, c.File, c.Unit} }
	free := func(c recordedChange) bool { // it only goes along with what the edit changed
		return c.Unit == "" && slices.ContainsFunc(a, func(o recordedChange) bool {
			return o.GroupRecord == c.GroupRecord && slices.Contains(companions[o.File], c.File)
		})
	}
	count := map[object]int{}
	for _, c := range a {
		if !free(c) {
			count[of(c)]++
		}
	}
	for _, c := range b {
		if !free(c) {
			count[of(c)]--
		}
	}
	for _, n := range count {
		if n != 0 {
			return cgroupview.ErrOther
		}
	}
	return nil
}
