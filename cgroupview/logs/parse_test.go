package logs

import (
	"strings"
	"testing"
	"time"
)

// TestForms: each form as its engine writes it, and lines that no engine writes.
func TestForms(t *testing.T) {
	at := "2026-01-02T03:04:05.000000006Z"
	for _, c := range []struct {
		name  string
		parse func([]byte) (Entry, error)
		line  string
		want  string // empty: it is refused
		part  bool
	}{
		{"docker", ParseDocker, `{"log":"a \u001b[1m\"b\"\n","stream":"stderr","time":"` + at + `"}`, at + ` stderr "a \x1b[1m\"b\""`, false},
		{"docker's part", ParseDocker, `{"log":"a","stream":"stdout","time":"` + at + `"}`, at + ` stdout "a"`, true},
		{"docker with labels", ParseDocker, `{"log":"\n","stream":"x","attrs":{"a":"b"},"time":"` + at + `"}`, at + `  ""`, false},
		{"docker half written", ParseDocker, `{"log":"a\n","stre`, "", false},
		{"docker without a line", ParseDocker, `{"stream":"stdout"}`, "", false},
		{"docker's null", ParseDocker, `null`, "", false},
		{"cri", ParseCRI, at + " stdout F a  b ", at + ` stdout "a  b "`, false},
		{"cri's part", ParseCRI, at + " stderr P a", at + ` stderr "a"`, true},
		{"cri's further tags", ParseCRI, at + " stderr F:x:y a", at + ` stderr "a"`, false},
		{"cri empty", ParseCRI, at + " stdout F ", at + ` stdout ""`, false},
		{"podman empty", ParseCRI, at + " stdout F", at + ` stdout ""`, false},
		{"podman's zone", ParseCRI, "2026-01-02T04:04:05.000000006+01:00 stdout F a", "2026-01-02T04:04:05.000000006+01:00" + ` stdout "a"`, false},
		{"cri without a time", ParseCRI, "stdout F a", "", false},
		{"cri of another stream", ParseCRI, at + " stdin F a", "", false},
		{"cri with another tag", ParseCRI, at + " stdout X a", "", false},
		{"cri cut", ParseCRI, at + " stdout", "", false},
		{"journal", ParseJournal, `{"MESSAGE":"a","PRIORITY":"6","__REALTIME_TIMESTAMP":"1767323045000006"}`, `2026-01-02T03:04:05.000006Z stdout "a"`, false},
		{"journal's bytes", ParseJournal, `{"MESSAGE":[97,255],"PRIORITY":"3","__REALTIME_TIMESTAMP":"1767323045000006"}`, `2026-01-02T03:04:05.000006Z stderr "a\xff"`, false},
		{"journal's part", ParseJournal, `{"MESSAGE":"a","CONTAINER_PARTIAL_MESSAGE":"true","__REALTIME_TIMESTAMP":"0"}`, `1970-01-01T00:00:00Z stdout "a"`, true},
		{"journal too large", ParseJournal, `{"MESSAGE":null,"__REALTIME_TIMESTAMP":"0"}`, `1970-01-01T00:00:00Z stdout ""`, false},
		{"journal's no bytes", ParseJournal, `{"MESSAGE":[256],"__REALTIME_TIMESTAMP":"0"}`, "", false},
		{"journal's object", ParseJournal, `{"MESSAGE":{},"__REALTIME_TIMESTAMP":"0"}`, "", false},
		{"journal without a time", ParseJournal, `{"MESSAGE":"a"}`, "", false},
	} {
		e, err := c.parse([]byte(c.line))
		switch {
		case c.want == "" && err == nil:
			t.Errorf("%s: taken for %v", c.name, e)
		case c.want != "" && (err != nil || e.String() != c.want || e.Partial != c.part):
			t.Errorf("%s: %v, part %v, %v; it is %s, part %v", c.name, e, e.Partial, err, c.want, c.part)
		}
	}
}

// TestJoiner: parts of the two streams between each other come out whole, and a line without an end is bounded.
func TestJoiner(t *testing.T) {
	var j Joiner
	var got []string
	add := func(stream, s string, part bool) {
		if e, ok := j.Add(Entry{Stream: stream, Text: s, Partial: part, Time: time.Unix(1, 0)}); ok {
			got = append(got, e.Stream+":"+e.Text)
		}
	}
	add("stdout", "a", true)
	add("stderr", "x", true)
	add("stdout", "b", true)
	add("stderr", "y", false)
	add("stdout", "c", false)
	add("stdout", "d", false)
	add("stderr", "end", true)
	for _, e := range j.Rest() {
		got = append(got, e.Stream+":"+e.Text)
	}
	if s := strings.Join(got, " "); s != "stderr:xy stdout:abc stdout:d stderr:end" {
		t.Errorf("joined to %s", s)
	}
	const parts = 5
	var last Entry
	for i := range parts {
		last, _ = j.Add(Entry{Text: strings.Repeat("z", MaxLine/2), Partial: i < parts-1})
	}
	if len(last.Text) != MaxLine || last.Cut != parts*(MaxLine/2)-MaxLine {
		t.Errorf("%d bytes are kept, %d left out", len(last.Text), last.Cut)
	}
}

// FuzzParse: nothing that a container prints makes a parser panic, or longer than it is.
func FuzzParse(f *testing.F) {
	for _, s := range []string{`{"log":"a\n","stream":"stdout","time":"2026-01-02T03:04:05Z"}`, "2026-01-02T03:04:05Z stdout P a",
		`{"MESSAGE":[97,255],"PRIORITY":"3","__REALTIME_TIMESTAMP":"1767323045000006"}`, "", " ", "null", "  F", "{"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, line []byte) {
		for name, parse := range map[string]func([]byte) (Entry, error){"docker": ParseDocker, "cri": ParseCRI,
			"journal": ParseJournal} {
			e, err := parse(line)
			if err != nil && e != (Entry{}) {
				t.Errorf("%s: an entry beside an error: %v", name, e)
			}
			if len(e.Text) > 3*len(line) { // U+FFFD for a byte
				t.Errorf("%s: %d bytes of %d", name, len(e.Text), len(line))
			}
		}
	})
}
