package object

import (
	"time"

	"bones/procwalk/text"
)

// SeriesPoint is what a container or a group of them used in one step of a recording.
type SeriesPoint struct {
	Time       time.Time         `json:"time"`
	By         string            `json:"by"`
	Name       *text.Text        `json:"name"`
	ID         *text.Text        `json:"id"`
	Containers int               `json:"containers"`
	CPU        *float64          `json:"cpu_percent"`
	Memory     *uint64           `json:"memory_bytes"`
	Limit      *uint64           `json:"memory_limit_bytes"`
	PIDs       *uint64           `json:"pids_current"`
	Read       *uint64           `json:"read_bytes"`
	Write      *uint64           `json:"write_bytes"`
	Errors     map[string]string `json:"errors"`
}
