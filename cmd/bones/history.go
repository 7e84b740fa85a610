package main

import (
	"encoding/json"
	"fmt"
	"strings"
	"text/tabwriter"
	"time"

	"bones/cmd/bones/internal/object"
	"bones/procwalk/text"

	"github.com/spf13/cobra"
)

// historyEntry is one line of `bones history --json`.
type historyEntry struct {
	N        int       `json:"n"`
	Time     time.Time `json:"time"`
	Kind     string    `json:"kind"`
	What     text.Text `json:"what"`
	ByHand   string    `json:"by_hand"`
	UID      int       `json:"uid"`
	Result   string    `json:"result"` // done, failed, undone, unfinished
	Error    text.Text `json:"error"`
	Note     text.Text `json:"note"`
	Undoable bool      `json:"undoable"`
}

func (a *app) historyCommand() *cobra.Command {
	var last int
	var script bool
	c := &cobra.Command{
		Use:   "history",
		Short: "What bones changed on this host, oldest first",
		Long: `What bones changed, from its journal: when, what, and what came of it. N is the number that bones undo takes. --sh prints
what was done as a shell script that does the same again.`,
		Example: "  bones history\n  bones history -n 5 --json\n  bones history --sh > again.sh",
		Args:    cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			j, err := a.openJournal()
			if err != nil {
				return failed(err)
			}
			list, err := j.changes()
			if err != nil {
				return failed(err)
			}
			from := 0
			if last > 0 {
				from = max(0, len(list)-last)
			}
			switch {
			case script:
				return failed(a.historyScript(list[from:]))
			case a.json:
				return failed(object.WriteArray(a.out, func(yield func(any) bool) {
					for i, c := range list[from:] {
						if !yield(c.entry(from + i + 1)) {
							return
						}
					}
				}))
			}
			w := tabwriter.NewWriter(a.out, 0, 0, 2, ' ', 0)
			fmt.Fprintln(w, "N\tTIME\tRESULT\tWHAT")
			for i, c := range list[from:] {
				e := c.entry(from + i + 1)
				what := text.Line(e.What.Raw())
				if e.Error.Len() > 0 {
					what += ": " + text.Line(e.Error.Raw())
				}
				fmt.Fprintf(w, "%d\t%s\t%s\t%s\n", e.N, e.Time.Local().Format("2006-01-02 15:04:05"), e.Result, what)
			}
			return failed(w.Flush())
		},
	}
	c.Flags().IntVarP(&last, "last", "n", 0, "only the last so many; 0 for all")
	c.Flags().BoolVar(&script, "sh", false, "print a shell script that does the same again")
	return c
}

func (c *change) entry(n int) historyEntry {
	e := historyEntry{N: n, Time: c.intent.Time, Kind: c.intent.Kind, What: text.New(c.intent.What), ByHand: c.intent.ByHand,
		UID: c.intent.UID, Result: "unfinished", Undoable: c.undoable()}
	if c.done != nil {
		e.Result, e.Note, e.Error = "done", text.New(c.done.Note), text.New(c.done.Error)
		switch {
		case c.done.Error != "":
			e.Result = "failed"
		case c.done.Note == abandonedNote:
			e.Result = "unfinished"
		case c.undoneBy != "":
			e.Result = "undone"
		}
	}
	return e
}

// historyScript prints what was done; what failed or never ended stands there as a comment. The commands are those that
// effect.Command quoted.
// scriptTarget is whom a change is about, as it was written down.
type scriptTarget struct {
	PID   int    `json:"pid"`
	Start uint64 `json:"start"` // ticks since boot
}

// scriptHead is what the lines of a script need. A process is told by its number and when it started; its name, which may hold anything,
// ends at the last parenthesis of stat.
const scriptHead = `
still() {
  if [ "$(sed 's/.*) //' "/proc/$1/stat" 2>/dev/null | tail -n 1 | cut -d ' ' -f 20)" != "$2" ]; then
    echo "PID $1 is not the process any more that it was; nothing more is done" >&2
    exit 1
  fi
}
`

func (a *app) historyScript(list []*change) error {
	var b strings.Builder
	b.WriteString("#!/bin/sh\nset -eu\n" + scriptHead)
	checked := scriptTarget{}
	for i, c := range list {
		e := c.entry(i + 1)
		fmt.Fprintf(&b, "\n# %s: %s\n", e.Time.Local().Format("2006-01-02 15:04:05"), text.Line(e.What.Raw()))
		switch {
		case e.Result != "done" && e.Result != "undone":
			fmt.Fprintf(&b, "# %s: %s\n", e.Result, text.Line(e.ByHand))
		case e.Kind == "demo.start":
			fmt.Fprintf(&b, "# it would not come back from that; bones demo starts one in the background: %s\n", text.Line(e.ByHand))
		case strings.HasPrefix(e.Kind, "file.") && strings.HasPrefix(e.ByHand, "cat > "):
			fmt.Fprintf(&b, "# what was written is not in the journal: %s\n", text.Line(e.ByHand))
		default:
			// A number may be another process's by now.
			var t scriptTarget
			if json.Unmarshal(c.intent.State, &t) == nil && t.PID > 0 && t.Start > 0 && t != checked {
				fmt.Fprintf(&b, "still %d %d\n", t.PID, t.Start)
				checked = t
			}
			if e.Kind == "signal" {
				checked = scriptTarget{} // it may have ended of it
			}
			fmt.Fprintln(&b, text.Line(e.ByHand))
		}
	}
	_, err := fmt.Fprint(a.out, b.String())
	return err
}
