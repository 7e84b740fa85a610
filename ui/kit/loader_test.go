package kit

import (
	"context"
	"fmt"
	"slices"
	"testing"
)

// queue is a Background whose work is done when the test says so.
type queue struct{ work []func() }

func (q *queue) Run(work func(context.Context) func()) {
	q.work = append(q.work, func() {
		if show := work(context.Background()); show != nil {
			show()
		}
	})
}

func (q *queue) Post(show func()) { show() }

// next does what was asked for first.
func (q *queue) next() {
	f := q.work[0]
	q.work = q.work[1:]
	f()
}

// TestLoaderReadsOneThingAtATime asks for more than can be read.
func TestLoaderReadsOneThingAtATime(t *testing.T) {
	q, begun, shown := &queue{}, []string{}, []string{}
	l := NewLoader(q, func(k string) Read {
		begun = append(begun, k)
		if k == "nothing" {
			return nil
		}
		return func(context.Context) func() { return func() { shown = append(shown, k) } }
	})
	want := func(when string, busy bool, wantBegun, wantShown []string) {
		t.Helper()
		if l.Busy() != busy || len(q.work) > 1 || !slices.Equal(begun, wantBegun) || !slices.Equal(shown, wantShown) {
			t.Fatalf("%s: busy %v, %d reads, begun %q, shown %q", when, l.Busy(), len(q.work), begun, shown)
		}
	}
	l.Load("a")
	l.Load("a")
	want("the same twice", true, []string{"a"}, []string{})
	l.Load("b")
	l.Load("c")
	want("others meanwhile", true, []string{"a"}, []string{})
	q.next()
	want("of these the last is next", true, []string{"a", "c"}, []string{"a"})
	l.Load("d")
	l.Load("c") // the user came back to what is being read
	q.next()
	want("nothing else is wanted any more", false, []string{"a", "c"}, []string{"a", "c"})
	l.Reload("e")
	l.Reload("e") // what is read may be out of date already
	q.next()
	want("the same once more", true, []string{"a", "c", "e", "e"}, []string{"a", "c", "e"})
	l.Load("nothing")
	q.next()
	want("nothing to read", false, []string{"a", "c", "e", "e", "nothing"}, []string{"a", "c", "e", "e"})
}

// TestLoaderMayLoadWhileItShows: what was read may lead to another read, which goes before what was asked for
// meanwhile.
func TestLoaderMayLoadWhileItShows(t *testing.T) {
	q, shown := &queue{}, ""
	var l *Loader[int]
	l = NewLoader(q, func(k int) Read {
		return func(context.Context) func() {
			return func() {
				shown += fmt.Sprint(k)
				if k == 1 {
					l.Load(2)
				}
			}
		}
	})
	l.Load(1)
	l.Load(3)
	for len(q.work) > 0 {
		q.next()
	}
	if shown != "123" || l.Busy() {
		t.Errorf("shown %s, busy %v", shown, l.Busy())
	}
}
