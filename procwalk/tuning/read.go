package tuning

import (
	"fmt"

	"bones/procwalk"
)

// Value is a setting as it is now, or as it is to be: of all threads, but for those that have one of their own.
type Value struct {
	Name  string  `json:"name"`
	Value string  `json:"value"`
	Apart []Apart `json:"threads,omitempty"`
	// Left is what the change left there that this value takes back: who takes it back is told where there is something
	// else by then. Empty: it takes nothing back.
	Left string `json:"left,omitempty"`
	Err  error  `json:"-"` // why it could not be read
}

// Apart is what one thread has of its own.
type Apart struct {
	TID   int    `json:"tid"`
	Start uint64 `json:"start"` // in clock ticks since boot
	Value string `json:"value"`
}

// String is the value, and how many threads have another one.
func (v Value) String() string {
	if len(v.Apart) > 0 {
		return fmt.Sprintf("%s (%d threads differ, the first of them %s)", v.Value, len(v.Apart), v.Apart[0].Value)
	}
	return v.Value
}

// Read reads all settings of a process as they are now. Where one cannot be read, its Err says why.
func Read(root string, id procwalk.ID) ([]Value, error) {
	p, err := open(root, id)
	if err != nil {
		return nil, err
	}
	defer p.close()
	var list []Value
	for _, s := range Settings() {
		list = append(list, p.read(s.Name))
	}
	return list, nil
}

func (p *process) read(name string) Value {
	v := Value{Name: name}
	if !perThread(name) {
		v.Value, v.Err = p.ofProcess(name)
		return v
	}
	var t gathered
	err := p.eachThread(func(tid int, s procwalk.Stat) error {
		value, err := p.ofThread(name, tid, &s)
		t.add(tid, s.StartTime, value, err)
		return err
	})
	if v = t.value(name); err != nil {
		v.Err = err
	} else if len(t.list) == 0 {
		v.Err = procwalk.ErrGone
	}
	return v
}

// gathered are the values of the threads of a process.
type gathered struct{ list []Apart }

func (g *gathered) add(tid int, start uint64, value string, err error) {
	if err == nil {
		g.list = append(g.list, Apart{tid, start, value})
	}
}

// value takes what most threads have for that of all, which threads that are started later have too, as a rule.
func (g *gathered) value(name string) Value {
	v, count := Value{Name: name}, map[string]int{}
	for _, t := range g.list {
		if count[t.Value]++; count[t.Value] > count[v.Value] {
			v.Value = t.Value
		}
	}
	for _, t := range g.list {
		if t.Value != v.Value {
			v.Apart = append(v.Apart, t)
		}
	}
	return v
}

// set changes one setting, and returns what it was, as far as it was changed: also beside an error.
func (p *process) set(v Value) (was Value, changed bool, note string, err error) {
	if err := p.mayChange(); err != nil {
		return was, false, "", err
	}
	if !perThread(v.Name) {
		before, err := p.setProcess(v.Name, v.Value)
		if err != nil {
			return was, false, "", explain(v.Name, err)
		}
		if now, err := p.ofProcess(v.Name); err == nil {
			note = differs(v, now)
		}
		return Value{Name: v.Name, Value: before}, true, note, nil
	}
	own := map[[2]uint64]string{}
	for _, t := range v.Apart {
		own[[2]uint64{uint64(t.TID), t.Start}] = t.Value
	}
	var t gathered
	err = p.eachThread(func(tid int, s procwalk.Stat) error {
		value, ok := own[[2]uint64{uint64(tid), s.StartTime}]
		if !ok {
			value = v.Value
		}
		before, err := p.ofThread(v.Name, tid, &s)
		if err != nil {
			return err
		}
		// What is set is compared with what is read: "2:4" is best-effort:4.
		if n, err := parseIOPrio(value); err == nil && v.Name == IOPrio {
			value = ioPrioText(n)
		}
		if err := p.change(numbered{tid, s.StartTime, func() (string, error) { return getThread(v.Name, tid) },
			func(to string) error { return setThread(v.Name, tid, to) }, v.Name == CPUs}, value); err != nil {
			return err
		}
		t.add(tid, s.StartTime, before, nil)
		if note == "" && v.Name == CPUs {
			if now, err := p.ofThread(v.Name, tid, &s); err == nil && now != value {
				note = fmt.Sprintf("PID %d: its control group lets it have processors %s only, of %s", p.id.PID, now, value)
			}
		}
		return nil
	})
	if err != nil {
		return t.value(v.Name), len(t.list) > 0, note, explain(v.Name, err)
	}
	if len(t.list) == 0 {
		return was, false, "", procwalk.ErrGone
	}
	return t.value(v.Name), true, note, nil
}

// differs says where the kernel keeps another value than was asked for.
func differs(v Value, now string) string {
	if v.Name != OOM || now == v.Value {
		return ""
	}
	return fmt.Sprintf("the kernel has %s=%s in place of %s", v.Name, now, v.Value)
}
