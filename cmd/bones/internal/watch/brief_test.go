package watch

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"bones/cgroupview/container"
	"bones/cgroupview/inventory"
	"bones/cgroupview/inventory/events"
	"bones/procwalk"
	"bones/procwalk/connector"
	"bones/procwalk/proctest"
	"bones/procwalk/text"
)

// TestContainersBetweenTwoMoments: a container that began and ended between two moments is told of, even in a storm of
// programs of others, of which most are left out; one that a moment has is told of by comparing alone.
func TestContainersBetweenTwoMoments(t *testing.T) {
	tree := proctest.New(t)
	const storm = 400
	ids := []string{strings.Repeat("ab", 32), strings.Repeat("cd", 32)}
	tree.Fill(storm+2, func(i int) proctest.Proc {
		return proctest.Proc{PID: i + 10, PPID: 1, Comm: "sh", Args: []string{"sh"}}
	})
	for i, id := range ids {
		tree.Write(fmt.Sprintf("%d/cgroup", 10+storm+i), "0::/docker/"+id+"\n")
	}
	moment := func(list ...string) *inventory.Moment {
		s := &procwalk.Snapshot{Taken: time.Now(), Processes: []procwalk.Process{{Stat: procwalk.Stat{PID: 1}}}}
		d := &inventory.Data{}
		for _, id := range list {
			d.Containers = append(d.Containers, inventory.ContainerData{Container: inventory.Container{Key: "docker/" + id,
				ID: text.New(id), Runtime: container.Docker, PID: 1}})
		}
		return &inventory.Moment{Snapshot: s, Inventory: inventory.New(d, s)}
	}
	w := &Watcher{config: Config{Proc: tree.Path()}, first: true, have: map[events.EventKind]int{},
		young: map[int]*process{}}
	w.Next(moment())
	args := argsReader{proc: tree.Path()}
	for pid := 10; pid < 10+storm+2; pid++ {
		w.message(&connector.Message{What: connector.Exec, PID: pid}, &args)
	}
	w.message(&connector.Message{What: connector.Exit, PID: 10 + storm, Since: 3 * time.Second}, &args)
	b := w.Next(moment(ids[1]))
	var said []string
	for _, e := range b.Events {
		if e.Kind == events.Container && e.ID.Raw() == ids[0] {
			said = append(said, e.What.Raw())
			if e.PID != 10+storm || e.Name.Len() == 0 {
				t.Errorf("%+v", e)
			}
		}
	}
	if len(said) != 2 || !strings.Contains(strings.Join(said, "\n"), "has begun") ||
		!strings.Contains(strings.Join(said, "\n"), "has ended") {
		t.Errorf("of the container that was there between: %q", said)
	}
	if b.LeftOut[events.Exec] == 0 {
		t.Error("nothing was left out: the storm was none")
	}
	if b = w.Next(moment(ids[1])); len(b.Events) != 0 {
		t.Errorf("it is told again: %v", b.Events)
	}
}

// TestContainerThatStartsWhileAMomentIsRead: what the connector tells after a moment was taken, and before the Watcher
// is shown it, is judged by the moment after that: it has not ended because this one could not have it.
func TestContainerThatStartsWhileAMomentIsRead(t *testing.T) {
	tree := proctest.New(t)
	ids := []string{strings.Repeat("12", 32), strings.Repeat("34", 32), strings.Repeat("56", 32)}
	tree.Fill(len(ids), func(i int) proctest.Proc {
		return proctest.Proc{PID: i + 10, PPID: 1, Comm: "sh", Args: []string{"sh"}}
	})
	for i, id := range ids {
		tree.Write(fmt.Sprintf("%d/cgroup", 10+i), "0::/docker/"+id+"\n")
	}
	start := time.Now().Add(-time.Hour)
	moment := func(second int, list ...string) *inventory.Moment {
		s := &procwalk.Snapshot{Taken: start.Add(time.Duration(second) * time.Second),
			Processes: []procwalk.Process{{Stat: procwalk.Stat{PID: 1}}}}
		d := &inventory.Data{}
		for _, id := range list {
			d.Containers = append(d.Containers, inventory.ContainerData{Container: inventory.Container{Key: "docker/" + id,
				ID: text.New(id), Runtime: container.Docker, PID: 1}})
		}
		return &inventory.Moment{Snapshot: s, Inventory: inventory.New(d, s)}
	}
	w := &Watcher{config: Config{Proc: tree.Path()}, first: true, have: map[events.EventKind]int{},
		young: map[int]*process{}}
	args := argsReader{proc: tree.Path()}
	hear := func(what connector.What, pid, second int) {
		at := start.Add(time.Duration(second) * time.Second)
		w.message(&connector.Message{What: what, PID: pid, Since: at.Sub(Boot())}, &args)
	}
	told := func(b *events.Batch) (s string) {
		for _, e := range b.Events {
			if e.Kind == events.Container {
				s += fmt.Sprintf("%s gone=%v at %.0f\n", e.ID.Raw()[:2], e.Gone, e.Time.Sub(start).Seconds())
			}
		}
		return s
	}
	w.Next(moment(0))
	hear(connector.Exec, 10, 11) // it lives on
	hear(connector.Exec, 11, 11) // it ends before the next moment
	hear(connector.Exec, 12, 9)  // runc, and behind the moment
	hear(connector.Exec, 12, 11) // the program that it runs
	if s := told(w.Next(moment(10))); s != "" {
		t.Errorf("of containers that started after the moment was taken: %s", s)
	}
	hear(connector.Exit, 11, 15)
	w.Next(&inventory.Moment{Snapshot: moment(15).Snapshot}) // nobody looked for containers
	s := told(w.Next(moment(20, ids[0], ids[2])))
	if !strings.Contains(s, "34 gone=false at 11\n34 gone=true at 15\n") {
		t.Errorf("of the one that ended before the next moment: %s", s)
	}
	if strings.Contains(s, "12 gone=true") || strings.Contains(s, "56 gone=true") {
		t.Errorf("of those that run: %s", s)
	}
	if s := told(w.Next(moment(30, ids[0], ids[2]))); s != "" {
		t.Errorf("it is told again: %s", s)
	}
}

