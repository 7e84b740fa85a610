package host

import "encoding/json"

// wording is what the records of a change say for people. It stays as it is: a change that ends has another.
type wording struct {
	what, byHand  string          // of the intent
	note, failure string          // of the done
	state         json.RawMessage // all that the effect is about
}

// maxWorded is how much of what changes were in words is kept from the first reading of a journal, in bytes: of some
// 2,000 changes. A listing would otherwise read and parse each record a second time, which takes as long as all the
// rest of it. A journal may be much longer than what may stand in memory, and what a change is about may be 16 MiB.
const maxWorded = 1 << 20

func (w *wording) size() int {
	return len(w.what) + len(w.byHand) + len(w.note) + len(w.failure) + len(w.state)
}

// keepWording keeps a wording where there is room for it, and returns nil where there is none.
func (s *state) keepWording(w wording) *wording {
	if s.worded+w.size() > maxWorded {
		return nil
	}
	s.worded += w.size()
	return &w
}

// wording returns what the records of a change say, and reads them where that was not kept.
func (h *History) wording(c *Change) (*wording, error) {
	if c.wording != nil {
		return c.wording, nil
	}
	intent, done, err := h.records(c)
	if err != nil {
		return nil, err
	}
	w := &wording{what: intent.What, byHand: intent.ByHand, state: intent.State}
	if done != nil {
		w.note, w.failure = done.Note, done.Error
	}
	return w, nil
}
