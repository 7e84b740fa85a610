package main

import (
	"errors"
	"fmt"
	"os"

	"bones/cmd/bones/internal/record"
	"bones/cmd/bones/internal/terminal"
	"bones/cmd/bones/internal/tui"
	"bones/procwalk/fault"
	"bones/procwalk/text"

	"github.com/spf13/cobra"
	"golang.org/x/term"
)

// replayWord stands before the recording among the arguments of the UI's own process.
const replayWord = "replay"

func (a *app) replayCommand() *cobra.Command {
	var dir string
	var f tui.Flags
	c := &cobra.Command{
		Use:   replayWord + " [FILE|-]",
		Short: "Open a recording in the terminal UI",
		Long: `Show in the terminal UI what bones record or bones snapshot wrote: the recording of this host, a
FILE or directory, or, with -, what comes through a pipe. It begins at the last moment, and
continues with new moments as they arrive. "," and "." go one moment back and forward, "{" and "}" a
minute, "(" and ")" to the events of the selected process or container; ":at 03:00" and ":at -2h" go
to a time, ":live" to the end; both times count back from the end of the recording. View 6 lists
what happened. As this is the past, nothing can be changed, and the files of containers are not
there.`,
		Example: "  bones replay\n  bones replay --at 03:00\n  bones replay db1.bones\n  bones replay - < db1.bones",
		Args:    cobra.MaximumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			file := dir
			if len(args) == 1 {
				file = args[0]
			}
			return a.replay(c, &f, file)
		},
	}
	f.Register(c.Flags())
	c.Flags().StringVar(&dir, "dir", "", "show the recording in `DIR` (default: in the state directory)")
	return c
}

func (a *app) replay(c *cobra.Command, f *tui.Flags, file string) (err error) {
	if file == "" {
		if file, err = record.DirOf(a.procRoot); err != nil {
			return failed(err)
		}
	}
	if !terminal.IsTerminal(a.out) || file != "-" && !term.IsTerminal(int(os.Stdin.Fd())) {
		return failed(errors.New("replay: it needs a terminal; ps, containers and others print a recording with --from"))
	}
	if file == "-" {
		spool, end, err := record.FromPipe()
		if err != nil {
			return failed(fmt.Errorf("replay: %w", err))
		}
		defer end(a.err)
		file = fmt.Sprintf("/proc/%d/fd/%d", os.Getpid(), spool.Fd())
	}
	// What is wrong with it is said here, where there is no screen yet.
	past, err := a.openReplay([]string{replayWord, file}, a.complain)
	if err != nil {
		return failed(err)
	}
	past.Close()
	args := append(program{a}.Globals().Args(), replayWord, file)
	if a.at != "" {
		args = append(args, "--at="+a.at)
	}
	return a.guarded(c, f, append(args, f.Args()...))
}

// openReplay opens the recording that the arguments of the UI's own process name; nil: none. It complains where
// nothing was recorded at the time of --at: the header has the time that is shown.
func (a *app) openReplay(args []string, complain func(error)) (*record.Replay, error) {
	if len(args) != 2 || args[0] != replayWord {
		return nil, nil
	}
	r, err := record.Open(args[1])
	if err != nil {
		return nil, fault.Hinted("replay", err, "bones record makes a recording")
	}
	past, err := record.NewReplay(r)
	if err != nil {
		r.Close()
		return nil, fmt.Errorf("replay: %w", err)
	}
	if a.at != "" {
		switch err := past.Seek(a.at); {
		case errors.Is(err, record.ErrNotThen):
			complain(fmt.Errorf("replay: --at %s: %w", text.Sanitise(a.at), err))
		case errors.Is(err, record.ErrLater): // without what would be shown
			past.Close()
			return nil, fmt.Errorf("replay: --at %s: %w", text.Sanitise(a.at), errors.Unwrap(err))
		case err != nil:
			past.Close()
			return nil, fmt.Errorf("replay: --at: %w", err)
		}
	}
	return past, nil
}
