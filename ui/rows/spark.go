package rows

import (
	"time"
)

// TimeSeries keeps what a number was over the last minutes, as means of a quarter of a minute.
type TimeSeries struct {
	means []float64
	sum   float64 // of the mean that is being made
	count int
	began time.Time
}

const (
	historyStep = 15 * time.Second
	historyMax  = 40 // ten minutes
)

// Add takes a value up. Values come in the order of time.
func (h *TimeSeries) Add(at time.Time, v float64) {
	if h.count > 0 && at.Sub(h.began) >= historyStep {
		h.means = append(h.means, h.sum/float64(h.count))
		if n := len(h.means) - historyMax; n > 0 {
			h.means = append(h.means[:0], h.means[n:]...)
		}
		h.sum, h.count = 0, 0
	}
	if h.count == 0 {
		h.began = at
	}
	h.sum += v
	h.count++
}

// Last returns the newest n means, the one that is being made last.
func (h *TimeSeries) Last(n int) []float64 {
	if h.count == 0 {
		return nil
	}
	all := append(append([]float64(nil), h.means...), h.sum/float64(h.count))
	return all[max(0, len(all)-n):]
}

// mean is the mean of what a spark line shows, and the greatest of that and of top.
func (h *TimeSeries) mean(top float64) (mean, greatest float64) {
	for _, v := range h.Last(sparkCells) {
		mean += v / sparkCells
		top = max(top, v)
	}
	return mean, top
}

var (
	sparkUnicode = []rune("▁▂▃▄▅▆▇█")
	sparkASCII   = []rune("_.,-=+*#")
)

// AppendSpark appends one character for each value, its height the share of the greatest value, or of least if that is
// more: noise near nothing is to look like nothing.
func AppendSpark(dst []byte, values []float64, least float64, ascii bool) []byte {
	steps := sparkUnicode
	if ascii {
		steps = sparkASCII
	}
	top := least
	for _, v := range values {
		top = max(top, v)
	}
	for _, v := range values {
		at := 0
		if top > 0 && v > 0 {
			at = min(int(v/top*float64(len(steps))), len(steps)-1)
		}
		dst = append(dst, string(steps[at])...)
	}
	return dst
}

// AppendBar appends a bar of so many cells between brackets. A share that is not nothing shows at least half a cell's
// worth of being there: one stroke.
func AppendBar(dst []byte, share float64, cells int) []byte {
	full := int(max(0, min(share, 1))*float64(cells) + 0.5)
	if share > 0.001 && full == 0 {
		full = 1
	}
	dst = append(dst, '[')
	for i := range cells {
		if i < full {
			dst = append(dst, '|')
		} else {
			dst = append(dst, ' ')
		}
	}
	return append(dst, ']')
}
