package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"time"

	"bones/cgroupview/inventory"
	"bones/procwalk"
	"bones/procwalk/detail"
	"bones/procwalk/effect"
	"bones/procwalk/psfmt"
	"bones/procwalk/psfmt/glibc"
	"bones/procwalk/text"
	"bones/ui"
	"bones/ui/kit"
	"bones/ui/rows"

	"github.com/containerd/cgroups/v3"
	"github.com/spf13/cobra"
	"golang.org/x/sys/unix"
	"golang.org/x/term"
)

// tuiFlags are the options of the terminal UI.
type tuiFlags struct {
	seconds float64
	columns []string
	ascii   bool
	noMouse bool
	theme   string
}

func (f *tuiFlags) register(c *cobra.Command) {
	c.Flags().Float64VarP(&f.seconds, "delay", "d", 1, "seconds between refreshes of the terminal UI")
	c.Flags().StringSliceVar(&f.columns, "columns", nil, "columns of the process table in the terminal UI")
	c.Flags().BoolVar(&f.ascii, "ascii", false, "draw with ASCII characters only")
	c.Flags().StringVar(&f.theme, "theme", "", "colours of the terminal UI: "+strings.Join(ui.Themes(), ", "))
	c.Flags().BoolVar(&f.noMouse, "no-mouse", false, "leave the mouse to the terminal")
}

// guardedCommand is the hidden name under which the terminal UI's own process is started (see guard).
const guardedCommand = "__ui"

// start is what bones without a command does: the terminal UI, or without a terminal the table as text.
func (a *app) start(c *cobra.Command, f *tuiFlags) error {
	if !term.IsTerminal(int(os.Stdin.Fd())) || !a.toTerminal() {
		return a.ps(c.Context(), &psFlags{}, nil)
	}
	if err := f.check(); err != nil {
		return err
	}
	if t := os.Getenv("TERM"); t == "" || t == "dumb" {
		return failed(fmt.Errorf("the terminal UI: TERM is %q, a terminal that cannot move its cursor; `bones ps` prints the table", t))
	}
	a.reportAbandoned()
	if dir, err := configDir(); err == nil {
		for _, p := range readConfig(filepath.Join(dir, "config")).problems() {
			fmt.Fprintln(a.err, "bones: "+p)
		}
	}
	args := append([]string{guardedCommand}, os.Args[1:]...)
	if status := a.guard(args); status != 0 {
		return &statusError{status: status}
	}
	return nil
}

func (f *tuiFlags) check() error {
	if err := checkSeconds(f.seconds); err != nil {
		return usage("--delay %w", err)
	}
	for _, name := range f.columns {
		if err := checkColumn(name); err != nil {
			return usage("--columns: %w", err)
		}
	}
	if f.theme != "" {
		if err := checkTheme(f.theme); err != nil {
			return usage("--theme: %w", err)
		}
	}
	return nil
}

func (a *app) guardedCommand(f *tuiFlags) *cobra.Command {
	c := &cobra.Command{
		Use:    guardedCommand,
		Hidden: true,
		Args:   cobra.NoArgs,
		RunE:   func(c *cobra.Command, _ []string) error { return a.tui(c, f) },
	}
	f.register(c)
	return c
}

