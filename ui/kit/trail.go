package kit

// Trail is the history of jumps between positions.
type Trail[P comparable] struct {
	positions []P
	at        int
}

const trailMax = 100

// Add remembers a jump; what was ahead is forgotten.
func (t *Trail[P]) Add(from, to P) {
	if len(t.positions) == 0 || t.positions[t.at] != from {
		t.positions = append(t.positions[:min(t.at+1, len(t.positions))], from)
	} else {
		t.positions = t.positions[:t.at+1]
	}
	t.positions = append(t.positions, to)
	if n := len(t.positions) - trailMax; n > 0 {
		t.positions = append(t.positions[:0], t.positions[n:]...)
	}
	t.at = len(t.positions) - 1
}

// Back goes to the position before; false: there is none.
func (t *Trail[P]) Back() (P, bool) { return t.step(-1) }

// Forward goes forward again.
func (t *Trail[P]) Forward() (P, bool) { return t.step(1) }

func (t *Trail[P]) step(by int) (P, bool) {
	if at := t.at + by; at >= 0 && at < len(t.positions) {
		t.at = at
		return t.positions[at], true
	}
	return *new(P), false
}
