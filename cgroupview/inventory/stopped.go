package inventory

import (
	"slices"
	"strings"
	"time"

	"bones/cgroupview/container"
	"bones/procwalk/text"
)

// Stopped reads which containers the engines keep records of that have no process, from the disk as it is now. more
// reports whether there are more than were read. Of a recording nothing is known: container.ErrNoRecords.
func (x *Inventory) Stopped() (list []container.Stopped, more bool, errs []error) {
	if x == nil || x.store == nil {
		return nil, false, []error{container.ErrNoRecords}
	}
	ids := make(map[string]bool, len(x.List))
	for _, c := range x.List {
		ids[c.ID.Raw()] = true
	}
	return x.store.Stopped(func(id string) bool { return ids[id] })
}

// Log finds where the engine of a container writes down what it prints, and LogOf that of one that does not run. See
// container.Store.Log for the errors; of a recording nothing is known: container.ErrNoRecords.
func (x *Inventory) Log(c *Container) (*container.Log, error) {
	if x == nil || x.store == nil {
		return nil, container.ErrNoRecords
	}
	return x.store.Log(c.Chain, c.recorder, c.Info)
}

// LogOf is Log for a container that does not run.
func (x *Inventory) LogOf(c container.Stopped) (*container.Log, error) {
	if x == nil || x.store == nil {
		return nil, container.ErrNoRecords
	}
	return x.store.LogOf(c)
}

// FindStopped returns the containers that do not run and that a word names: by name, or by the beginning of the id.
func (x *Inventory) FindStopped(word string) []container.Stopped {
	t, err := ParseTarget(word)
	if err != nil || x == nil || x.store == nil {
		return nil
	}
	list, _, _ := x.Stopped() // what cannot be read names nothing
	return slices.DeleteFunc(list, func(c container.Stopped) bool {
		named := c.Name.Raw() == t.Value && (t.Kind == ByWord || t.Kind == ByName)
		id := len(t.Value) >= shortestID && strings.HasPrefix(c.ID.Raw(), t.Value) && (t.Kind == ByWord || t.Kind == ByID)
		return !named && !id
	})
}

// NotRunning is the error of a word that names a container that does not run, with what became of it; nil if it names
// none.
func (x *Inventory) NotRunning(word string) error {
	list := x.FindStopped(word)
	if len(list) == 0 {
		return nil
	}
	c := list[0]
	if len(list) > 1 {
		return noTarget("%s: %d containers have this name, and none of them runs; `bones containers --all` lists them",
			text.Sanitise(word), len(list))
	}
	return noTarget("%s: the %s container %s (%s) does not run: %s; `bones logs id:%s` shows what it has printed",
		text.Sanitise(word), c.Runtime, c.Name, ShortID(c.ID), c.Status(time.Now()), ShortID(c.ID))
}

// shortestID is how many digits of an id must be given.
const shortestID = 3
