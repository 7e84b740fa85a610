package main

import (
	"fmt"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"
)

// filesCost measures the listing of a directory of 100,000 files beside ls -l, and copies of 1 GiB in memory beside
// cp. It returns the commands and the goals that they are about.
func filesCost(bones string, rounds int) ([]*command, []goal) {
	skipped := func(err error) ([]*command, []goal) {
		return nil, []goal{{What: "files", Limit: 1.1, Skip: err.Error()}}
	}
	dir, err := os.MkdirTemp("", "bench-files")
	if err != nil {
		return skipped(err)
	}
	defer os.Remove(dir)
	if err := unix.Mount("bench", dir, "tmpfs", 0, "size=4g"); err != nil {
		return skipped(fmt.Errorf("a tmpfs: %w", err))
	}
	defer unix.Unmount(dir, unix.MNT_DETACH)
	many := filepath.Join(dir, "many")
	if err := os.Mkdir(many, 0o755); err != nil {
		return skipped(err)
	}
	for n := range 100_000 {
		f, err := os.Create(fmt.Sprintf("%s/file-%06d", many, n))
		if err != nil {
			return skipped(err)
		}
		f.Close()
	}
	big, err := os.Create(filepath.Join(dir, "big"))
	if err != nil {
		return skipped(err)
	}
	defer big.Close()
	block := make([]byte, 1<<20)
	for n := range block {
		block[n] = byte(n)
	}
	for range 1 << 10 {
		if _, err := big.Write(block); err != nil {
			return skipped(err)
		}
	}
	ls := &command{name: "ls -l, 100,000 files", argv: []string{"ls", "-l", many}}
	ours := &command{name: "bones files ls", argv: []string{bones, "files", "ls", "1", many}, rows: 100_000}
	to := func(name string) string { return filepath.Join(dir, name) }
	cp := &command{name: "cp, 1 GiB", argv: []string{"cp", big.Name(), to("copy")}}
	get := &command{name: "bones files get", argv: []string{bones, "files", "get", "1", big.Name(), to("copy")}}
	put := &command{name: "bones files put", argv: []string{bones, "--journal", to("journal"), "files", "put", "1",
		big.Name(), to("copy"), "--yes"}}
	race([]*command{ls, ours}, rounds)
	race([]*command{cp, get, put}, rounds)
	return []*command{ls, ours, cp, get, put}, []goal{
		ratio("CPU of bones files ls / ls -l, 100,000 files", 1.1, ours.CPU().Seconds(), ls.CPU().Seconds(), ours.skip,
			ls.skip),
		ratio("peak memory of bones files ls / ls -l", 2, float64(ours.RSS()), float64(ls.RSS()), ours.skip, ls.skip),
		ratio("wall time of bones files get / cp, 1 GiB", 1.1, get.Wall().Seconds(), cp.Wall().Seconds(), get.skip, cp.skip),
		ratio("wall time of bones files put / cp, 1 GiB", 1.1, put.Wall().Seconds(), cp.Wall().Seconds(), put.skip, cp.skip),
	}
}
