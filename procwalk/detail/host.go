package detail

import (
	"errors"
	"os"

	"bones/procwalk"

	"github.com/prometheus/procfs"
)

// HostFacts is what the machine as a whole is at: for the line above the views.
type HostFacts struct {
	Load     Field[procfs.LoadAvg]
	Memory   Field[procfs.Meminfo]             // the fields that end in Bytes are in bytes
	CPU      Field[procfs.CPUStat]             // seconds since boot, all processors together
	Pressure map[string]Field[procfs.PSIStats] // "cpu", "memory", "io"
	// Cores are the processors one by one, by number; nil: not known.
	Cores []Core
	// Network are the devices that lead out of the machine, Disks the whole disks; nil without an error: not recorded.
	Network, Disks Field[[]Traffic]
	// Hypervisor is whose virtual machine this is, in a word ("KVM"), or "metal"; empty: nobody asked.
	Hypervisor string
}

// Host reads the facts from the proc file system mounted at root. It is not asked for in anybody's memory, so that
// procfs serves as it is.
//
// Source: proc_loadavg(5), proc_meminfo(5), proc_stat(5), Documentation/accounting/psi.rst.
func Host(root string) *HostFacts {
	h := &HostFacts{Pressure: map[string]Field[procfs.PSIStats]{}}
	fs, err := procfs.NewFS(root)
	if err != nil {
		err = procwalk.WithoutPath(err)
		h.Load.Err, h.Memory.Err, h.CPU.Err, h.Network.Err, h.Disks.Err = err, err, err, err, err
		for _, what := range []string{"cpu", "memory", "io"} {
			h.Pressure[what] = Field[procfs.PSIStats]{Err: err}
		}
		return h
	}
	h.Load = deref(fs.LoadAvg())
	if memory, err := fs.Meminfo(); err != nil {
		h.Memory.Err = absent(err)
	} else {
		h.Memory.Value = memory
	}
	if stat, err := fs.Stat(); err != nil {
		h.CPU.Err = absent(err)
	} else {
		h.CPU.Value, h.Cores = stat.CPUTotal, cores(stat.CPU)
	}
	h.Network, h.Disks = network(root), disks(root)
	for _, what := range []string{"cpu", "memory", "io"} {
		psi, err := fs.PSIStatsForResource(what)
		h.Pressure[what] = Field[procfs.PSIStats]{Value: psi, Err: absent(err)}
	}
	return h
}

func deref[T any](v *T, err error) Field[T] {
	if err != nil || v == nil {
		return Field[T]{Err: absent(err)}
	}
	return Field[T]{Value: *v}
}

// absent says that a file of the host that is not there is one that the kernel does not have. Pressure also answers
// EOPNOTSUPP where it was switched off.
func absent(err error) error {
	if err == nil {
		return nil
	}
	if errors.Is(err, os.ErrNotExist) || errors.Is(err, errors.ErrUnsupported) {
		return procwalk.ErrUnsupported
	}
	return procwalk.WithoutPath(err)
}
