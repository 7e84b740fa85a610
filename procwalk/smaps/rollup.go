// Package smaps reads what the memory of a process is made of: /proc/PID/maps, smaps and smaps_rollup.
package smaps

import (
	"bytes"
	"errors"

	"bones/procwalk/fields"
)

// MaxRollup is more than the file ever is: some 25 lines of 30 bytes.
const MaxRollup = 8 << 10

// ErrForm says that a file is not a smaps_rollup, or was cut off.
var ErrForm = errors.New("smaps_rollup: it has no line Pss, or one that is no number of kB")

// Rollup is /proc/PID/smaps_rollup: the sums over all mappings of a process, in bytes. What a kernel does not count is
// 0. Only the owner with ptrace permission, or root, may read it. Since Linux 4.14.
//
// Source: proc_pid_smaps(5); fs/proc/task_mmu.c, show_smaps_rollup and __show_smap.
type Rollup struct {
	RSS                        uint64 // in memory, the shared pages in full
	PSS                        uint64 // in memory, each shared page divided by how many processes share it
	SharedClean, SharedDirty   uint64 // of RSS: pages that other processes have mapped, too
	PrivateClean, PrivateDirty uint64 // of RSS: pages that this process alone has mapped
	Referenced                 uint64 // of RSS: used since the marks were last cleared (clear_refs)
	Anonymous                  uint64 // of RSS: pages of no file
	Swap, SwapPSS              uint64 // in swap, in full and divided as PSS is
}

// USS is the memory that would come free if the process ended now.
func (r Rollup) USS() uint64 { return r.PrivateClean + r.PrivateDirty }

// Parse reads the file: a line with the range of addresses, then lines such as "Pss:   943 kB". Lines that it does not
// know are passed over. It never panics.
func Parse(b []byte) (Rollup, error) {
	var r Rollup
	whole := false
	for line := range bytes.Lines(b) {
		name, rest, ok := bytes.Cut(line, []byte{':'})
		if !ok {
			continue
		}
		to := r.field(string(name))
		if to == nil {
			continue
		}
		l := fields.Line{Rest: rest}
		*to = l.KB()
		if l.Bad || string(l.Word()) != "kB" {
			return Rollup{}, ErrForm
		}
		whole = whole || to == &r.PSS
	}
	if !whole {
		return Rollup{}, ErrForm
	}
	return r, nil
}

// field is where the number of a line belongs; nil for what is not kept.
func (r *Rollup) field(name string) *uint64 {
	switch name {
	case "Rss":
		return &r.RSS
	case "Pss":
		return &r.PSS
	case "Shared_Clean":
		return &r.SharedClean
	case "Shared_Dirty":
		return &r.SharedDirty
	case "Private_Clean":
		return &r.PrivateClean
	case "Private_Dirty":
		return &r.PrivateDirty
	case "Referenced":
		return &r.Referenced
	case "Anonymous":
		return &r.Anonymous
	case "Swap":
		return &r.Swap
	case "SwapPss":
		return &r.SwapPSS
	}
	return nil
}
