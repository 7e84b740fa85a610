package eventlist

import (
	"os"
	"strings"

	"bones/cgroupview/inventory"
	"bones/cgroupview/inventory/events"
	"bones/procwalk/text"
)

// target is what a TARGET names, among events. It may have ended long since: then events know it by name and id.
type target struct {
	inventory.Target
	word string
	keys map[string]bool // of the containers that it names now
	met  bool            // something is called so
}

func newTarget(word string) (*target, error) {
	t, err := inventory.ParseTarget(word)
	if t.Kind == inventory.Self {
		t.Kind, t.PID = inventory.ByPID, os.Getpid()
	}
	return &target{Target: t, word: word, keys: map[string]bool{}}, err
}

// resolve looks for it among the containers of a moment.
func (t *target) resolve(m *inventory.Moment) {
	if t.Kind == inventory.ByPID {
		t.met = t.met || m.Snapshot.Find(t.PID) != nil
		return
	}
	if m.Inventory == nil {
		return
	}
	list, err := m.Inventory.FindContainers(m.Snapshot, []string{t.word})
	if err != nil {
		return
	}
	t.met = true
	for _, c := range list {
		t.keys[c.Key] = true
	}
}

// matches reports whether an event happened to it.
func (t *target) matches(e *events.Event) bool {
	is := e.Key != "" && t.keys[e.Key]
	switch name, id := e.Name.Raw(), e.ID.Raw(); t.Kind {
	case inventory.ByPID:
		is = e.PID == t.PID
	case inventory.ByName:
		is = is || name == t.Value
	case inventory.ByID:
		is = is || id != "" && strings.HasPrefix(id, t.Value)
	case inventory.ByWord:
		is = is || name == t.Value || strings.HasPrefix(id, t.Value) && len(t.Value) >= 2
	case inventory.ByGroup:
		rest, in := strings.CutPrefix(e.Group.Raw(), strings.TrimSuffix(t.Value, "/"))
		is = is || e.Group.Len() > 0 && in && (rest == "" || rest[0] == '/')
	}
	t.met = t.met || is
	return is
}

// missing is the error of one that nothing is called like, now or in the events.
func (t *target) missing() error {
	if t.met {
		return nil
	}
	return noTarget(text.Line(t.word))
}
