// Package unfinished remembers, in a file beside the journal, that a tour is under way and on what: whatever ends it,
// the next one finds what it left, and says so.
package unfinished

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"bones/cmd/bones/internal/host"
	"bones/cmd/bones/internal/ours"
	"bones/procwalk/procroot"
)

// Tour is a tour that is under way, or whose bones was killed.
type Tour struct {
	Run  host.Run `json:"run"`  // the terminal UI in which it is taken
	Boot string   `json:"boot"` // of which boot: identities mean nothing after another one
	Name string   `json:"name"` // of the container
	Demo bool     `json:"demo"` // the tour has started it
}

// Store is the directory of the records, that of the journal.
type Store struct{ Dir string }

// Find returns the directory of a journal, "" for the usual one of the host whose root directory is mounted at root;
// see ours.StateDirBelow.
func Find(journal, root string) (Store, error) {
	if journal != "" {
		return Store{filepath.Dir(journal)}, nil
	}
	dir, err := ours.StateDirBelow(root)
	return Store{dir}, err
}

var kind = ours.Purpose{What: "the record of a tour", Help: "name another directory with --journal"}

const prefix, suffix = "tour-", ".json"

// file is that of a run. The host and its containers may have one directory: each has a PID 7.
func (s Store) file(r host.Run) string {
	name := fmt.Sprintf("%s%d", prefix, r.PID)
	if r.PIDNS != 0 {
		name += fmt.Sprintf("-%d", r.PIDNS)
	}
	return filepath.Join(s.Dir, name+suffix)
}

// Begin writes down that this run of bones is a tour.
func (s Store) Begin(name string, demo bool) error {
	t := Tour{Run: host.Now(), Boot: procroot.BootID(), Name: name, Demo: demo}
	b, err := json.Marshal(t)
	if err != nil {
		return err
	}
	s.Forget(t) // of a run that had this PID
	f, err := kind.Create(s.file(t.Run))
	if err != nil {
		return err
	}
	_, err = f.Write(append(b, '\n'))
	return errors.Join(err, f.Close())
}

// Forget removes the record of a tour.
func (s Store) Forget(t Tour) error {
	err := os.Remove(s.file(t.Run))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

// Left are the tours of this user that are not under way any more and have not been cleared away. Records of an
// earlier boot are removed: what they tell of ended with it.
func (s Store) Left() (list []Tour) {
	s.each(func(t Tour) {
		switch {
		case t.Boot != procroot.BootID():
			s.Forget(t)
		case t.Run.Ended() && t.Run.UID == os.Getuid():
			list = append(list, t)
		}
	})
	return list
}

// Of is the tour on the demo of a name.
func (s Store) Of(demo string) (found Tour, ok bool) {
	s.each(func(t Tour) {
		if t.Demo && t.Name == demo && t.Boot == procroot.BootID() {
			found, ok = t, true
		}
	})
	return found, ok
}

// most is how many names of the directory are looked at, and maxSize how long a record may be, in bytes.
const most, maxSize = 4096, 64 << 10

// each gives the records to do. What is none, or not ours, is left out.
func (s Store) each(do func(Tour)) {
	dir, err := os.Open(s.Dir)
	if err != nil {
		return
	}
	names, _ := dir.Readdirnames(most)
	dir.Close()
	for _, name := range names {
		if !strings.HasPrefix(name, prefix) || !strings.HasSuffix(name, suffix) {
			continue
		}
		name = filepath.Join(s.Dir, name)
		p, err := kind.Find(name, false)
		if err != nil {
			continue
		}
		f, err := p.Open(false)
		p.Close()
		if err != nil {
			continue
		}
		var t Tour
		err = json.NewDecoder(io.LimitReader(f, maxSize)).Decode(&t)
		f.Close()
		if err == nil && s.file(t.Run) == name {
			do(t)
		}
	}
}
