package logs

import (
	"encoding/json"
	"errors"
	"strings"
	"time"
)

// errForm is what is wrong with a line that no engine wrote so.
var errForm = errors.New("a line of the log does not have the form that the engine writes")

// ParseDocker reads a line of Docker's json-file. Docker splits what a container prints after 16 KiB; a part without
// the end of its line goes on in the next one.
//
// Source: github.com/moby/moby, daemon/logger/jsonfilelog/jsonlog/jsonlog.go.
func ParseDocker(line []byte) (Entry, error) {
	var v struct {
		Log    *string   `json:"log"`
		Stream string    `json:"stream"`
		Time   time.Time `json:"time"`
	}
	if err := json.Unmarshal(line, &v); err != nil || v.Log == nil {
		return Entry{}, errForm
	}
	e := Entry{Time: v.Time, Stream: streamName(v.Stream)}
	whole := false
	e.Text, whole = strings.CutSuffix(*v.Log, "\n")
	e.Partial = !whole
	return e, nil
}

// streamName is a stream that there is; of others nothing is known.
func streamName(s string) string {
	if s == "stdout" || s == "stderr" {
		return s
	}
	return ""
}
