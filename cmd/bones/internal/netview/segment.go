package netview

import "fmt"

// segment is a link on which frames go from one interface to the other without a router: a bridge, a pair of veths, or
// what interfaces that share a device of hardware are on.
type segment struct {
	id      string // two interfaces on the same segment have the same
	name    string // for sentences, safe to print
	depends string // on what else it depends whether they hear each other; empty: on nothing that is known
}

// segmentOf follows an interface to the link that it is on.
func (v *View) segmentOf(i *Interface) segment {
	switch {
	case i.Kind == "bridge":
		return bridge(i.Space, i.Index, i.Name.String())
	case i.Bridge != nil:
		return bridge(i.Space, i.Bridge.Index, i.Bridge.Name.String())
	case i.Veth() && i.Other != nil && i.OtherSpace != nil:
		if i.Other.Master != 0 {
			if b := v.links[i.OtherSpace.Key].at(i.Other.Master); b != nil {
				return bridge(i.OtherSpace, b.Index, b.Name.String())
			}
		}
		ends := []string{endID(i.Space, i.Index), endID(i.OtherSpace, i.Other.Index)}
		if ends[0] > ends[1] {
			ends[0], ends[1] = ends[1], ends[0]
		}
		return segment{id: "veth " + ends[0] + ends[1], name: fmt.Sprintf("the veth pair %s of %s and %s of %s", i.Name,
			i.Space.Label(), i.Other.Name, i.OtherSpace.Label())}
	case i.Other != nil && i.OtherSpace != nil: // macvlan, ipvlan, vlan
		return segment{id: i.Kind + " " + endID(i.OtherSpace, i.Other.Index),
			name: fmt.Sprintf("%s interfaces on %s of %s", i.Kind, i.Other.Name, i.OtherSpace.Label()),
			depends: fmt.Sprintf("whether two %s interfaces hear each other depends on their mode and number, which bones "+
				"does not look at", i.Kind)}
	}
	return segment{id: endID(i.Space, i.Index), name: fmt.Sprintf("%s of %s", i.Name, i.Space.Label())}
}

func bridge(s *Space, index int, name string) segment {
	return segment{id: "bridge " + endID(s, index), name: fmt.Sprintf("the bridge %s of %s", name, s.Label())}
}

func endID(s *Space, index int) string { return fmt.Sprintf("%s/%d ", s.Key, index) }
