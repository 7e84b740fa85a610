// Package idmap says how the numbers of users and groups in a user namespace stand for those outside it.
package idmap

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
)

// Map is /proc/PID/uid_map, gid_map or projid_map: how the IDs of a user namespace stand for those of the namespace
// of whoever reads it (of the parent, if the reader is in that namespace itself). An empty map gives nobody a number.
//
// Source: user_namespaces(7), "User and group ID mappings". At most 340 lines since Linux 4.15, 5 before.
type Map []Range

// Range is one line of it: Count IDs from Inside on are those from Outside on.
type Range struct {
	Inside  uint32
	Outside uint32
	Count   uint32
}

// MaxSize is how many bytes of an ID map to read: more than the 340 lines of three numbers can have.
const MaxSize = 64 << 10

var errForm = errors.New("a line of an ID map does not have the form INSIDE OUTSIDE COUNT, or is cut off")

// Parse reads an ID map. A line of another form is an error: half a map gives IDs that are somebody else's.
func Parse(b []byte) (Map, error) {
	var m Map
	for line := range bytes.Lines(b) {
		words := strings.Fields(string(line))
		if len(words) != 3 || line[len(line)-1] != '\n' {
			return nil, errForm
		}
		var v [3]uint32
		for i, w := range words {
			n, err := strconv.ParseUint(w, 10, 32)
			if err != nil {
				return nil, errForm
			}
			v[i] = uint32(n)
		}
		m = append(m, Range{v[0], v[1], v[2]})
	}
	return m, nil
}

// Whole reports whether the map is that of the first user namespace: every ID maps to itself.
func (m Map) Whole() bool {
	return len(m) == 1 && m[0] == Range{0, 0, math.MaxUint32}
}

// Inside returns what an ID is called in the user namespace; false if it has no number there.
func (m Map) Inside(outside uint32) (uint32, bool) {
	for _, r := range m {
		if id, ok := across(outside, r.Outside, r.Inside, r.Count); ok {
			return id, true
		}
	}
	return 0, false
}

// Outside returns what an ID of the user namespace is called here; false if there is none.
func (m Map) Outside(inside uint32) (uint32, bool) {
	for _, r := range m {
		if id, ok := across(inside, r.Inside, r.Outside, r.Count); ok {
			return id, true
		}
	}
	return 0, false
}

// across takes an ID from a range of count numbers to another one.
func across(id, from, to, count uint32) (uint32, bool) {
	if id < from || id-from >= count || id-from > math.MaxUint32-to {
		return 0, false
	}
	return to + (id - from), true
}

// String says it in words, for IDs of kind: uid or gid.
func (r Range) String() string {
	if r.Inside == 0 && r.Outside == 0 && r.Count == math.MaxUint32 {
		return "all as outside"
	}
	if r.Count == 1 {
		return fmt.Sprintf("%d here is %d outside", r.Inside, r.Outside)
	}
	return fmt.Sprintf("%d to %d here are %d to %d outside", r.Inside, uint64(r.Inside)+uint64(r.Count)-1,
		r.Outside, uint64(r.Outside)+uint64(r.Count)-1)
}
