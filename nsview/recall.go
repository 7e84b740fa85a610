package nsview

import "slices"

// Recorded is what was learnt of one namespace beside who is in it.
type Recorded struct {
	Key         Key
	Relations   Relations
	Holders     []Holder
	MoreHolders bool
}

// Record returns what Relate and Discover have found out, as plain values for a recording.
func (v *View) Record() []Recorded {
	list := make([]Recorded, 0, len(v.Namespaces))
	for i := range v.Namespaces {
		n := &v.Namespaces[i]
		list = append(list, Recorded{n.Key, n.Relations, n.Holders, n.MoreHolders})
	}
	return list
}

// Recall adds to a view of the same processes what Record took down: relations, and the holders that keep names, with
// the namespaces that only these hold. Parents and owners come with whatever is below them.
func (v *View) Recall(list []Recorded, keep func(Holder) bool) *View {
	d := v.draft()
	wanted := map[Key]bool{}
	for _, r := range list {
		if _, known := v.index[r.Key]; known || slices.ContainsFunc(r.Holders, keep) {
			wanted[r.Key] = true
		}
	}
	byKey := map[Key]*Recorded{}
	for i := range list {
		byKey[list[i].Key] = &list[i]
	}
	// Whoever is above one that is shown is shown, too. A chain ends, as each is looked at once.
	var above func(k Key)
	above = func(k Key) {
		r := byKey[k]
		if r == nil {
			return
		}
		for _, up := range []Key{r.Relations.Parent, r.Relations.Owner} {
			if up != (Key{}) && !wanted[up] {
				wanted[up] = true
				above(up)
			}
		}
	}
	for _, r := range list {
		if wanted[r.Key] {
			above(r.Key)
		}
	}
	for _, r := range list {
		if !wanted[r.Key] {
			continue
		}
		n, _ := d.get(r.Key)
		n.Relations = r.Relations
		for _, h := range r.Holders {
			if h.Kind == ByChild || keep(h) {
				d.hold(r.Key, h)
			}
		}
		if n := &d.v.Namespaces[d.v.index[r.Key]]; r.MoreHolders && len(n.Holders) > 0 {
			n.MoreHolders = true
		}
	}
	return d.view()
}