// tui runs the terminal UI on this terminal until the user quits or a signal ends it.
func (a *app) tui(c *cobra.Command, f *tuiFlags) error {
	if err := f.check(); err != nil {
		return err
	}
	// Started through /proc/self/exe, it would be called exe.
	os.WriteFile("/proc/self/comm", []byte("bones"), 0)
	walker, err := procwalk.NewWalker(a.procRoot, procwalk.Keep())
	if err != nil {
		return failed(err)
	}
	defer walker.Close()
	if a.noColor {
		os.Setenv("NO_COLOR", "1") // which tcell looks at
	}
	ctx, cancel := context.WithCancelCause(c.Context())
	defer cancel(nil)
	stop := endOnSignals(cancel)
	defer stop()
	screen, err := takeTerminal(cancel)
	if err != nil {
		return failed(fmt.Errorf("the terminal UI: TERM=%s: %w; `bones ps` prints the table", os.Getenv("TERM"), err))
	}
	defer screen.exitWhenStuck(ctx)()

	options := ui.Options{
		Backend:    a.backend(walker),
		Screen:     screen,
		Notices:    screen.notices,
		Interval:   time.Duration(f.seconds * float64(time.Second)),
		ASCII:      f.ascii || !glibc.UTF8Locale(os.Getenv, "/usr/lib/locale"),
		Mouse:      !f.noMouse,
		CgroupMode: cgroupMode(),
		Missing:    missingPrivileges(),
		Columns:    f.columns,
		Theme:      f.theme,
	}
	config := &tuiConfig{}
	dir, err := configDir()
	if err == nil {
		config = readConfig(filepath.Join(dir, "config"))
		err = oursToWrite(dir)
	}
	if err != nil {
		options.Forgets = text.Line(err.Error())
	}
	for _, p := range config.problems() {
		options.Problems = append(options.Problems, strings.TrimPrefix(p, dir+"/"))
	}
	a.apply(&options, c, config, readState(dir))
	defer a.namespaceBackend(&options.Backend)()
	a.containerBackend(&options.Backend)
	a.cgroupBackend(&options.Backend)
	a.explainBackend(&options.Backend)
	defer a.fileBackend(&options.Backend)()
	if a.readonly {
		options.ReadOnly = errReadonly.Error()
	}
	u := ui.New(options)
	before := u.Settings()
	stopped := make(chan os.Signal, 1)
	signal.Notify(stopped, unix.SIGTSTP)
	defer signal.Stop(stopped)
	go func() {
		for range stopped {
			u.Suspend()
			// Sent to the whole job, it comes from the guard as well: stopping once is what was asked for.
			for len(stopped) > 0 {
				<-stopped
			}
		}
	}()
	err = u.Run(ctx)
	if options.Forgets == "" {
		if err := remember(dir, config, before, u.Settings()); err != nil {
			fmt.Fprintln(a.err, "bones: what was changed is not remembered: "+text.Line(err.Error()))
		}
	}
	if errors.As(context.Cause(ctx), new(endedBySignal)) {
		return &statusError{status: exitStatusOf(ctx)}
	}
	if cause := context.Cause(ctx); err == nil && cause != nil {
		err = fmt.Errorf("the terminal UI: %w", cause)
	}
	return failed(err)
}

// exitStatusOf returns the status to exit with for why ctx ended.
func exitStatusOf(ctx context.Context) int {
	var by endedBySignal
	if errors.As(context.Cause(ctx), &by) {
		return 128 + int(by)
	}
	return exitFailed
}

// endedBySignal is why a context ended.
type endedBySignal unix.Signal

func (s endedBySignal) Error() string { return "ended by SIG" + procwalk.SignalName(unix.Signal(s)) }

// twiceWithin is how long a second signal is the same wish: sent to the whole job, one comes from the guard as well.
const twiceWithin = 500 * time.Millisecond

// endOnSignals ends the context at the first signal that asks the program to end.
func endOnSignals(cancel context.CancelCauseFunc) (stop func()) {
	signals := make(chan os.Signal, 4)
	signal.Notify(signals, unix.SIGTERM, unix.SIGHUP, unix.SIGINT, unix.SIGQUIT)
	go func() {
		var first time.Time
		for s := range signals {
			if first.IsZero() {
				first = time.Now()
				cancel(endedBySignal(s.(unix.Signal)))
			} else if time.Since(first) > twiceWithin {
				// Whoever asks twice does not want to wait; the guard puts the terminal back.
				os.Exit(128 + int(s.(unix.Signal)))
			}
		}
	}()
	return func() {
		signal.Stop(signals)
		close(signals)
	}
}

