package main

import (
	"slices"
	"strings"
	"testing"

	"bones/cgroupview/edit"
)

// TestHelpOfSetHasThePortableNames: who asks for help learns each name that means the right file on both versions.
func TestHelpOfSetHasThePortableNames(t *testing.T) {
	between := func(r rune) bool { return strings.ContainsRune(" \n,;.", r) }
	words := strings.FieldsFunc((&app{}).setCommand().Long, between)
	for _, name := range edit.PortableNames() {
		if !slices.Contains(words, name) {
			t.Errorf("the help of bones set does not name %s, which it takes: change Long in set.go", name)
		}
	}
}
