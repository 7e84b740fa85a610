package psfmt

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"strconv"
	"strings"
	"time"

	"bones/procwalk"
	"bones/procwalk/bounded"
	"bones/procwalk/crash"
	"bones/procwalk/smaps"
)

// Files reads what a few columns need and a snapshot does not hold: wchan, exe, oom, oomadj, pss, uss, luid, ag_id,
// ag_nice. It opens /proc/PID and takes an answer only if that is still the process of the snapshot. It is not for
// use by several goroutines.
type Files struct {
	proc string
	sys  string
	hung bool                         // smaps_rollup of some process did not answer
	last map[procwalk.ID]smaps.Rollup // sums of a process, read once for two columns and for sorting
}

// NewFiles returns a reader of the proc file system at proc and of /sys at sys.
func NewFiles(proc, sys string) *Files {
	return &Files{proc: proc, sys: sys, last: map[procwalk.ID]smaps.Rollup{}}
}

// beginning reads at most so many bytes.
func beginning(r io.Reader, most int64) ([]byte, error) {
	b, err := bounded.ReadAll(r, most)
	if errors.Is(err, bounded.ErrTooLong) {
		err = nil
	}
	return b, err
}

func readSmall(file string, most int64) ([]byte, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return beginning(f, most)
}

// with opens the directory of a process, checks that it is the one of the snapshot, and hands it to use.
func (f *Files) with(p *procwalk.Process, use func(dir *os.Root) error) error {
	if f == nil {
		return errors.New("no files")
	}
	dir, err := os.OpenRoot(path.Join(f.proc, strconv.Itoa(p.PID)))
	if err != nil {
		return err
	}
	defer dir.Close()
	line, err := readIn(dir, "stat", 4096)
	if err != nil {
		return err
	}
	var now procwalk.Stat
	if err := procwalk.ParseStat(line, &now); err != nil {
		return err
	}
	if now.StartTime != p.StartTime {
		return procwalk.ErrGone
	}
	return use(dir)
}

func readIn(dir *os.Root, name string, most int64) ([]byte, error) {
	f, err := dir.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return beginning(f, most)
}

func (f *Files) read(p *procwalk.Process, name string, most int64) ([]byte, error) {
	var b []byte
	err := f.with(p, func(dir *os.Root) (err error) {
		b, err = readIn(dir, name, most)
		return err
	})
	return b, err
}

// number returns the decimal number that a file begins with, or otherwise.
func (f *Files) number(p *procwalk.Process, name string, otherwise int) int {
	b, err := f.read(p, name, 64)
	if err != nil {
		return otherwise
	}
	n, err := strconv.Atoi(strings.TrimSpace(string(b)))
	if err != nil {
		return otherwise
	}
	return n
}

func oomScore(c *context, p *procwalk.Process) int { return c.o.Files.number(p, "oom_score", 0) }
func oomAdj(c *context, p *procwalk.Process) int   { return c.o.Files.number(p, "oom_score_adj", 0) }

// loginUID returns the user who logged in, -1 if nobody did.
func loginUID(c *context, p *procwalk.Process) int {
	return int(int32(c.o.Files.number(p, "loginuid", -1)))
}

// wchanName returns the kernel function that the process waits in, "-" if it does not wait, "?" if that is not told.
func wchanName(c *context, p *procwalk.Process) string {
	b, err := c.o.Files.read(p, "wchan", 63)
	s := string(b)
	switch {
	case err != nil || s == "":
		return "?"
	case s == "0":
		return "-"
	}
	return strings.TrimLeft(strings.TrimPrefix(s, "."), "_")
}

func exe(c *context, p *procwalk.Process) string {
	target := "-"
	c.o.Files.with(p, func(dir *os.Root) error {
		if s, err := dir.Readlink("exe"); err == nil {
			target = string(escapeRead(nil, s, Unlimited-1, c.o.UTF8))
		}
		return nil
	})
	return target
}

// autogroup returns the ID and nice value of the session's scheduling group, -1 and 0 if unknown.
//
// Source: sched(7), "The autogroup feature".
func autogroup(c *context, p *procwalk.Process) (id, nice int) {
	b, err := c.o.Files.read(p, "autogroup", 64)
	if err != nil {
		return -1, 0
	}
	if _, err := fmt.Sscanf(string(b), "/autogroup-%d nice %d", &id, &nice); err != nil {
		return -1, 0
	}
	return id, nice
}

