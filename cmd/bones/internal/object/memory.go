package object

import (
	"bones/cgroupview"
	"bones/cgroupview/counters"
	"bones/procwalk/fault"
	"bones/procwalk/text"
	"bones/ui/rows"
)

// MemoryUse is what `bones cgroup TARGET --memory --json` prints. Sizes are in bytes.
type MemoryUse struct {
	Group     text.Text          `json:"group"`
	Usage     *uint64            `json:"usage_bytes"`
	Parts     map[string]*uint64 `json:"parts_bytes"` // anon, shmem, kernel, file, other; others: of other groups
	Swap      *uint64            `json:"swap_bytes"`
	Working   *uint64            `json:"working_set_bytes"`
	Peak      *uint64            `json:"peak_bytes"`
	Limit     *uint64            `json:"limit_bytes"` // null: none, or not known, see errors
	LimitFrom *text.Text         `json:"limit_from"`  // the group whose limit it is
	LimitFile string             `json:"limit_file"`
	Errors    map[string]string  `json:"errors"`
}

// NewMemoryUse makes the object of what the memory of a group is made of.
func NewMemoryUse(m *counters.Memory) MemoryUse {
	o := MemoryUse{Group: m.Group.Path, Parts: map[string]*uint64{}, Errors: map[string]string{}}
	number := func(name string, r cgroupview.Reading) *uint64 {
		if r.Err != nil {
			o.Errors[name] = fault.Line(r.Err)
			return nil
		}
		return &r.Value
	}
	o.Usage, o.Swap = number("usage_bytes", m.Usage), number("swap_bytes", m.Swap)
	o.Working, o.Peak = number("working_set_bytes", m.WorkingSet), number("peak_bytes", m.Peak)
	for _, p := range rows.MemoryParts(m) {
		o.Parts[p.Name] = number("parts_bytes."+p.Name, p.Bytes)
	}
	if err := m.Limit.Known(); err != nil {
		o.Errors["limit_bytes"] = fault.Line(err)
	} else if !m.Limit.Unlimited {
		o.Limit, o.LimitFile = &m.Limit.Value, m.Limit.File
		if m.Limit.From != nil {
			o.LimitFrom = &m.Limit.From.Path
		}
	}
	return o
}
