package nsview

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"

	"bones/procwalk"
)

// UserDetails are how a user namespace's IDs stand for ours.
//
// Source: user_namespaces(7).
type UserDetails struct {
	UIDs      []IDRange `json:"uid_map"`
	GIDs      []IDRange `json:"gid_map"`
	Setgroups string    `json:"setgroups"` // "allow" or "deny"; empty before Linux 3.19
}

// IDRange is one line of /proc/PID/uid_map: Count IDs from Inside on are those from Outside on, as numbered in the
// user namespace that we are in (in the parent of it, if it is our own).
type IDRange struct {
	Inside  uint32 `json:"inside"`
	Outside uint32 `json:"outside"`
	Count   uint32 `json:"count"`
}

// String says it in words, for IDs of kind: uid or gid.
func (m IDRange) String() string {
	if m.Inside == 0 && m.Outside == 0 && m.Count == 1<<32-1 {
		return "all as outside"
	}
	if m.Count == 1 {
		return fmt.Sprintf("%d here is %d outside", m.Inside, m.Outside)
	}
	return fmt.Sprintf("%d to %d here are %d to %d outside", m.Inside, uint64(m.Inside)+uint64(m.Count)-1,
		m.Outside, uint64(m.Outside)+uint64(m.Count)-1)
}

func (r *Reader) user(v *View, n *Namespace) (*UserDetails, error) {
	return fromMember(r, v, n, func(dir int, _ *procwalk.Process) (*UserDetails, error) {
		uids, err := readFileAt(dir, "uid_map", 64<<10)
		if err != nil {
			return nil, err
		}
		gids, err := readFileAt(dir, "gid_map", 64<<10)
		if err != nil {
			return nil, err
		}
		d := &UserDetails{UIDs: parseIDMap(uids), GIDs: parseIDMap(gids)}
		if b, err := readFileAt(dir, "setgroups", 64); err == nil {
			d.Setgroups = strings.TrimSpace(string(b))
		}
		return d, nil
	})
}

func parseIDMap(b []byte) []IDRange {
	var ranges []IDRange
	for line := range bytes.Lines(b) {
		words := bytes.Fields(line)
		if len(words) != 3 {
			continue
		}
		var numbers [3]uint32
		ok := true
		for i, w := range words {
			n, err := strconv.ParseUint(string(w), 10, 32)
			numbers[i], ok = uint32(n), ok && err == nil
		}
		if ok {
			ranges = append(ranges, IDRange{numbers[0], numbers[1], numbers[2]})
		}
	}
	return ranges
}
