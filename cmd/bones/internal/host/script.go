package host

import (
	"fmt"
	"io"
	"strings"

	"bones/procwalk/text"
)

// scriptTarget is whom a change is about, as it was written down.
type scriptTarget struct {
	PID   int    `json:"pid"`
	Start uint64 `json:"start"` // ticks since boot
}

// scriptHead is what the lines of a script need. A process is told by its number and when it started; its name, which
// may hold anything, ends at the last parenthesis of stat.
const scriptHead = `#!/bin/sh
set -eu

still() {
  if [ "$(sed 's/.*) //' "/proc/$1/stat" 2>/dev/null | tail -n 1 | cut -d ' ' -f 20)" != "$2" ]; then
    echo "PID $1 is not the process any more that it was; nothing more is done" >&2
    exit 1
  fi
}
`

// WriteScript writes what these changes did as a shell script that does the same again. What failed or never ended
// stands there as a comment. The commands are those that effect.Command quoted.
func (h *Host) WriteScript(w io.Writer, from *History, list []*Change) error {
	if _, err := io.WriteString(w, scriptHead); err != nil {
		return err
	}
	checked := scriptTarget{}
	for _, c := range list {
		e, err := from.Entry(c)
		if err != nil {
			return err
		}
		if _, err := io.WriteString(w, e.script(h.kinds[e.Kind], &checked)); err != nil {
			return err
		}
	}
	return nil
}

// script is what of a script does the change again. checked is the process that the lines before have looked for.
func (e *Entry) script(kind EffectKind, checked *scriptTarget) string {
	var b strings.Builder
	why := ""
	if kind.Unscripted != nil {
		why = kind.Unscripted(e.ByHand)
	}
	fmt.Fprintf(&b, "\n# %s: %s\n", e.Time.Local().Format("2006-01-02 15:04:05"), text.Line(e.What.Raw()))
	switch {
	case e.Result == "failed" || e.Result == "unfinished":
		fmt.Fprintf(&b, "# %s: %s\n", e.Result, text.Line(e.ByHand))
	case why != "":
		fmt.Fprintf(&b, "# %s: %s\n", why, text.Line(e.ByHand))
	default:
		// A number may be another process's by now.
		if t := e.target; t.PID > 0 && t.Start > 0 && t != *checked {
			fmt.Fprintf(&b, "still %d %d\n", t.PID, t.Start)
			*checked = t
		}
		if kind.Ends {
			*checked = scriptTarget{}
		}
		fmt.Fprintln(&b, text.Line(e.ByHand))
	}
	return b.String()
}
