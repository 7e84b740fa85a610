package cgroupview

import (
	"encoding/json"
	"errors"
	"fmt"

	"bones/procwalk/fault"
)

// ErrOther is why a recorded inverse is not believed: bones only writes inverses of what the change itself was about.
var ErrOther = errors.New("it is about another group or file than the change")

// FreezeUndoneBy reports with an error that one recorded Freeze cannot be the inverse of another.
func FreezeUndoneBy(freeze, inverse json.RawMessage) error {
	var a, b recordedFreeze
	if json.Unmarshal(freeze, &a) != nil || json.Unmarshal(inverse, &b) != nil || a.Ino == 0 {
		return errors.New("the record of the change is not one that this version of bones can read")
	}
	switch {
	case a.GroupRecord != b.GroupRecord:
		return ErrOther
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
	g, err := h.Recorded(r.GroupRecord)
	if err != nil {
		return []string{fault.Line(err)}
	}
	frozen, err := (&reader{buf: make([]byte, 256)}).frozen(Groups{List: []*Group{g}})
	switch {
	case err != nil:
		return []string{fault.Line(err)}
	case frozen:
		return []string{fmt.Sprintf("%s is frozen", g.Dir)}
	}
	return []string{fmt.Sprintf("%s is not frozen", g.Dir)}
}
