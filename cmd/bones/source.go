package main

import (
	"errors"
	"path/filepath"

	"bones/procwalk/taskiter"
)

// sourceFlag is the value of --source.
type sourceFlag taskiter.Choice

// Set implements pflag.Value.
func (f *sourceFlag) Set(word string) error {
	s, err := taskiter.ParseSource(word)
	if err == nil {
		*f = sourceFlag(s)
	}
	return err
}

// String implements pflag.Value.
func (f *sourceFlag) String() string { return string(*f) }

// Type implements pflag.Value.
func (f *sourceFlag) Type() string { return "FROM" }

// hostRootFlag is the value of --host-root. Engines' files are looked for beside the proc file system.
type hostRootFlag struct{ a *app }

// Set implements pflag.Value.
func (f hostRootFlag) Set(dir string) error {
	if !filepath.IsAbs(dir) {
		return errors.New("give an absolute path")
	}
	f.a.hostRoot = filepath.Clean(dir)
	f.a.procRoot, f.a.cgroupRoot = filepath.Join(dir, "proc"), filepath.Join(dir, "sys/fs/cgroup")
	return nil
}

// String implements pflag.Value.
func (f hostRootFlag) String() string { return f.a.hostRoot }

// Type implements pflag.Value.
func (f hostRootFlag) Type() string { return "DIR" }
