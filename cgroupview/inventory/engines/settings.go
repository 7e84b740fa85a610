package engines

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"bones/cgroupview/container"
	"bones/procwalk/bounded"

	"github.com/BurntSushi/toml"
	"golang.org/x/sys/unix"
)

// maxSettings is how large a settings file may be, in bytes.
const maxSettings = 1 << 20

// settings is what a settings file of the system's says, as long as the file is the same.
type settings[T any] struct {
	size  int64
	mtime time.Time
	value T
	ok    bool
}

// read returns what parse makes of the file; false if there is none that says anything.
func (s *settings[T]) read(root, name string, parse func([]byte) (T, bool)) (T, bool) {
	path := filepath.Join(root, name)
	st, err := os.Stat(path)
	if err != nil {
		*s = settings[T]{}
		return s.value, false
	}
	if st.Size() != s.size || !st.ModTime().Equal(s.mtime) {
		*s = settings[T]{size: st.Size(), mtime: st.ModTime()}
		if b, err := readSettings(path); err == nil {
			s.value, s.ok = parse(b)
		}
	}
	return s.value, s.ok
}

// parseStorageConf reads the settings of github.com/containers/storage, which Podman and CRI-O share.
//
// Source: containers-storage.conf(5).
func parseStorageConf(b []byte) (container.StorageDirs, bool) {
	var set struct {
		Storage struct {
			Graph string `toml:"graphroot"`
			Run   string `toml:"runroot"`
		} `toml:"storage"`
	}
	if toml.Unmarshal(b, &set) != nil {
		return container.StorageDirs{}, false
	}
	var d container.StorageDirs
	if filepath.IsAbs(set.Storage.Graph) {
		d.Graph = filepath.Clean(set.Storage.Graph)
	}
	if filepath.IsAbs(set.Storage.Run) {
		d.Run = filepath.Clean(set.Storage.Run)
	}
	return d, d != container.StorageDirs{}
}

// settings returns the settings file of one of root's engines, nil if there is none.
func (f *Finder) settings(a args, name string) []byte {
	if !a.system {
		return nil
	}
	b, err := readSettings(filepath.Join(f.Root, name))
	if err != nil {
		return nil
	}
	return b
}

// readSettings reads a regular file of the system's settings.
func readSettings(path string) ([]byte, error) {
	f, err := os.OpenFile(path, os.O_RDONLY|unix.O_NONBLOCK|unix.O_NOCTTY, 0)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	if st, err := f.Stat(); err != nil || !st.Mode().IsRegular() {
		return nil, fmt.Errorf("%s is not a regular file", path)
	}
	b, err := bounded.ReadAll(f, maxSettings)
	if errors.Is(err, bounded.ErrTooLong) {
		err = fmt.Errorf("%s: %w", path, err)
	}
	return b, err
}
