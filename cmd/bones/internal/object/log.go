package object

import (
	"time"

	"bones/procwalk/text"
)

// LogLine is a line that a container has printed: bones logs --json prints one object a line.
type LogLine struct {
	Time    *time.Time `json:"time"`           // when its engine read it; null: not known
	Stream  *text.Text `json:"stream"`         // stdout or stderr; null: not known
	Text    text.Text  `json:"text"`           // without the end of the line
	LeftOut int        `json:"bytes_left_out"` // of a line that is longer than bones keeps
}