// smapsWait is how long smaps_rollup may take to answer.
const smapsWait = 2 * time.Second

// Unanswered says, in one line, that sums over the mappings of processes are printed as 0 because they could not be
// read in time; empty: they all were.
func (f *Files) Unanswered() string {
	if f == nil || !f.hung {
		return ""
	}
	return fmt.Sprintf("pss and uss are 0 for processes whose smaps_rollup was not read: that of one did not answer "+
		"within %v", smapsWait)
}

// rollup returns the sums over all mappings. The process can keep the file from answering, as it can its command
// line: after the first time that happens no other is asked.
func rollup(c *context, p *procwalk.Process) smaps.Rollup {
	f := c.o.Files
	if f == nil {
		return smaps.Rollup{}
	}
	if known, ok := f.last[p.ID()]; ok {
		return known
	}
	if f.hung {
		return smaps.Rollup{}
	}
	answer := make(chan smaps.Rollup, 1)
	proc := Files{proc: f.proc}
	crash.Go(func() {
		var r smaps.Rollup
		if b, err := proc.read(p, "smaps_rollup", smaps.MaxRollup); err == nil {
			r, _ = smaps.Parse(b) // ps prints 0 for what it cannot read
		}
		answer <- r
	})
	timeout := time.NewTimer(smapsWait)
	defer timeout.Stop()
	select {
	case s := <-answer:
		f.last[p.ID()] = s
		return s
	case <-timeout.C:
		f.hung = true
		return smaps.Rollup{}
	}
}

// node returns the NUMA node of the processor that the process ran on last, -1 if unknown.
func node(c *context, p *procwalk.Process) int {
	if c.o.Files == nil {
		return -1
	}
	dir, err := os.Open(path.Join(c.o.Files.sys, "devices/system/cpu/cpu"+strconv.Itoa(p.Processor)))
	if err != nil {
		return -1
	}
	defer dir.Close()
	names, err := dir.Readdirnames(-1)
	if err != nil {
		return -1
	}
	for _, name := range names {
		if digits, ok := strings.CutPrefix(name, "node"); ok {
			if n, err := strconv.Atoi(digits); err == nil {
				return n
			}
		}
	}
	return -1
}

func printWchan(c *context, p *procwalk.Process) int {
	s := wchanName(c, p)
	return c.plain(s[:min(len(s), c.rest)])
}

func printExe(c *context, p *procwalk.Process) int {
	return c.text([]byte(exe(c, p)), c.rest)
}

func printOOM(c *context, p *procwalk.Process) int    { return c.int(oomScore(c, p)) }
func printOOMAdj(c *context, p *procwalk.Process) int { return c.int(oomAdj(c, p)) }
func printPSS(c *context, p *procwalk.Process) int    { return c.uint(rollup(c, p).PSS >> 10) }
func printUSS(c *context, p *procwalk.Process) int    { return c.uint(rollup(c, p).USS() >> 10) }
func printNuma(c *context, p *procwalk.Process) int   { return c.int(node(c, p)) }

func printLuid(c *context, p *procwalk.Process) int {
	id := loginUID(c, p)
	if id == -1 {
		return c.string("-")
	}
	return c.int(id)
}

func printAgid(c *context, p *procwalk.Process) int {
	id, _ := autogroup(c, p)
	return c.int(id)
}

func printAgnice(c *context, p *procwalk.Process) int {
	_, nice := autogroup(c, p)
	return c.int(nice)
}

var (
	byWchanName     = words(wchanName)
	byExe           = words(exe)
	byOOMScore      = number(oomScore)
	byOOMAdj        = number(oomAdj)
	byIDLogin       = number(loginUID)
	byProcessorNode = number(node)
	bySmapPss       = number(func(c *context, p *procwalk.Process) uint64 { return rollup(c, p).PSS })
	bySmapPrvTotal  = number(func(c *context, p *procwalk.Process) uint64 { return rollup(c, p).USS() })
	byAutogrpID     = number(func(c *context, p *procwalk.Process) int { id, _ := autogroup(c, p); return id })
	byAutogrpNice   = number(func(c *context, p *procwalk.Process) int { _, n := autogroup(c, p); return n })
)
