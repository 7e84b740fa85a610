// Package hostinfo is bones host: what this host is, and what bones can use of it.
package hostinfo

import (
	"context"
	"fmt"
	"io"
	"os"
	"runtime"
	"text/tabwriter"

	"bones/cmd/bones/internal/command"
	"bones/cmd/bones/internal/object"
	"bones/cmd/bones/internal/privilege"
	"bones/cmd/bones/internal/target"
	"bones/cmd/bones/internal/tui"
	"bones/procwalk"
	"bones/procwalk/fault"
	"bones/procwalk/taskiter"
	"bones/procwalk/text"
	"bones/procwalk/virt"
	"bones/ui/rows"

	"github.com/spf13/cobra"
)

// Command makes `bones host`, which prints what this host is and what bones can use on it.
func Command(p command.Program) *cobra.Command {
	return &cobra.Command{
		Use:   "host",
		Short: "What kind of host this is, and what bones can use on it",
		Long: `Print the kernel, whether it runs on bare metal or in a virtual machine, and on which hypervisor,
with the evidence; how control groups are mounted; which capabilities bones has; and where it reads
the process table. A BPF program delivers most of what bones shows of each process in a few system
calls. It needs Linux 5.9 on x86-64, CAP_BPF and CAP_PERFMON (or CAP_SYS_ADMIN), and the /proc of
its own pid namespace, without hidepid. Elsewhere, and for small tables, bones reads the files of
/proc, which contain the same. --source chooses.`,
		Example: "  bones host\n  bones host --json\n  bones ps --source proc",
		Args:    cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			h, err := facts(c.Context(), p.Targets())
			if err != nil {
				return command.Failed(err)
			}
			if p.JSON() {
				return command.Failed(object.Write(p.Out(), h))
			}
			return command.Failed(print(p.Out(), h))
		},
	}
}

// facts finds out what there is, by trying.
func facts(ctx context.Context, f target.Finder) (*object.HostReport, error) {
	w, err := f.Walker()
	if err != nil {
		return nil, err
	}
	defer w.Close()
	s, err := w.Snapshot(ctx, procwalk.Request{Want: procwalk.WantBrief})
	if err != nil {
		return nil, err
	}
	machine := virt.DetectAt(f.Proc)
	if machine != nil {
		f.Missing("host", machine.Unread...)
	}
	h := &object.HostReport{Machine: object.NewMachine(machine), HostName: s.Host.HostName,
		Kernel: s.Host.Release, Arch: runtime.GOARCH, CPUs: s.Host.CPUs,
		MemoryBytes: s.Host.MemTotal, InPIDNS: s.Host.InPIDNS,
		InUserNS: privilege.InUserNamespace(), UID: os.Getuid(), Processes: len(s.Processes),
		Capabilities: []object.Right{}}
	if mode := tui.CgroupMode(); mode != "none" {
		h.CgroupMode = &mode
	}
	if s.Host.HidePID != "" {
		h.HidePID = &s.Host.HidePID
	}
	for _, r := range privilege.Rights() {
		h.Capabilities = append(h.Capabilities, object.Right{Name: r.Name, Has: r.Has, For: r.For})
	}
	bpf := object.Source{Name: string(taskiter.BPF), Used: s.Origin.Bulk != ""}
	it, err := taskiter.Open(f.Proc, &s.Host)
	if err == nil {
		bpf.Can = true
		err = it.Close()
	}
	f.Missing("host", err)
	if err != nil {
		why := fault.Line(err)
		bpf.Why = &why
	} else if !bpf.Used {
		bpf.Why = &s.Origin.Why
	}
	h.Sources = []object.Source{bpf, {Name: string(taskiter.Proc), Can: true, Used: true}}
	return h, nil
}

func print(out io.Writer, h *object.HostReport) error {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	line := func(name, value string) { fmt.Fprintf(w, "%s\t%s\n", name, value) }
	line("host", text.Sanitise(h.HostName))
	line("kernel", "Linux "+text.Sanitise(h.Kernel)+", "+h.Arch)
	line("processors", fmt.Sprint(h.CPUs))
	line("memory", rows.Size(h.MemoryBytes))
	machine(line, h.Machine)
	mode := "none are mounted"
	if h.CgroupMode != nil {
		mode = *h.CgroupMode
	}
	line("control groups", mode)
	processes := fmt.Sprint(h.Processes)
	if h.InPIDNS {
		processes += ", of a pid namespace below the first one"
	}
	if h.HidePID != nil {
		processes += ", without those that hidepid=" + text.Sanitise(*h.HidePID) + " hides"
	}
	line("processes", processes)
	for _, s := range h.Sources {
		is := "is used"
		switch {
		case !s.Can:
			is = "cannot be used: " + *s.Why
		case !s.Used:
			is = "could be used, and is not: " + *s.Why
		case s.Name == string(taskiter.Proc) && h.Sources[0].Used:
			is = "is used for what BPF does not tell"
		}
		line("source "+s.Name, is)
	}
	user := fmt.Sprint(h.UID)
	if h.InUserNS {
		user += ", in a user namespace below the first one: these capabilities are no rights outside of it"
	}
	line("user", user)
	for _, r := range h.Capabilities {
		has := "yes"
		if !r.Has {
			has = "no"
		}
		line(r.Name, has+": "+r.For)
	}
	return w.Flush()
}

// machine prints on what Linux runs, and what says so.
func machine(line func(name, value string), m *object.Machine) {
	if m == nil {
		line("machine", "bones cannot tell: there is no /sys beside this /proc")
		return
	}
	is := m.Hypervisor
	if m.Virtual {
		is = "virtual: " + is
	} else if m.Dom0 {
		is += ": the first domain of Xen, which has the hardware"
	}
	line("machine", is)
	for _, e := range m.Evidence {
		line("", fmt.Sprintf("%s says \"%s\": %s", e.Source, text.Sanitise(e.Says), e.Suggests))
	}
	for _, why := range m.Unread {
		line("", "not read: "+why)
	}
}
