package record

import (
	"fmt"
	"io"
	"os"
	"slices"
	"time"

	"bones/cmd/bones/internal/ours"
	"bones/procwalk/fault"
	"bones/procwalk/text"

	"golang.org/x/sys/unix"
)

// A recording may be somebody else's: it came by mail, or its directory belongs to a user. How many files, names and
// frames there are is bounded, and a bound that is reached is said.
const (
	maxOpen    = 512     // files of one recording that are open at a time
	maxNames   = 1 << 16 // names in a directory that are looked at: a year of segments and indexes is 17,520
	maxFrames  = 1 << 22 // frames of one recording: a month has 518,400 at 5 s
	maxReports = 16      // what is wrong with a recording, one by one
)

// pool holds the files of a recording open, but not more than maxOpen, and fewer where descriptors are few: the one
// that was not used for the longest time is closed, and opened again when it is read.
type pool struct{ open []*pooled }

// pooled is one file. It is the same one each time that it is opened, or an error.
type pooled struct {
	pool       *pool
	dir        int // AT_FDCWD: one file
	name, path string
	f          *os.File
	dev, ino   uint64
}

// add opens a file for the first time.
func (p *pool) add(dir int, name, path string) (*pooled, error) {
	x := &pooled{pool: p, dir: dir, name: name, path: path}
	_, err := x.file()
	return x, err
}

// file returns the open file.
func (x *pooled) file() (*os.File, error) {
	p := x.pool
	if x.f != nil {
		if at := slices.Index(p.open, x); at < len(p.open)-1 {
			p.open = append(slices.Delete(p.open, at, at+1), x)
		}
		return x.f, nil
	}
	if len(p.open) >= maxOpen {
		p.drop(1)
	}
	f, err := ours.OpenPlain(x.dir, x.name, x.path)
	if fault.Starved(err) && len(p.open) > 0 {
		p.drop(len(p.open))
		f, err = ours.OpenPlain(x.dir, x.name, x.path)
	}
	if err != nil {
		return nil, err
	}
	var st unix.Stat_t
	if err = unix.Fstat(int(f.Fd()), &st); err == nil && x.ino != 0 && (x.dev != st.Dev || x.ino != st.Ino) {
		err = fmt.Errorf("%s is a different file now", text.Line(x.path))
	}
	if err != nil {
		f.Close()
		return nil, err
	}
	x.f, x.dev, x.ino = f, st.Dev, st.Ino
	p.open = append(p.open, x)
	return f, nil
}

// drop closes the files that were not used for the longest time.
func (p *pool) drop(n int) {
	for _, x := range p.open[:n] {
		x.f.Close()
		x.f = nil
	}
	p.open = slices.Delete(p.open, 0, n)
}

// ReadAt implements io.ReaderAt.
func (x *pooled) ReadAt(b []byte, at int64) (int, error) {
	f, err := x.file()
	if err != nil {
		return 0, err
	}
	return f.ReadAt(b, at)
}

// written is when the file was written to.
func (x *pooled) written() (time.Time, error) {
	f, err := x.file()
	if err != nil {
		return time.Time{}, err
	}
	info, err := f.Stat()
	if err != nil {
		return time.Time{}, err
	}
	return info.ModTime(), nil
}

// size is how long the file is by now.
func (x *pooled) size() (int64, error) {
	f, err := x.file()
	if err != nil {
		return 0, err
	}
	info, err := f.Stat()
	if err != nil {
		return 0, err
	}
	return info.Size(), nil
}

// namesOf returns the names in a directory, in order; of one with more than most, that many beside an error.
func namesOf(dir *os.File, path string, most int) ([]string, error) {
	if _, err := dir.Seek(0, 0); err != nil {
		return nil, err
	}
	names, err := dir.Readdirnames(most)
	if err != nil && len(names) == 0 && err != io.EOF {
		return nil, err
	}
	slices.Sort(names)
	if more, _ := dir.Readdirnames(1); len(more) > 0 {
		return names, fmt.Errorf("%s holds more than %d files: the others are not looked at", text.Line(path), most)
	}
	return names, nil
}

// few keeps the first of many reports, and says how many more there are.
func few(list []error) []error {
	if len(list) <= maxReports {
		return list
	}
	return append(slices.Clone(list[:maxReports]), fmt.Errorf("%d more files or parts of the recording cannot be read",
		len(list)-maxReports))
}
