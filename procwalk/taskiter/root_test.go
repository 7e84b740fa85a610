package taskiter

import (
	"testing"

	"bones/procwalk"
)

// TestRootsAreNumbered: where the kernel has a root directory stays here. The rows have a small number for it, the
// same in one read after the other, and none that another had before the numbers began anew.
func TestRootsAreNumbered(t *testing.T) {
	const host, own = 0xffff_8881_0123_4560, 0xffff_8881_0765_4320
	var it Iterator
	it.batch.begin(procwalk.WantNS, 4096)
	number := func(address uint64) uint32 {
		r := &record{Root: address, ChildReaper: 1, NS: [10]uint32{1, 2, 3, 4, 5, 6, 7, 8, 5, 6}}
		return it.batch.namespaces(r).Root()
	}
	if number(host) != 1 || number(own) != 2 || number(host) != 1 || number(0) != 0 {
		t.Errorf("%d, %d, %d, and of none %d", number(host), number(own), number(host), number(0))
	}
	it.batch.begin(procwalk.WantNS, 4096)
	if number(own) != 2 || number(host) != 1 {
		t.Errorf("in the next read: %d, %d", number(own), number(host))
	}
	for i := range uint64(maxSpaces) {
		number(own + 0x1000*(i+1))
	}
	if it.link = -1; it.seen != nil {
		t.Fatal("the iterator is a real one")
	}
	it.Read(&procwalk.Machine{PageSize: 4096}, false) // of which nothing comes
	if len(it.batch.roots) != 0 || len(it.batch.spaces) != 0 {
		t.Errorf("%d roots and %d spaces are remembered", len(it.batch.roots), len(it.batch.spaces))
	}
	if got := number(host); got <= maxSpaces {
		t.Errorf("the number %d was another's", got)
	}
}
