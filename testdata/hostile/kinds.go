package main

import (
	"fmt"
	"slices"
)

// kind is one sort of hostile process.
type kind struct {
	name string
	doc  string // what is wrong with it
	n    int    // how many, where that can be chosen
	// make makes it, as the init of a pid namespace, and returns the PIDs in there that matter, the main one first.
	make func(s *stage, n int) ([]int, error)
	// userNS: in a user namespace even when root makes it, to show that it takes no privilege.
	userNS bool
	// small: it is one process or few, costs a reader no memory and holds nobody up. All such kinds can be looked at
	// together.
	small bool
}

func kinds() []kind {
	var all []kind
	for _, family := range [][]kind{nameKinds(), argKinds(), memoryKinds(), stateKinds(), crowdKinds(), stuckKinds()} {
		all = append(all, family...)
	}
	return all
}

func smallKinds() []kind {
	return slices.DeleteFunc(kinds(), func(k kind) bool { return !k.small })
}

// allSmall is every small kind at once, all of the same init. Of a kind that is several processes it is the main one.
func allSmall() kind {
	makeAll := func(s *stage, _ int) (all []int, err error) {
		for _, k := range smallKinds() {
			pids, err := k.make(s, k.n)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", k.name, err)
			}
			all = append(all, pids[0])
		}
		return all, nil
	}
	return kind{name: "small", doc: "all that cost a reader no memory", make: makeAll}
}

func findKind(name string) (kind, bool) {
	for _, k := range append(kinds(), allSmall()) {
		if k.name == name {
			return k, true
		}
	}
	return kind{}, false
}
