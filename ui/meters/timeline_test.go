package meters

import (
	"strings"
	"testing"
	"time"
)

// stream is a recording that came through a pipe.
type stream struct {
	first, ended time.Time
	cut          bool
}

func (s stream) Position() (frame, frames int, first, last time.Time, follows bool) {
	return 4, 4, s.first, s.first.Add(time.Hour), true
}

func (s stream) Ended() (time.Time, bool) { return s.ended, s.cut }

// TestTimeLineOfAStream: a stream that has ended is not live, and the line says since when nothing comes, in few words
// where there is little room.
func TestTimeLineOfAStream(t *testing.T) {
	first := time.Date(2026, 1, 31, 3, 0, 0, 0, time.Local)
	for _, c := range []struct {
		of   stream
		room int
		want string
	}{
		{stream{first: first}, 80, "] 4/4 live"},
		{stream{first, first.Add(time.Hour), false}, 80, "] 4/4, stream ended at 04:00:00"},
		{stream{first, first.Add(time.Hour), true}, 80, "] 4/4, stream broke off at 04:00:00"},
		{stream{first, first.Add(time.Hour), true}, 56, "] 4/4 broke off 04:00:00"},
		{stream{first, first.Add(time.Hour), true}, 40, " 4/4 broke off 04:00:00"},
	} {
		if got := TimeLine(c.of, nil, first.Add(time.Hour), true, c.room); !strings.HasSuffix(got, c.want) {
			t.Errorf("in %d cells %q, want %q at its end", c.room, got, c.want)
		}
	}
}

// still is a recording to which nothing is written any more.
type still struct{ stream }

func (still) Growing() bool { return false }

func TestTimeLineOfAnOldRecording(t *testing.T) {
	first := time.Date(2026, 1, 31, 3, 0, 0, 0, time.Local)
	if got := TimeLine(still{stream{first: first}}, nil, first, true, 80); !strings.HasSuffix(got, "] 4/4 end") {
		t.Errorf("%q", got)
	}
}
