// Command bones shows what a Linux container is made of: processes, namespaces and cgroups.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"bones/cmd/bones/internal/command"
	"bones/cmd/bones/internal/compare"
	"bones/cmd/bones/internal/complete"
	"bones/cmd/bones/internal/deploy"
	"bones/cmd/bones/internal/eventlist"
	"bones/cmd/bones/internal/export"
	"bones/cmd/bones/internal/habits"
	"bones/cmd/bones/internal/healthreport"
	"bones/cmd/bones/internal/heap"
	"bones/cmd/bones/internal/historylist"
	"bones/cmd/bones/internal/host"
	"bones/cmd/bones/internal/hostinfo"
	"bones/cmd/bones/internal/kubectl"
	"bones/cmd/bones/internal/logs"
	"bones/cmd/bones/internal/netlist"
	_ "bones/cmd/bones/internal/openfiles"
	"bones/cmd/bones/internal/ours"
	"bones/cmd/bones/internal/pages"
	"bones/cmd/bones/internal/ports"
	"bones/cmd/bones/internal/reach"
	"bones/cmd/bones/internal/recording"
	"bones/cmd/bones/internal/remote"
	"bones/cmd/bones/internal/schema"
	"bones/cmd/bones/internal/storage"
	"bones/cmd/bones/internal/target"
	"bones/cmd/bones/internal/terminal"
	"bones/cmd/bones/internal/tour"
	"bones/cmd/bones/internal/tui"
	"bones/cmd/bones/internal/tune"
	"bones/cmd/bones/internal/version"
	"bones/cmd/bones/internal/which"
	"bones/procwalk/crash"
	"bones/procwalk/fault"
	"bones/procwalk/taskiter"
)

// app is the whole program as a value: what it reads, where it writes, and the global flags.
type app struct {
	in       io.Reader
	out, err io.Writer

	procRoot   string
	cgroupRoot string
	hostRoot   string // of --host-root; empty: none was given
	source     taskiter.Choice
	json       bool
	readonly   bool
	noColor    bool
	journal    string
	from, at   string
	remote     remote.Flags
	words      []string     // of the command line
	past       *target.Past // what --from and --at name; nil: this host as it is now
	carrier    *host.Host   // made when it is needed; see host

	incomplete error           // what the process table that was read lacks; nil if nothing
	cut        error           // what of its command lines was cut
	told       map[string]bool // what of the engines' records could not be read, as far as it was said

	pacer  *heap.Pacer // of the garbage collector; nil in tests
	copied *os.File    // of tests, which enter often: see enter.From; nil: each worker makes a copy of its own
	quit   func(bool)  // see terminal.EndQuietly; nil in tests

	kernelFiles bool // of undo: files that are the kernel itself are changed, too
}

// Most commands read once and end: collecting garbage on the way costs more than the memory is worth, as long as that
// is little.
const (
	freeHeap  = 32 << 20 // bytes
	heapShare = 30       // percent
)

func main() {
	roomOrEnd()
	a := &app{in: os.Stdin, out: &terminal.Output{File: os.Stdout}, err: os.Stderr,
		pacer: heap.Start(freeHeap, heapShare)}
	args := os.Args[1:]
	switch filepath.Base(os.Args[0]) {
	case "kubectl-bones": // as which kubectl runs it for `kubectl bones`
		args = append([]string{"kubectl"}, args...)
	case kubectl.CompletionName:
		args = append([]string{cobra.ShellCompRequestCmd, "kubectl"}, args...)
	}
	a.quit = terminal.EndQuietly()
	defer crash.Caught()
	os.Exit(a.run(context.Background(), args))
}

// run carries out one command line and returns the exit status. An output that could not be written is an error, of
// whatever command.
func (a *app) run(ctx context.Context, args []string) int {
	a.carrier, a.told = nil, nil // of the flags of this command line
	status := a.runCommand(ctx, args)
	if err := terminal.OutputError(a.out); err != nil && status == 0 {
		a.complain(err)
		return exitFailed
	}
	return status
}

