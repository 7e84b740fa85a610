package ui

import "bones/ui/kit"

// ViewKeys is the key table of one view as data, for the manual page: the same lines that dispatch, footer and help
// are made from.
type ViewKeys struct {
	Number int    // 0: the keys that work in every view
	Name   string // empty for those
	Keys   []kit.Binding
}

// KeyTable returns the keys of all views: first those that work in each of them. Do and Off mean nothing in it.
func KeyTable() []ViewKeys {
	u := New(Options{})
	table := []ViewKeys{{Keys: u.global}}
	for _, v := range u.views {
		table = append(table, ViewKeys{v.Number(), v.Name(), v.Keys()})
	}
	for _, v := range table {
		for i := range v.Keys {
			v.Keys[i].Do, v.Keys[i].Off = nil, ""
		}
	}
	return table
}
