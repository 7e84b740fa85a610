package filetree

import (
	"fmt"
	"io"
	"os"
)

// hole is the length of zeros that is not written but left out, in bytes.
const hole = 64 << 10

// copyWithHoles copies all of from, and leaves out the long runs of zeros: a file that took no space for them takes
// none here either. check is told how many bytes there are so far, and may end it.
func copyWithHoles(to *os.File, from io.Reader, check func(int64) error) error {
	buf := make([]byte, hole)
	at := int64(0)
	for {
		n, err := io.ReadFull(from, buf)
		if n > 0 {
			if !(n == hole && allZero(buf)) {
				if _, err := to.WriteAt(buf[:n], at); err != nil {
					return fmt.Errorf("writing: %w", Unwrap(err))
				}
			}
			at += int64(n)
			if err := check(at); err != nil {
				return err
			}
		}
		switch err {
		case nil:
		case io.EOF, io.ErrUnexpectedEOF:
			if err := to.Truncate(at); err != nil {
				return fmt.Errorf("writing: %w", Unwrap(err))
			}
			return nil
		default:
			return fmt.Errorf("the content broke off: %w", err)
		}
	}
}

func allZero(b []byte) bool {
	for _, c := range b {
		if c != 0 {
			return false
		}
	}
	return true
}
