package filetree

import (
	"fmt"

	"bones/procwalk/fault"
	"bones/procwalk/text"
)

// maxNamed is how many of those that were left out are named; all are counted.
const maxNamed = 100

// LeftOut is one file that was not copied.
type LeftOut struct {
	Path string // hostile text
	Why  string // one line, safe to print
}

// Report says what a copy has done, and what it left out.
type Report struct {
	Files, Directories, Links int   // how many were copied
	Bytes                     int64 // of content, holes included
	Left                      []LeftOut
	LeftOut                   int // how many were left out; more than len(Left) where these are the first ones only
	Notes                     []string
}

type counted struct {
	n     int
	first string
}

// Leave records that a file was left out.
func (r *Report) Leave(path string, err error) {
	if r.LeftOut++; len(r.Left) < maxNamed {
		r.Left = append(r.Left, LeftOut{path, fault.Line(err)})
	}
}

// note counts something that is said once for all the files that it is about: what, with %s for the files.
func (c *Copier) note(what, path string) {
	if c.noted == nil {
		c.noted = map[string]*counted{}
	}
	n := c.noted[what]
	if n == nil {
		n = &counted{first: path}
		c.noted[what] = n
	}
	n.n++
}

// sayNotes puts the notes into words.
func (c *Copier) sayNotes() {
	for _, what := range notes {
		n := c.noted[what]
		switch {
		case n == nil:
		case n.n == 1:
			c.Report.Notes = append(c.Report.Notes, fmt.Sprintf(what, text.Line(n.first)))
		default:
			c.Report.Notes = append(c.Report.Notes, fmt.Sprintf(what, fmt.Sprintf("%s and %d others", text.Line(n.first),
				n.n-1)))
		}
	}
	c.noted = nil
}

// What is noted, in the order in which it is said.
const (
	noteSetID        = "copied without set-user-ID and set-group-ID: %s"
	noteCapabilities = "copied without file capabilities: %s"
	noteOwner        = "its owner has no number on the other side: %s"
	noteAttributes   = "copied without extended attributes, which the file system does not take: %s"
	noteLinks        = "copied as a file of its own, not as a hard link: %s"
	noteNames        = "too many files have several names: each name was copied as a file of its own: %s"
	noteTimes        = "too many directories: what is copied into these may change their times afterwards: %s"
)

var notes = []string{noteSetID, noteCapabilities, noteOwner, noteAttributes, noteLinks, noteNames, noteTimes}

// Err is nil if all was copied; else it says how many files were not.
func (r *Report) Err() error {
	switch r.LeftOut {
	case 0:
		return nil
	case 1:
		return fmt.Errorf("1 file was left out: %s: %s", text.Line(r.Left[0].Path), r.Left[0].Why)
	}
	return fmt.Errorf("%d files were left out, the first: %s: %s", r.LeftOut, text.Line(r.Left[0].Path), r.Left[0].Why)
}

func shownName(path string) string { return text.Line(path) }
