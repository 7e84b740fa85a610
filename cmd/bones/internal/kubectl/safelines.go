package kubectl

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"strings"

	"bones/cmd/bones/internal/command"
	"bones/procwalk/text"
)

// safeLines passes on what kubectl and the cluster say on the standard error, a line at a time, without what could
// steer the terminal.
type safeLines struct {
	to     io.Writer
	rest   []byte
	denied bool // it was said that a privilege is missing
	same   bool // it was said that nothing was changed
}

// endedForm is how kubectl exec says what the status of the program was.
//
// Source: kubectl, pkg/cmd/util/helpers.go (checkErr): "command terminated with exit code %d".
var endedForm = text.Pattern(`^command terminated with exit code [0-9]+\r?$`)

// deniedForm is how bones says that it lacks a privilege, or a mount that may be written to.
var deniedForm = text.Pattern(`\bCAP_[A-Z_]+\b|\((EPERM|EACCES|EROFS)\)|read-only file system`)

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
	if endedForm().Match(line) {
		return nil // the status of bones here says it
	}
	s.same = s.same || bytes.HasPrefix(line, []byte("bones: ")) && bytes.Contains(line, []byte("nothing was changed"))
	s.denied = s.denied || deniedForm().Match(line)
	_, err := io.WriteString(s.to, text.Sanitise(string(bytes.TrimSuffix(line, []byte("\r"))))+"\n")
	return err
}

// end passes on what came without the end of a line.
func (s *safeLines) end() {
	if len(s.rest) > 0 {
		s.print(s.rest)
	}
}

// limited takes so many bytes and drops the others.
type limited struct {
	to   *bytes.Buffer
	room int
}

// Write implements io.Writer.
func (l *limited) Write(b []byte) (int, error) {
	n := min(len(b), l.room)
	l.room -= n
	l.to.Write(b[:n])
	return len(b), nil
}

// lastLine is what kubectl says at last: before it gives up it logs each of its tries, in lines of their own.
func lastLine(said string) string {
	said = strings.TrimSpace(said)
	return said[strings.LastIndexByte(said, '\n')+1:]
}

// ended is what the end of a command means: bones there has said what was wrong, and its status is that of here.
func ended(err error) error {
	var exit *exec.ExitError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &exit) && exit.ExitCode() > 0:
		return &command.StatusError{Status: exit.ExitCode()}
	}
	return command.Failed(fmt.Errorf("running kubectl: %w", err))
}
