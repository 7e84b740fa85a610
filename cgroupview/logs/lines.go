package logs

import (
	"bufio"
	"errors"
	"io"
)

// maxRecord is how many bytes of one line of a log file are kept: JSON writes a byte as six at worst.
const maxRecord = 6*MaxLine + 4<<10

// lines reads whole lines, and keeps a part whose end has not been written yet until it comes.
type lines struct {
	r    *bufio.Reader
	part []byte
	over bool  // the line is longer than is kept
	read int64 // bytes that were read, parts among them
}

func newLines(r io.Reader) *lines { return &lines{r: bufio.NewReaderSize(r, 64<<10)} }

var errLong = errors.New("a line of the log is longer than bones reads; bones leaves it out")

// next returns a line without its end. io.EOF: there is no whole one, by now. errLong: this one was left out.
func (l *lines) next() ([]byte, error) {
	for {
		b, err := l.r.ReadSlice('\n')
		l.read += int64(len(b))
		if room := maxRecord - len(l.part); len(b) > room {
			l.over, b = true, b[:room]
		}
		l.part = append(l.part, b...)
		if err == bufio.ErrBufferFull {
			continue
		}
		if err != nil {
			return nil, err
		}
		line, over := l.part, l.over
		l.part, l.over = l.part[:0], false
		if over {
			return nil, errLong
		}
		return line[:len(line)-1], nil
	}
}
