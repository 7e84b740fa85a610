package kit

import (
	"context"
	"slices"
	"testing"
)

// TestMakingWay: what hangs is left to itself and told so, and what is asked for next is read at once. Of those that
// hang there are so many at most, and that is said.
func TestMakingWay(t *testing.T) {
	q, shown := &queue{}, []int{}
	var contexts []context.Context
	l := NewLoader(q, func(k int) Read {
		return func(ctx context.Context) func() {
			contexts = append(contexts, ctx)
			return func() { shown = append(shown, k) }
		}
	})
	load := func(k int) error {
		err := l.MakeWay(k)
		l.Load(k)
		return err
	}
	for k := range mostLeft + 1 {
		if err := load(k); err != nil || len(q.work) != k+1 {
			t.Fatalf("%d: %d reads were begun, %v", k, len(q.work), err)
		}
	}
	if err := load(mostLeft); err != nil || len(q.work) != mostLeft+1 {
		t.Errorf("what is under way was begun again: %d reads, %v", len(q.work), err)
	}
	if err := load(100); err == nil || len(q.work) != mostLeft+1 {
		t.Errorf("%d reads may hang: %v", len(q.work), err)
	}
	for range mostLeft {
		q.next()
	}
	if len(shown) != 0 {
		t.Errorf("what was left to itself was shown: %v", shown)
	}
	for _, ctx := range contexts {
		if ctx.Err() == nil {
			t.Error("a read that was left to itself was not told to end")
		}
	}
	if l.left != 0 {
		t.Errorf("%d reads still count as hanging", l.left)
	}
	q.next()
	q.next()
	if !slices.Equal(shown, []int{mostLeft, 100}) || l.Busy() {
		t.Errorf("shown %v, busy %v", shown, l.Busy())
	}
}
