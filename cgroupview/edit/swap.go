package edit

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"bones/cgroupview"
	"bones/cgroupview/spec"
)

// The two limits of version 1 that are tied to each other: the kernel refuses to have that of memory above that of
// memory and swap together. Engines set both.
const (
	memoryV1  = "memory.limit_in_bytes"
	andSwapV1 = "memory.memsw.limit_in_bytes"
)

// at is where an edit changes a file of a group; -1 if it does not.
func (e *Edit) at(g *cgroupview.Group, file string) int {
	return slices.IndexFunc(e.changes, func(c Change) bool { return c.File == file && *c.Group == *g })
}

// swap has the limit of memory and swap together rise along with that of memory, where the portable name was given:
// the swap that may be used stays what it was. Who named the file itself is told.
func (e *Edit) swap() error {
	for _, c := range slices.Clone(e.changes) {
		if c.File != memoryV1 || e.at(c.Group, andSwapV1) >= 0 {
			continue
		}
		old, err := value(e.host, c.Group, andSwapV1)
		if err != nil || amount(c.New) <= amount(old) {
			continue // without swap accounting there is no such file
		}
		if c.Asked == c.New || !strings.HasPrefix(c.Asked, "memory=") {
			return fmt.Errorf("%s is %s, and the limit of memory cannot be above it; memory=, or the "+
				"dialog of limits of the terminal UI (e in view 2), raises both",
				andSwapV1, old)
		}
		value := "-1"
		if amount(c.New) < cgroupview.UnlimitedV1 {
			value = strconv.FormatUint(amount(c.New)+amount(old)-min(amount(c.Old), amount(old)), 10)
		}
		e.changes = append(e.changes, Change{Group: c.Group, File: andSwapV1, Old: old, Asked: c.Asked, New: value,
			Reads: e.reads(c.Group, spec.Of(1, andSwapV1), value)})
	}
	return nil
}

// order puts changes that the kernel takes in one order only into that order: of the limits of memory, and of memory
// and swap together, the upper one is raised first and the lower one lowered first; so with a quota and the burst that
// it must not be below; and a group gets a weight only once it is idle no longer.
func (e *Edit) order() {
	first := func(g *cgroupview.Group, a, b string) { // a before b
		i, j := e.at(g, a), e.at(g, b)
		if i > j && j >= 0 {
			c := e.changes[i]
			e.changes = slices.Insert(slices.Delete(e.changes, i, i+1), j, c)
		}
	}
	for _, c := range slices.Clone(e.changes) {
		switch c.File {
		case andSwapV1:
			if amount(c.New) > amount(c.Old) {
				first(c.Group, andSwapV1, memoryV1)
			} else {
				first(c.Group, memoryV1, andSwapV1)
			}
		case "cpu.max.burst", "cpu.cfs_burst_us":
			quota := cgroupview.QuotaFile(c.Group.Hierarchy)
			if amount(c.New) > amount(c.Old) {
				first(c.Group, quota, c.File)
			} else {
				first(c.Group, c.File, quota)
			}
		case "cpu.idle":
			for _, weight := range weights {
				first(c.Group, c.File, weight)
			}
		}
	}
}

// weights are the files with the share of processor time, all of them one value.
var weights = []string{"cpu.weight", "cpu.weight.nice", "cpu.shares"}
