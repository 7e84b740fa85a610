package kit

import (
	"fmt"
	"strconv"

	"bones/procwalk/effect"
	"bones/ui/rows"
)

// SignalChoice is one line of the signal menu.
type SignalChoice struct {
	Number     int
	Name, Does string // "TERM", and what it does to a process
}

// AskSignal lets the user choose a signal, TERM first, and performs the effects of sending it.
func AskSignal(sh Shell, title string, choices []SignalChoice, effects func(number int) ([]effect.Effect, error)) {
	m := &Menu{Title: title}
	for i, s := range choices {
		m.Items = append(m.Items, Item{Label: fmt.Sprintf("%2s %s", strconv.Itoa(s.Number), s.Name), Text: s.Does})
		if s.Name == "TERM" {
			m.At = i
		}
	}
	m.Pick = func(i int) bool {
		if i < 0 || i >= len(choices) {
			return true
		}
		list, err := effects(choices[i].Number)
		if err != nil {
			sh.Notice(rows.Bad, ErrorLine(err))
			return true
		}
		sh.Perform(Plan{Effects: list})
		return true
	}
	sh.Open(m)
}
