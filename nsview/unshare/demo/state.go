package demo

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"bones/nsview/unshare"
	"bones/procwalk/fault"
	"bones/procwalk/procroot"
)

// RecordedDemo is what is remembered of a demo that was started.
type RecordedDemo struct {
	Name       string             `json:"name"`
	PID        int                `json:"pid"` // of its first process, as the host sees it; 0 while it starts
	StartTicks uint64             `json:"start_ticks"`
	BootID     string             `json:"boot_id"`
	Started    time.Time          `json:"started"`
	Groups     []unshare.GroupDir `json:"cgroups"`
}

// Running reports whether the process that was started, and not another with its PID, still lives.
func (s RecordedDemo) Running() bool {
	if s.PID == 0 || s.BootID != procroot.BootID() {
		return false
	}
	start, err := unshare.Started(s.PID)
	return err == nil && start == s.StartTicks
}

// kill ends the first process, and with it the whole pid namespace, and waits for its end: first it is asked to.
// found is false if it does not live any more.
func (s RecordedDemo) kill() (found bool, err error) {
	if s.PID == 0 {
		return false, nil
	}
	fd, err := procroot.OpenPID(s.PID)
	if err == unix.ESRCH {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("holding the demo's first process: %w", fault.NoCall("pidfd_open", "5.3", err))
	}
	defer unix.Close(fd)
	// The descriptor holds whoever has the PID now; only then is it worth asking who that is.
	if !s.Running() {
		return false, nil
	}
	for _, try := range []struct {
		signal   unix.Signal
		patience time.Duration
	}{{unix.SIGTERM, 2 * time.Second}, {unix.SIGKILL, 10 * time.Second}} {
		if err := unix.PidfdSendSignal(fd, try.signal, nil, 0); err != nil && err != unix.ESRCH {
			return true, fmt.Errorf("signal to PID %d: %w", s.PID, err)
		}
		if ended(fd, try.patience) {
			return true, nil
		}
	}
	return true, fmt.Errorf("PID %d does not end, even by SIGKILL: a system call keeps it", s.PID)
}

// ended waits until a pidfd says that its process has ended.
func ended(pidfd int, patience time.Duration) bool {
	for deadline := time.Now().Add(patience); ; {
		left := max(time.Until(deadline), 0)
		p := []unix.PollFd{{Fd: int32(pidfd), Events: unix.POLLIN}}
		n, err := unix.Poll(p, int(left.Milliseconds()))
		if n > 0 {
			return true
		}
		if err != unix.EINTR {
			return false
		}
	}
}

// genuineGroups are the recorded directories that can be those of this demo's cgroup and nothing else.
func (s RecordedDemo) genuineGroups() []unshare.GroupDir {
	return slices.DeleteFunc(slices.Clone(s.Groups), func(g unshare.GroupDir) bool {
		var st unix.Statfs_t
		return filepath.Base(g.Path) != GroupPrefix+s.Name || unix.Statfs(filepath.Dir(g.Path), &st) != nil ||
			st.Type != unix.CGROUP_SUPER_MAGIC && st.Type != unix.CGROUP2_SUPER_MAGIC
	})
}

// thaw lets a frozen group run. Which file there is depends on the version; the others are not there.
func (s RecordedDemo) thaw() {
	for _, g := range s.genuineGroups() {
		for file, value := range map[string]string{"freezer.state": "THAWED", "cgroup.freeze": "0"} {
			if f, err := os.OpenFile(filepath.Join(g.Path, file), os.O_WRONLY, 0); err == nil {
				f.WriteString(value)
				f.Close()
			}
		}
	}
}

// Store is the directory of the records: 0700, each a file of 0600.
type Store struct{ Dir string }

// DefaultStore is /run/bones for root, and a directory in $XDG_RUNTIME_DIR for others: both end with the boot.
func DefaultStore() (Store, error) {
	if os.Geteuid() == 0 {
		return Store{"/run/bones"}, nil
	}
	dir := os.Getenv("XDG_RUNTIME_DIR")
	if !filepath.IsAbs(dir) {
		return Store{}, errors.New("where demos are remembered: XDG_RUNTIME_DIR is not set; set it to a directory of " +
			"yours that ends with the session")
	}
	return Store{filepath.Join(dir, "bones")}, nil
}

const suffix = ".demo.json"

func (s Store) file(name string) string { return filepath.Join(s.Dir, name+suffix) }

// check refuses a directory that others could have put records into.
func (s Store) check() error {
	info, err := os.Lstat(s.Dir)
	if err != nil {
		return err
	}
	var st unix.Stat_t
	if err := unix.Lstat(s.Dir, &st); err != nil {
		return err
	}
	if !info.IsDir() || int(st.Uid) != os.Geteuid() || info.Mode().Perm()&0o022 != 0 {
		return fmt.Errorf("%s: it must be a directory that only this user can write to", s.Dir)
	}
	return nil
}

// reserve makes the record of a demo that starts, so that no other of that name can.
func (s Store) reserve(name string) error {
	if err := os.MkdirAll(s.Dir, 0o700); err != nil {
		return err
	}
	if err := s.check(); err != nil {
		return err
	}
	f, err := os.OpenFile(s.file(name), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, fs.ErrExist) {
		if st, err := s.read(name); err == nil && !st.Running() {
			return fmt.Errorf("the demo %s ended, but what it left is still there; bones demo --stop --name %s removes it",
				name, name)
		}
		return fmt.Errorf("a demo %s is there already; bones demo --stop --name %s ends it, another --name starts a "+
			"second one", name, name)
	}
	if err != nil {
		return err
	}
	d := RecordedDemo{Name: name, BootID: procroot.BootID(), Started: time.Now().UTC()}
	return errors.Join(json.NewEncoder(f).Encode(d), f.Close())
}

// write replaces a record as a whole.
func (s Store) write(st RecordedDemo) error {
	b, err := json.Marshal(st)
	if err != nil {
		return err
	}
	temp := s.file(st.Name) + ".new"
	if err := os.WriteFile(temp, append(b, '\n'), 0o600); err != nil {
		return errors.Join(err, os.Remove(temp))
	}
	return os.Rename(temp, s.file(st.Name))
}

func (s Store) read(name string) (RecordedDemo, error) {
	if err := s.check(); err != nil {
		return RecordedDemo{}, err
	}
	f, err := os.Open(s.file(name))
	if err != nil {
		return RecordedDemo{}, err
	}
	defer f.Close()
	var st RecordedDemo
	if err := json.NewDecoder(io.LimitReader(f, 1<<20)).Decode(&st); err != nil {
		return RecordedDemo{}, fmt.Errorf("%s: broken record: %w", s.file(name), err)
	}
	if st.Name != name {
		return RecordedDemo{}, fmt.Errorf("%s: the record of another demo", s.file(name))
	}
	return st, nil
}

// remove removes the record, and the directory if it was the last.
func (s Store) remove(name string) error {
	err := os.Remove(s.file(name))
	unix.Rmdir(s.Dir)
	return err
}

// List returns all demos, by name. Broken records are errors beside the rest.
func (s Store) List() ([]RecordedDemo, error) {
	names, err := filepath.Glob(filepath.Join(s.Dir, "*"+suffix))
	if err != nil {
		return nil, err
	}
	var all []RecordedDemo
	var broken []error
	for _, file := range names {
		st, err := s.read(strings.TrimSuffix(filepath.Base(file), suffix))
		if err != nil {
			broken = append(broken, err)
			continue
		}
		all = append(all, st)
	}
	return all, errors.Join(broken...)
}
