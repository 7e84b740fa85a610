package fakehost

import (
	"maps"
	"strings"
	"testing"

	"bones/ui/kit"
)

// AllTested checks that each key of a table has a case, and that no case is about a key that is not there.
func AllTested[C any](t *testing.T, table []kit.Binding, cases map[string]C) {
	t.Helper()
	left := maps.Clone(cases)
	for _, k := range table {
		for name := range strings.FieldsSeq(k.Keys) {
			if _, ok := cases[name]; !ok {
				t.Errorf("no case of %s presses the key %s (%s): add one, with what the screen must show then", t.Name(),
					name, k.Action)
			}
			delete(left, name)
		}
	}
	for name := range left {
		t.Errorf("%s has a case for the key %s, which is not in the table: remove the case", t.Name(), name)
	}
}

// KeyNames are the names of all keys of a table but those that quit.
func KeyNames(table []kit.Binding) []string {
	var names []string
	for _, k := range table {
		if k.Action != "quit" {
			names = append(names, strings.Fields(k.Keys)...)
		}
	}
	return names
}
