package host

import (
	"errors"
	"reflect"
	"strings"
	"testing"
)

// TestEntriesAreNotReadAgain: what the changes were in words is kept from the reading of the journal as far as there
// is room, and is what their records say; what is more is read.
func TestEntriesAreNotReadAgain(t *testing.T) {
	w, kinds := newWorld()
	h, _ := newHost(t, kinds)
	n := 0
	carry(t, h, w.set("a", "1"), nil)
	w.fill = strings.Repeat("x", 1<<20) // 2 MiB of a record
	carry(t, h, w.set("large", "1"), nil)
	w.fill = ""
	carry(t, h, w.set("b", "2"), nil)
	if _, err := h.Carry(t.Context(), fake{applied: &n, fail: errors.New("broken \x1b[1m")}); err == nil {
		t.Fatal("the effect did not fail")
	}
	if _, err := h.journal.intent(fake{applied: &n}); err != nil { // it never ends
		t.Fatal(err)
	}
	undo, err := h.UndoNumber(t.Context(), 1)
	if err != nil {
		t.Fatal(err)
	}
	carry(t, h, undo, nil)
	list, err := New(Config{Journal: h.journal.path, Kinds: kinds}).journal.History()
	if err != nil || len(list.Changes) != 6 {
		t.Fatal(list, err)
	}
	defer list.Close()
	results := map[string]int{}
	for _, c := range list.Changes {
		before := list.journal.read
		kept, err := list.Entry(c)
		if err != nil {
			t.Fatal(err)
		}
		if again := list.journal.read > before; again != (c.N == 2) {
			t.Errorf("change %d is read again: %v", c.N, again)
		}
		results[kept.Result]++
		intent, done, err := list.records(c)
		if err != nil {
			t.Fatal(err)
		}
		if kept.What.Raw() != intent.What || kept.ByHand != intent.ByHand || !kept.Time.Equal(intent.Time) ||
			kept.Kind != intent.Kind || kept.UID != intent.UID || kept.N != intent.N {
			t.Errorf("change %d: %+v, and its record says %+v", c.N, kept, intent)
		}
		if done != nil && (kept.Note.Raw() != done.Note || kept.Error.Raw() != done.Error) {
			t.Errorf("change %d: %+v, and its record says %+v", c.N, kept, done)
		}
		c.wording = nil
		if read, err := list.Entry(c); err != nil || !reflect.DeepEqual(read, kept) {
			t.Errorf("change %d: kept was %+v, and read is %+v, %v", c.N, kept, read, err)
		}
	}
	if results["done"] != 3 || results["failed"] != 1 || results["unfinished"] != 1 || results["undone"] != 1 {
		t.Error(results)
	}
}

// TestWordingsAreBounded: a journal may be longer than what may stand in memory.
func TestWordingsAreBounded(t *testing.T) {
	s := &state{}
	for range 4 {
		s.keepWording(wording{what: strings.Repeat("x", maxWorded/3)})
	}
	if s.worded != 3*(maxWorded/3) {
		t.Errorf("%d bytes are kept", s.worded)
	}
}
