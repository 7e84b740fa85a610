package kubectl

import (
	"bytes"
	"io"

	"bones/procwalk/text"
)

// safeLines passes on what kubectl and the cluster say on the standard error, a line at a time, without what could
// steer the terminal.
type safeLines struct {
	to   io.Writer
	rest []byte
}

// maxLine is how many bytes without the end of a line are kept back.
const maxLine = 8 << 10

// Write implements io.Writer.
func (s *safeLines) Write(b []byte) (int, error) {
	s.rest = append(s.rest, b...)
	for {
		line, rest, whole := bytes.Cut(s.rest, []byte("\n"))
		if !whole && len(s.rest) < maxLine {
			return len(b), nil
		}
		s.rest = rest
		if err := s.print(line); err != nil {
			return 0, err
		}
	}
}

func (s *safeLines) print(line []byte) error {
	_, err := io.WriteString(s.to, text.Sanitise(string(bytes.TrimSuffix(line, []byte("\r"))))+"\n")
	return err
}

// end passes on what came without the end of a line.
func (s *safeLines) end() {
	if len(s.rest) > 0 {
		s.print(s.rest)
	}
}
