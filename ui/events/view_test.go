package events_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	inventory "bones/cgroupview/inventory/events"
	"bones/procwalk/leaktest"
	"bones/procwalk/text"
	"bones/ui"
	"bones/ui/events"
	"bones/ui/rows/rowstest"
	"bones/ui/uitest"
	"bones/ui/uitest/fakehost"
)

func TestMain(m *testing.M) { leaktest.Main(m) }

type rig struct {
	*uitest.Rig
	log *inventory.Log
}

func (r *rig) view() *events.View { return r.View().(*events.View) }

// world shows view 6 for PID 970.
func world(t testing.TB, w, h int, changes ...uitest.Change) *rig {
	log := fakehost.Events(rowstest.World(2).Taken)
	with := func(h *fakehost.FakeHost, o *ui.Options) {
		uitest.WithGroups(h, o)
		o.Events.Log = log
	}
	return &rig{uitest.Show(t, w, h, "6", rowstest.World, with, changes...), log}
}

func TestGolden(t *testing.T) {
	for _, size := range [][2]int{{80, 24}, {160, 45}} {
		for name, keys := range map[string][]string{"events-start": nil, "events-all": {"O", "k", "k", "k"}} {
			name := fmt.Sprintf("%s-%dx%d", name, size[0], size[1])
			t.Run(name, func(t *testing.T) {
				r := world(t, size[0], size[1])
				r.Press(keys...)
				r.SafeAsDrawn()
				r.Golden(name)
			})
		}
	}
}

// TestEqualEventsAreCounted: the details of an event say how often the like of it happened, and nothing where it did
// so once.
func TestEqualEventsAreCounted(t *testing.T) {
	r := world(t, 160, 45)
	first := *r.view().Selected()
	if r.Shows("Like it") {
		t.Errorf("one event is counted:\n%s", r.Text())
	}
	for i := range 3 {
		e := first
		e.Time, e.PID = e.Time.Add(time.Duration(i+1)*time.Minute), 5000+i
		r.log.Add(e)
	}
	other := first
	other.Name = text.New("another")
	r.log.Add(other)
	r.App.Update(r.FakeHost.Frame(rowstest.World(3)))
	r.view().Select(&first)
	r.Redraw()
	if !r.Shows("4 events of this kind") {
		t.Errorf("four alike are not counted:\n%s", r.Text())
	}
}

// TestEveryKey presses each key that view 6 adds.
func TestEveryKey(t *testing.T) {
	type check func(*rig) bool
	at := func(kind inventory.EventKind) check {
		return func(r *rig) bool { return r.view().Selected().Kind == kind }
	}
	shows := func(s string) check { return func(r *rig) bool { return r.Shows(s) } }
	cases := map[string]struct {
		keys []string
		ok   check
	}{
		"j": {[]string{"g", "j", "j"}, at("limit")}, "Down": {[]string{"g", "Down", "Down"}, at("limit")},
		"k": {[]string{"k"}, at("limit")}, "Up": {[]string{"Up"}, at("limit")},
		"g": {[]string{"g"}, at("container")}, "Home": {[]string{"Home"}, at("container")},
		"G": {[]string{"g", "G"}, at("oom")}, "End": {[]string{"g", "End"}, at("oom")},
		"^f": {[]string{"g", "^f"}, at("oom")}, "PgDn": {[]string{"g", "PgDn"}, at("oom")},
		"^b": {[]string{"^b"}, at("container")}, "PgUp": {[]string{"PgUp"}, at("container")},
		"Shift-Right": {[]string{"Shift-Right"}, at("oom")}, "^e": {[]string{"^e"}, at("oom")},
		"Shift-Left": {[]string{"^e", "Shift-Left"}, at("oom")}, "^a": {[]string{"^e", "^a"}, at("oom")},
		"/":  {[]string{"/", "k", "i", "n", "d", ":", "e", "x", "Enter"}, shows("2 events  filter")},
		"F4": {[]string{"F4", "!", "c", "a", "c", "h", "e", "Enter"}, shows("1 event  2 common ones hidden")},
		"O":  {[]string{"O"}, shows("6 events")},
		"F3": {[]string{"g", "F3", "l", "i", "m", "i", "t", "Enter"}, at("limit")},
		"n":  {[]string{"g", "F3", "h", "o", "g", "Enter", "n"}, at("oom")},
		"N":  {[]string{"g", "F3", "h", "o", "g", "Enter", "N"}, at("oom")},
	}
	table := world(t, 160, 45).View().Keys()
	fakehost.AllTested(t, table, cases)
	for _, name := range fakehost.KeyNames(table) {
		c, ok := cases[name]
		if !ok {
			continue
		}
		t.Run(name, func(t *testing.T) {
			r := world(t, 160, 45)
			r.Press(c.keys...)
			r.SafeAsDrawn()
			if !c.ok(r) {
				t.Errorf("after %q %+v is selected, and the screen is\n%s", c.keys, r.view().Selected(), r.Text())
			}
		})
	}
}

// TestEnterGoesThere: to the process or the container that an event happened to, if it is there.
func TestEnterGoesThere(t *testing.T) {
	r := world(t, 120, 30)
	r.Press("k", "Enter") // the limit of cache
	if r.View().Number() != 2 || r.PID() != 970 {
		t.Errorf("view %d, PID %d", r.View().Number(), r.PID())
	}
	r.Press("6", "G", "Enter") // hog has ended, its container has not
	if r.View().Number() != 2 || r.PID() != 970 {
		t.Errorf("view %d, PID %d", r.View().Number(), r.PID())
	}
	r.Press("6", "O", "g", "j", "Enter")
	if r.View().Number() != 6 || !r.Shows("PID 3000 is not there any more") {
		t.Errorf("view %d\n%s", r.View().Number(), r.Text())
	}
}

// TestNewEvents: whoever stands on the last event sees those that come, whoever has gone to another stays there.
func TestNewEvents(t *testing.T) {
	r := world(t, 120, 30)
	add := func(what string) {
		r.log.Add(inventory.Event{Time: rowstest.World(3).Taken, Kind: inventory.Freeze, What: text.New(what)})
		r.App.Update(r.FakeHost.Frame(rowstest.World(3)))
	}
	add("first")
	if e := r.view().Selected(); e.What.Raw() != "first" {
		t.Errorf("%+v is selected", e)
	}
	r.Press("k")
	add("second")
	if e := r.view().Selected(); e.Kind != inventory.OOM || !strings.Contains(r.Text(), "second") {
		t.Errorf("%+v is selected", e)
	}
}
