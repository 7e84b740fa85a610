package main

// kind is one sort of hostile process.
type kind struct {
	name string
	doc  string // what is wrong with it
	n    int    // how many, where that can be chosen
	// make makes it, as the init of a pid namespace, and returns the PIDs in there that matter, the main one first.
	make func(s *stage, n int) ([]int, error)
	// userNS: in a user namespace even when root makes it, to show that it takes no privilege.
	userNS bool
}

func kinds() []kind {
	var all []kind
	for _, family := range [][]kind{nameKinds(), argKinds(), memoryKinds(), stateKinds(), crowdKinds(), stuckKinds()} {
		all = append(all, family...)
	}
	return all
}

func findKind(name string) (kind, bool) {
	for _, k := range append(kinds(), allNames()) {
		if k.name == name {
			return k, true
		}
	}
	return kind{}, false
}