func (a *app) runCommand(ctx context.Context, args []string) int {
	root := a.rootFor(args)
	if slices.ContainsFunc(args, func(arg string) bool { return strings.HasPrefix(arg, cobra.ShellCompRequestCmd) }) {
		a.completions(root)
	}
	a.words = habits.Rewrite(root, args)
	root.SetArgs(a.words)
	root.SetIn(a.in)
	root.SetOut(a.out)
	root.SetErr(a.err)
	c, err := root.ExecuteContextC(ctx)
	lacking := a.sayWhatLacks(c)
	if s := (*statusError)(nil); lacking && (err == nil || errors.As(err, &s) && s.Err == nil) {
		return command.LacksFacts(c, err)
	}
	if err == nil {
		return 0
	}
	var s *statusError
	if !errors.As(err, &s) {
		// cobra's own: unknown command, flag, number of arguments
		s = &statusError{Status: exitUsage, Err: habits.Explain(c, err)}
	}
	if s.Err != nil {
		a.complain(s.Err)
	}
	return statusOf(c, s)
}

// sayWhatLacks says what the process table that a command has read lacks, and reports whether the command has failed
// because of it. The status of what runs another program is that program's, and a completion is no place to say
// anything.
func (a *app) sayWhatLacks(c *cobra.Command) bool {
	if strings.HasPrefix(c.Name(), cobra.ShellCompRequestCmd) {
		return false
	}
	for _, err := range []error{a.incomplete, a.cut} {
		if err != nil {
			a.complain(err)
		}
	}
	return a.incomplete != nil && !handsStatusOn(c)
}

// complain prints an error in one line.
func (a *app) complain(err error) {
	line := fault.Line(err)
	if name := fault.ErrnoName(err); name != "" && !strings.Contains(line, name) {
		line += " (" + name + ")" // whoever looks it up needs the kernel's name
	}
	if more := fault.Remedy(err, ours.ReadOnly(err)); !strings.Contains(line, more) {
		line += "; " + more
	}
	fmt.Fprintln(a.err, "bones: "+line)
}

// rootCommand makes the command line.
func (a *app) rootCommand() *cobra.Command { return a.rootFor(nil) }

// rootFor makes the command line, or as much of it as these words need.
func (a *app) rootFor(args []string) *cobra.Command {
	root := &cobra.Command{
		Use:   "bones",
		Short: "See what Linux containers are made of: processes, namespaces, cgroups",
		Long: `See what Linux containers are made of: processes, namespaces, cgroups. Without a command,
bones opens the terminal UI if it is on a terminal (? lists its keys), and elsewhere prints what
bones ps prints.`,
		Example: "  bones --delay 2\n  bones ps\n  bones containers\n  bones enter memcached\n  bones demo\n" +
			"  bones --host db1\n  bones --host db1,db2 containers",
		SilenceErrors: true,
		SilenceUsage:  true,
		Args:          cobra.NoArgs,
	}
	var t tui.Flags
	t.Register(root.Flags())
	root.RunE = func(c *cobra.Command, _ []string) error { return a.start(c, &t) }
	root.PersistentPreRunE = a.openPast
	f := root.PersistentFlags()
	f.StringVar(&a.procRoot, "proc", "/proc", "read the proc file system at `DIR`")
	f.StringVar(&a.cgroupRoot, "cgroup", "/sys/fs/cgroup", "look for the cgroup file systems at `DIR` and below")
	a.hostRoot = ""
	f.Var(hostRootFlag{a}, "host-root", "read the host whose root is mounted at `DIR`: its proc, control groups and "+
		"engines, as --proc DIR/proc --cgroup DIR/sys/fs/cgroup; root's journal is in DIR/var/lib/bones")
	a.source = taskiter.Auto
	f.Var((*sourceFlag)(&a.source), "source", "read the process table from `SOURCE`: auto, proc (the files of /proc) "+
		"or bpf; bones host says which it is")
	f.BoolVar(&a.json, "json", false, "print JSON")
	f.BoolVar(&a.readonly, "readonly", false, "refuse whatever would change the system")
	f.StringVar(&a.from, "from", "", "show a recording or snapshot, `FILE` or directory, instead of this host as it is "+
		"now")
	f.StringVar(&a.at, "at", "", "show the moment of --from at `TIME`: 03:00, yesterday 03:00, -1d12h before its "+
		"end, @SECONDS, RFC 3339 (default: the last one)")
	f.BoolVar(&a.noColor, "no-color", os.Getenv("NO_COLOR") != "", "print no colours (as when NO_COLOR is set)")
	a.remote = remote.Flags{}
	a.remote.Register(f)
	f.StringVar(&a.journal, "journal", "", "keep the journal of changes in `FILE` (default: in the state directory)")
	root.CompletionOptions.DisableDefaultCmd = true
	makers := a.makers(&t)
	if one := alone(root, args, makers); one != nil {
		root.AddCommand(one())
		return root
	}
	for _, m := range makers {
		root.AddCommand(m.make())
	}
	root.SetHelpCommand(pages.Help())
	root.InitDefaultHelpCmd() // now: cobra would add it when completion is through
	return root
}

