package nsview

import (
	"fmt"
	"strings"

	"bones/procwalk"
	"bones/procwalk/idmap"
)

// UserDetails are how a user namespace's IDs stand for ours.
//
// Source: user_namespaces(7).
type UserDetails struct {
	UIDs      idmap.Map
	GIDs      idmap.Map
	Setgroups string // "allow" or "deny"; empty before Linux 3.19
}

func (r *Reader) user(v *View, n *Namespace) (*UserDetails, error) {
	return fromMember(r, v, n, func(dir int, _ *procwalk.Process) (*UserDetails, error) {
		d := &UserDetails{}
		for name, m := range map[string]*idmap.Map{"uid_map": &d.UIDs, "gid_map": &d.GIDs} {
			b, err := readFileAt(dir, name, idmap.MaxSize)
			if err != nil {
				return nil, err
			}
			if *m, err = idmap.Parse(b); err != nil {
				return nil, fmt.Errorf("%s: %w", name, err)
			}
		}
		if b, err := readFileAt(dir, "setgroups", 64); err == nil {
			d.Setgroups = strings.TrimSpace(string(b))
		}
		return d, nil
	})
}