// backend gives the terminal UI everything that it cannot do itself.
func (a *app) backend(walker *procwalk.Walker) ui.Backend {
	reader := detail.NewReader(a.procRoot)
	users := psfmt.ReadNames("/etc/passwd")
	ttys := psfmt.NewTTYs(a.procRoot, "/dev")
	sections := func(d *detail.Detail) ui.Sections {
		return func(p *procwalk.Process, s *procwalk.Snapshot, reveal bool) []rows.Section {
			return rows.Details(p, s, d, rows.DetailOptions{Reveal: reveal})
		}
	}
	source := &namedSource{source: &thriftySource{source: walker}, resolver: inventory.NewResolver(a.procRoot, a.cgroupRoot)}
	b := ui.Backend{
		Source: source,
		Host:   hostFacts(a.procRoot),
		Names: rows.Names{
			User:      users.Name,
			TTY:       ttys.Name,
			Container: source.Names,
		},
		Quick: sections(nil),
		Details: func(ctx context.Context, id procwalk.ID) ui.Sections {
			return sections(reader.Read(ctx, id))
		},
		Carry:  a.carry,
		Export: a.export,
		Copy:   copyToClipboard,
		// The guard stops with us, and lets us go on when the shell continues it.
		Suspend: stopHere,
	}
	b.Processes.Threads = func(ctx context.Context, id procwalk.ID) ([]rows.Thread, error) {
		threads, err := reader.Threads(ctx, id)
		if err != nil {
			return nil, err
		}
		list := make([]rows.Thread, len(threads.List))
		for i, t := range threads.List {
			list[i] = rows.Thread{TID: t.TID, Comm: t.Comm, State: t.State, Ticks: t.UTime + t.STime, Start: t.StartTime}
		}
		return list, nil
	}
	signal := func(s *procwalk.Snapshot, p *procwalk.Process, number int) (effect.Effect, error) {
		return procwalk.NewSignal(a.procRoot, s, p, unix.Signal(number))
	}
	var signals []kit.SignalChoice
	for n := unix.Signal(1); n <= 64; n++ {
		if name := procwalk.SignalName(n); name != "" && name[0] > '9' {
			signals = append(signals, kit.SignalChoice{Number: int(n), Name: name, Does: procwalk.SignalDoes(n)})
		}
	}
	b.Processes.Signal, b.Processes.Signals = signal, signals
	b.Containers.Signal, b.Containers.Signals = signal, signals
	return b
}

// hostFacts reads what the header shows; the share of CPU time is that since the call before.
func hostFacts(root string) func(context.Context) kit.HostFacts {
	var busyBefore, allBefore float64
	return func(context.Context) kit.HostFacts {
		h := detail.Host(root)
		var f kit.HostFacts
		if l := h.Load; l.Err == nil {
			f.HasLoad, f.Load = true, [3]float64{l.Value.Load1, l.Value.Load5, l.Value.Load15}
		}
		if m := h.Memory; m.Err == nil && m.Value.MemTotalBytes != nil && m.Value.MemAvailableBytes != nil {
			f.HasMemory, f.MemTotal, f.MemAvailable = true, *m.Value.MemTotalBytes, *m.Value.MemAvailableBytes
		}
		if c := h.CPU; c.Err == nil {
			// Guest time is part of user time already.
			busy := c.Value.User + c.Value.Nice + c.Value.System + c.Value.IRQ + c.Value.SoftIRQ + c.Value.Steal
			all := busy + c.Value.Idle + c.Value.Iowait
			if allBefore > 0 && all > allBefore {
				f.HasCPU, f.CPUBusy = true, min(max((busy-busyBefore)/(all-allBefore), 0), 1)
			}
			busyBefore, allBefore = busy, all
		}
		return f
	}
}

// copyToClipboard asks the terminal to take what is on the screen's command line: OSC 52, which works through ssh too.
//
// Source: xterm control sequences, Manipulate Selection Data.
func copyToClipboard(s string) {
	fmt.Fprint(os.Stdout, osc52(s))
}

// cgroupMode says which cgroup versions this host has mounted.
func cgroupMode() string {
	switch cgroups.Mode() {
	case cgroups.Legacy:
		return "v1"
	case cgroups.Hybrid:
		return "hybrid"
	case cgroups.Unified:
		return "v2"
	}
	return "none"
}

// missingPrivileges says, once and in a few words each, what this user will not see.
func missingPrivileges() []string {
	var missing []string
	have := effectiveCapabilities()
	for _, c := range []struct {
		bit  uint
		name string
	}{
		{unix.CAP_SYS_PTRACE, "CAP_SYS_PTRACE (other users' namespaces, files, environment)"},
		{unix.CAP_KILL, "CAP_KILL (signals to other users' processes)"},
	} {
		if have&(1<<c.bit) == 0 {
			missing = append(missing, c.name)
		}
	}
	return missing
}

// effectiveCapabilities returns the mask of what this thread may do, 0 if it cannot be told.
func effectiveCapabilities() uint64 {
	header := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
	var data [2]unix.CapUserData
	if err := unix.Capget(&header, &data[0]); err != nil {
		return 0
	}
	return uint64(data[1].Effective)<<32 | uint64(data[0].Effective)
}