// TestKilledInAContainerThatNoMomentHas: who was killed in a container that began and ended between two moments is
// told with the container, which the path of the group names.
func TestKilledInAContainerThatNoMomentHas(t *testing.T) {
	id := strings.Repeat("ef", 32)
	w := &Watcher{have: map[events.EventKind]int{}}
	s := &procwalk.Snapshot{Taken: time.Now()}
	m := &inventory.Moment{Snapshot: s, Inventory: inventory.New(&inventory.Data{}, s)}
	e := events.Event{Kind: events.OOM, PID: 7, Group: text.New("/docker/" + id)}
	if w.complete(&e, m); e.ID.Raw() != id || e.Name.Len() == 0 {
		t.Errorf("in the group of a container: %+v", e)
	}
	e = events.Event{Kind: events.OOM, PID: 7, Group: text.New("/user.slice")}
	if w.complete(&e, m); e.ID.Len() > 0 || e.Name.Len() > 0 {
		t.Errorf("in another group: %+v", e)
	}
}

// TestUnreadIsSaid: command lines that could not be read in time are said to be missing; a control group is read
// whole, however long the paths of others before it are.
func TestUnreadIsSaid(t *testing.T) {
	tree := proctest.New(t)
	id := strings.Repeat("ef", 32)
	const last = 10
	tree.Fill(2, func(i int) proctest.Proc {
		return proctest.Proc{PID: i + last, PPID: 1, Comm: "sh", Args: []string{"sh"}}
	})
	tree.Write(fmt.Sprintf("%d/cgroup", last), "9:cpu:/"+strings.Repeat("long/", 900)+"\n0::/docker/"+id+"\n")
	w := &Watcher{config: Config{Proc: tree.Path()}, first: true, have: map[events.EventKind]int{},
		young: map[int]*process{}}
	moment := func() *inventory.Moment {
		s := &procwalk.Snapshot{Taken: time.Now(), Processes: []procwalk.Process{{Stat: procwalk.Stat{PID: 1}}}}
		return &inventory.Moment{Snapshot: s, Inventory: inventory.New(&inventory.Data{}, s)}
	}
	missed := func() (said []string) {
		for _, e := range w.Next(moment()).Events {
			if e.Kind == events.Missed {
				said = append(said, e.What.Raw())
			}
		}
		return said
	}
	missed()
	args := argsReader{proc: tree.Path()}
	exec := func(pid int) { w.message(&connector.Message{What: connector.Exec, PID: pid}, &args) }
	exec(last)
	if got := w.brief[id]; got == nil {
		t.Error("of a long list of control groups the last one is not known")
	}
	if said := missed(); len(said) > 0 {
		t.Errorf("nothing was left out, and it is said that %q", said)
	}
	args.hang.Store(maxHanging)
	exec(last + 1)
	if said := strings.Join(missed(), "\n"); !strings.Contains(said, "left out: 1 command lines") {
		t.Errorf("it is said that %q", said)
	}
}

// TestBriefBoundsAreSaid: how many programs nobody looked at, and how many containers there was no room for, is an
// event.
func TestBriefBoundsAreSaid(t *testing.T) {
	w := &Watcher{have: map[events.EventKind]int{}, young: map[int]*process{}}
	for range maxLooked + 7 {
		w.looks()
	}
	for i := range maxBrief + 5 {
		w.ran(&events.Event{}, &process{member: member{ID: text.New(fmt.Sprint("id", i))}})
	}
	now := &inventory.Moment{Snapshot: &procwalk.Snapshot{Taken: time.Now()}}
	for _, want := range [][]string{{"left out: 7 programs", "left out: 5 programs"}, nil} {
		w.batch = events.Batch{}
		w.tellBrief(nil, now)
		var said []string
		for _, e := range w.batch.Events {
			said = append(said, e.What.Raw())
		}
		for _, part := range want {
			if !strings.Contains(strings.Join(said, "\n"), part) {
				t.Errorf("%q; want %q", said, part)
			}
		}
		if len(said) != len(want) {
			t.Errorf("%q", said)
		}
	}
}
