package detail

import (
	"bytes"
	"fmt"
	"path/filepath"
	"strconv"

	"bones/procwalk"
	"bones/procwalk/bounded"
	"bones/procwalk/text"
)

// VM are numbers of /proc/vmstat: what the memory of the whole host has counted since boot.
type VM struct {
	OOMKills    Field[uint64] // processes that the OOM killer killed, for the host's or a group's limit; since 4.13
	MajorFaults Field[uint64] // pages that a process had to wait for, from the disk
	SwapIn      Field[uint64] // pages read from swap
	SwapOut     Field[uint64] // pages written to swap
}

// maxVMStat bounds what is read of /proc/vmstat, which has some 200 short lines.
const maxVMStat = 64 << 10

// ReadVM reads it from the proc file system mounted at root.
//
// Source: proc_vmstat(5).
func ReadVM(root string) Field[VM] {
	b, err := bounded.ReadFile(filepath.Join(root, "vmstat"), maxVMStat)
	if err != nil { // also of one that is longer: a counter behind that would look as if the kernel had none
		return Field[VM]{Err: absent(err)}
	}
	return Field[VM]{Value: ParseVM(b)}
}

// ParseVM reads the file; a number that is not there is unsupported.
func ParseVM(b []byte) VM {
	none := Field[uint64]{Err: procwalk.ErrUnsupported}
	v := VM{none, none, none, none}
	fields := map[string]*Field[uint64]{"oom_kill": &v.OOMKills, "pgmajfault": &v.MajorFaults, "pswpin": &v.SwapIn,
		"pswpout": &v.SwapOut}
	for line := range bytes.Lines(b) {
		name, value, _ := bytes.Cut(bytes.TrimSpace(line), []byte{' '})
		if to := fields[string(name)]; to != nil {
			n, err := strconv.ParseUint(string(value), 10, 64)
			if err != nil {
				err = fmt.Errorf("vmstat: %s: %w", text.Sanitise(string(name)), err)
			}
			*to = Field[uint64]{n, err}
		}
	}
	return v
}

// WChanOf reads the kernel function that a process of a snapshot sleeps in; empty: none, or the kernel does not tell,
// as it does where the reader may not trace the process. The file takes no lock of the process.
func WChanOf(root string, id procwalk.ID) (text.Text, error) {
	folder, err := procwalk.OpenFolder(root, id)
	if err != nil {
		return text.Text{}, err
	}
	defer folder.Close()
	w := parsed(folder, "wchan", parseWChan)
	return w.Value, w.Err
}
