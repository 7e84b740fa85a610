package object

import (
	"bones/procwalk/fault"
	"bones/procwalk/text"
	"bones/procwalk/tuning"
)

// Tuned is what `bones tune TARGET --json` prints of one process.
type Tuned struct {
	PID      int               `json:"pid"`
	Comm     text.Text         `json:"comm"`
	Settings []TunedSetting    `json:"settings"`
	Errors   map[string]string `json:"errors"` // by the name of a setting
}

// TunedSetting is one setting. Resource limits are SOFT:HARD.
type TunedSetting struct {
	Name    string        `json:"name"`
	Value   *text.Text    `json:"value"`   // that of most threads; null: not known, see errors
	Threads []TunedThread `json:"threads"` // those that have another value
}

// TunedThread is a thread with a value of its own.
type TunedThread struct {
	TID   int       `json:"tid"`
	Value text.Text `json:"value"`
}

// NewTuned makes the object of what package tuning has read of one process.
func NewTuned(pid int, comm text.Text, values []tuning.Value) Tuned {
	t := Tuned{PID: pid, Comm: comm, Settings: []TunedSetting{}, Errors: map[string]string{}}
	for _, v := range values {
		s := TunedSetting{Name: v.Name, Threads: []TunedThread{}}
		if v.Err != nil {
			t.Errors[v.Name] = fault.Line(v.Err)
		} else {
			value := text.New(v.Value)
			s.Value = &value
		}
		for _, a := range v.Apart {
			s.Threads = append(s.Threads, TunedThread{a.TID, text.New(a.Value)})
		}
		t.Settings = append(t.Settings, s)
	}
	return t
}