// maker makes a command of this name, or of the other one that it has. One that asks what other commands there are
// cannot be made alone.
type maker struct {
	name, alias string
	make        func() *cobra.Command
	knowsOthers bool
}

// makers make the commands, in the order of their list.
func (a *app) makers(ui *tui.Flags) []maker {
	of := func(make func(command.Program) *cobra.Command) func() *cobra.Command {
		return func() *cobra.Command { return make(program{a}) }
	}
	return []maker{
		{name: "kill", make: a.killCommand},
		{name: "ps", make: a.psCommand},
		{name: "top", make: a.topCommand},
		{name: "ns", make: a.nsCommand},
		{name: "enter", make: a.enterCommand},
		{name: "unshare", make: a.unshareCommand},
		{name: "demo", make: a.demoCommand},
		{name: "which", make: of(which.Command)},
		{name: "pid", make: a.pidCommand},
		{name: "explain", make: a.explainCommand},
		{name: "containers", alias: "ls", make: a.containersCommand},
		{name: "stats", make: a.statsCommand},
		{name: "health", make: of(healthreport.Command)},
		{name: "ports", make: of(ports.Command)},
		{name: "net", make: of(netlist.Command)},
		{name: "reach", make: of(reach.Command)},
		{name: "logs", make: of(logs.Command)},
		{name: "cgroup", make: a.cgroupCommand},
		{name: "set", make: a.setCommand},
		{name: "tune", make: of(tune.Command)},
		{name: "diff", make: of(compare.Command)},
		{name: "storage", make: of(storage.Command)},
		{name: "freeze", make: func() *cobra.Command { return a.freezeCommand(true) }},
		{name: "thaw", make: func() *cobra.Command { return a.freezeCommand(false) }},
		{name: "files", make: a.filesCommand},
		{name: "undo", make: a.undoCommand},
		{name: "history", make: of(historylist.Command)},
		{name: "host", make: of(hostinfo.Command)},
		{name: "record", make: of(recording.Record)},
		{name: "snapshot", make: of(recording.Snapshot)},
		{name: "replay", make: a.replayCommand},
		{name: "events", make: of(eventlist.Command)},
		{name: "deploy", make: of(deploy.Command)},
		{name: "export", make: of(export.Command)},
		{name: "kubectl", make: of(kubectl.Command), knowsOthers: true},
		{name: "tour", make: of(tour.Command)},
		{name: "version", make: of(version.Command)},
		{name: "schema", make: of(schema.Command), knowsOthers: true},
		{name: "completion", make: pages.Completion, knowsOthers: true},
		{name: "man", make: of(pages.Manual), knowsOthers: true},
		{name: guardedCommand, make: func() *cobra.Command { return a.guardedCommand(ui) }},
	}
}

// alone finds what makes the one command that the words name; nil: all are needed. To make all of them takes longer
// than what many of them do.
func alone(root *cobra.Command, args []string, makers []maker) func() *cobra.Command {
	at := habits.CommandAt(root, args)
	if at < 0 {
		return nil
	}
	name := habits.Own(args[at])
	for _, m := range makers {
		if (m.name == name || m.alias == name) && !m.knowsOthers {
			return m.make
		}
	}
	return nil
}

// completions tells a command and all below it what Tab offers. That takes longer than making them, so it is done
// where Tab was pressed.
func (a *app) completions(root *cobra.Command) {
	complete.Register(root, complete.Config{Finder: a.targets, History: func() (*host.History, error) {
		return a.host().Journal().History()
	}})
}
