// Package tui is the terminal UI as a program: it gives the screens of package ui what they show and do, its settings,
// and the terminal.
package tui

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"runtime"
	"strings"

	"bones/cgroupview/inventory"
	"bones/cgroupview/inventory/events"
	"bones/cmd/bones/internal/explain"
	"bones/cmd/bones/internal/heap"
	"bones/cmd/bones/internal/host"
	"bones/cmd/bones/internal/privilege"
	"bones/cmd/bones/internal/record"
	"bones/cmd/bones/internal/target"
	"bones/cmd/bones/internal/terminal"
	"bones/nsview/enter"
	"bones/procwalk"
	"bones/procwalk/crash"
	"bones/procwalk/fault"
	"bones/procwalk/psfmt/glibc"
	"bones/procwalk/reexec"
	"bones/ui"

	"golang.org/x/sys/unix"
)

// Config is what the terminal UI is given.
type Config struct {
	Targets  target.Finder
	Readonly bool     // whatever would change the system is refused
	NoColor  bool     // one theme without colours
	Journal  string   // the file, as it was named; empty for the one in the state directory
	Globals  []string // the global flags, for another process of the program
	Flags    *Flags
	Given    func(flag string) bool // whether a flag stands on the command line
	Host     *host.Host             // carries effects out
	Replay   *record.Replay         // shown in place of this host as it is now; nil: now
	Err      io.Writer              // what is said once the screen is gone
	Args     []string               // what the UI was started for: see TourArgs; none as a rule
	// Enter runs a program inside a target, on the terminal that the UI has given back, and returns its exit status.
	Enter func(context.Context, *enter.Enter) (status int, err error)
}

// program is one run of the terminal UI.
type program struct {
	Config
	recent *record.History // of this host as it is now; nil of a recording
	log    *events.Log     // of what happened
}

// Run runs the terminal UI on this terminal until the user quits or a signal ends it: then the error is a
// terminal.EndedBySignal.
func Run(parent context.Context, config Config) error {
	p := &program{Config: config}
	reexec.SetName("bones")
	defer heap.Start(freeHeap, heapShare).Stop()
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(0)) // see processors
	backend, done, err := p.everything()
	if err != nil {
		return err
	}
	defer done()
	if p.NoColor {
		os.Setenv("NO_COLOR", "1") // which tcell looks at
	}
	ctx, cancel := context.WithCancelCause(parent)
	defer cancel(nil)
	stop := terminal.EndOnSignals(cancel)
	defer stop()
	screen, err := terminal.OpenScreen(cancel)
	if err != nil {
		return fmt.Errorf("the terminal UI: TERM=%s: %w; `bones ps` prints the table", os.Getenv("TERM"), err)
	}
	defer screen.ExitWhenStuck(ctx)()

	options := p.options(backend, screen)
	remember := p.settings(&options)
	doneTour, err := p.takeTour(&options)
	if err != nil {
		return err
	}
	defer doneTour()
	u := ui.New(options)
	before := u.Settings()
	defer suspendOnSignal(u)()
	err = u.Run(ctx)
	if err := remember(before, u.Settings()); err != nil {
		fmt.Fprintln(p.Err, "bones: the changes to the UI are not remembered: "+fault.Line(err))
	}
	var by terminal.EndedBySignal
	if errors.As(context.Cause(ctx), &by) {
		return by
	}
	if cause := context.Cause(ctx); err == nil && cause != nil {
		err = fmt.Errorf("the terminal UI: %w", cause)
	}
	return err
}

// everything is what the UI shows and does: about this host as it is now, or about a recording. done gives back what
// it holds.
func (p *program) everything() (b ui.Backend, done func(), err error) {
	if p.Replay != nil {
		b := p.pastBackend(p.Replay)
		ctx, stop := context.WithCancel(context.Background())
		p.log = recordedEvents(ctx, p.Replay.Path())
		b.Events.Log = p.log
		return b, stop, nil
	}
	walker, err := procwalk.NewWalker(p.Targets.Proc, procwalk.Keep(), p.Targets.Source.Kept())
	if err != nil {
		return b, nil, err
	}
	live := inventory.NewLive(inventory.LiveConfig{Processes: &thriftySource{source: walker}, ProcRoot: p.Targets.Proc,
		CgroupRoot: p.Targets.Cgroups, Descriptors: openFiles() / 2})
	source, stopWatching := p.watch(live)
	b, names := p.backend(source)
	p.log, b.Events.Log = source.log, source.log
	stopNamespaces := p.namespaceBackend(&b)
	p.containerBackend(&b)
	p.cgroupBackend(&b)
	p.historyBackend(&b)
	b.Explain, b.Health = explain.New(p.Targets).Process, p.liveHealth
	p.networkBackend(&b)
	p.logBackend(&b)
	p.tuneBackend(&b)
	p.sheetBackend(&b)
	stopFiles := p.fileBackend(&b)
	if p.recent, err = p.newRecent(source, names); err == nil {
		b = p.withRecent(b, p.recent)
	}
	return b, func() {
		stopFiles()
		stopNamespaces()
		stopWatching()
		live.Close()
		walker.Close()
	}, err
}

// options are those of the UI, as the command line and this host have them.
func (p *program) options(backend ui.Backend, screen *terminal.Drawn) ui.Options {
	o := ui.Options{
		Backend:    backend,
		Screen:     screen,
		Notices:    screen.Notices,
		Interval:   p.Flags.delay,
		ASCII:      p.Flags.ascii || !glibc.UTF8Locale(os.Getenv, "/usr/lib/locale"),
		Mouse:      !p.Flags.noMouse,
		CgroupMode: CgroupMode(),
		Missing:    privilege.Missing(),
		Columns:    p.Flags.columns,
		Theme:      p.Flags.theme,
	}
	if p.recent != nil {
		o.Recent = p.recent
	}
	if p.Readonly {
		o.ReadOnly = host.ErrReadonly.Error()
	}
	if p.Replay != nil {
		o.Past, o.ReadOnly, o.CgroupMode, o.Missing = p.Replay, ui.ThisIsThePast, "", nil
		for _, err := range append(p.Replay.Damaged(), p.Replay.CutLines()) {
			if err != nil {
				o.Problems = append(o.Problems, fault.Line(err))
			}
		}
	}
	return o
}

// settings adds the user's own settings to the options. What is returned writes down what the user changed of them.
func (p *program) settings(o *ui.Options) (write func(before, after ui.Settings) error) {
	config := &userConfig{}
	dir, err := configDir()
	if err == nil {
		config = readConfig(filepath.Join(dir, "config"))
		err = oursToWrite(dir)
	}
	if err != nil {
		o.Forgets = fault.Line(err)
	}
	for _, problem := range config.problems() {
		o.Problems = append(o.Problems, strings.TrimPrefix(problem, dir+"/"))
	}
	p.apply(o, config, readState(dir))
	return func(before, after ui.Settings) error {
		if o.Forgets != "" {
			return nil
		}
		return remember(dir, config, before, after)
	}
}

// suspendOnSignal gives the terminal back and stops when the job is to stop.
func suspendOnSignal(u *ui.UI) (stop func()) {
	stopped := make(chan os.Signal, 1)
	signal.Notify(stopped, unix.SIGTSTP)
	crash.Go(func() {
		for range stopped {
			u.Suspend()
			// Sent to the whole job, it comes from the guard as well: stopping once is what was asked for.
			for len(stopped) > 0 {
				<-stopped
			}
		}
	})
	return func() { signal.Stop(stopped) }
}
