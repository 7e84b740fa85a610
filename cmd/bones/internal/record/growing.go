package record

import (
	"errors"
	"os"
	"time"
)

// stillGrows is for how long nothing may have been written to a recording that grows, however often it has a frame.
const stillGrows = 30 * time.Second

// Growing reports whether new frames still arrive: whether the last file was written to within the time of three
// frames. It goes by the clock of the host that has the file, and not by that of the frames, which may be another
// host's.
func (p *Replay) Growing() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.r.files) == 0 {
		return true // it is in memory
	}
	within := max(stillGrows, p.r.usualGap(p.r.Len()-1))
	written, err := p.r.files[len(p.r.files)-1].written()
	if err != nil { // that it cannot be read is told elsewhere
		return !errors.Is(err, os.ErrNotExist)
	}
	return time.Since(written) < within
}
