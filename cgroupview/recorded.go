package cgroupview

import (
	"encoding/json"
	"errors"
	"fmt"

	"bones/procwalk/text"
)

// errOther is why a recorded inverse is not believed: bones only writes inverses of what the change itself was about.
var errOther = errors.New("it is about another group or file than the change")

// EditUndoneBy reports with an error that one recorded edit cannot be the inverse of another: it names other files,
// other groups or another unit.
func EditUndoneBy(edit, inverse json.RawMessage) error {
	var a, b []recordedChange
	if json.Unmarshal(edit, &a) != nil || json.Unmarshal(inverse, &b) != nil || len(a) == 0 {
		return errors.New("the record of the change is not understood")
	}
	type object struct {
		group      recordedGroup
		file, unit string
	}
	count := map[object]int{}
	for _, c := range a {
		count[object{c.recordedGroup, c.File, c.Unit}]++
	}
	for _, c := range b {
		count[object{c.recordedGroup, c.File, c.Unit}]--
	}
	for _, n := range count {
		if n != 0 {
			return errOther
		}
	}
	return nil
}

// FreezeUndoneBy is EditUndoneBy for freezing and thawing.
func FreezeUndoneBy(freeze, inverse json.RawMessage) error {
	var a, b recordedFreeze
	if json.Unmarshal(freeze, &a) != nil || json.Unmarshal(inverse, &b) != nil || a.Ino == 0 {
		return errors.New("the record of the change is not understood")
	}
	switch {
	case a.recordedGroup != b.recordedGroup:
		return errOther
	case a.Frozen == b.Frozen:
		return errors.New("it does the same as the change")
	}
	return nil
}

// PresentFreeze says, a line each, whether the group of a recorded Freeze is frozen now.
func (h *FileSystem) PresentFreeze(record json.RawMessage) []string {
	var r recordedFreeze
	if json.Unmarshal(record, &r) != nil {
		return nil
	}
	g, err := h.recorded(r.recordedGroup)
	if err != nil {
		return []string{text.Line(err.Error())}
	}
	frozen, err := (&reader{buf: make([]byte, 256)}).frozen(Groups{List: []*Group{g}})
	switch {
	case err != nil:
		return []string{text.Line(err.Error())}
	case frozen:
		return []string{fmt.Sprintf("%s is frozen", g.Dir)}
	}
	return []string{fmt.Sprintf("%s is not frozen", g.Dir)}
}
