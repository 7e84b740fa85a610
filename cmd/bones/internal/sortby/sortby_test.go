package sortby

import (
	"slices"
	"strings"
	"testing"
)

type row struct {
	name  string
	bytes float64
	known bool
}

var orders = Orders[row]{List: []Order[row]{
	{Name: "name", Word: func(r *row) string { return r.name }},
	{Name: "length", Compare: func(a, b *row) int { return len(a.name) - len(b.name) }},
	{Name: "bytes", Greater: true, Number: func(r *row) (float64, bool) { return r.bytes, r.known }},
}, Alike: map[string]string{"size": "bytes"}}

func TestSort(t *testing.T) {
	for by, want := range map[string]string{"": "cc a bbb none", "name": "a bbb cc none", "-name": "none cc bbb a",
		"length": "a cc bbb none", "-LENGTH": "none bbb cc a", "bytes": "bbb a cc none", "-bytes": "cc a bbb none",
		"size": "bbb a cc none"} {
		list := []row{{"cc", 1, true}, {"a", 2, true}, {"bbb", 3, true}, {"none", 9, false}}
		if err := orders.Check(by); err != nil {
			t.Errorf("%q: %v", by, err)
		}
		orders.Sort(list, by)
		var got []string
		for _, r := range list {
			got = append(got, r.name)
		}
		if strings.Join(got, " ") != want {
			t.Errorf("by %q: %v, not %s", by, got, want)
		}
	}
}

func TestCheck(t *testing.T) {
	err := orders.Check("byte")
	if err == nil || !strings.Contains(err.Error(), "did you mean bytes? the orders are name,") {
		t.Error(err)
	}
	if err := orders.Check("colour\x1b[31m"); err == nil || strings.ContainsRune(err.Error(), 27) {
		t.Error(err)
	}
	if !slices.Equal(orders.Names(), []string{"name", "length", "bytes"}) || orders.Own("-SIZE") != "bytes" {
		t.Error(orders.Names(), orders.Own("-SIZE"))
	}
}
