package remote

import (
	"context"
	"fmt"
	"io"
	"os"
	"time"

	"bones/cmd/bones/internal/remote/shell"
	"bones/procwalk/effect"
	"bones/procwalk/text"
)

// holdWithin is how long a host may take for its copy where nobody watches it.
const holdWithin = 5 * time.Minute

// hold puts a copy of this program on a host that has none, for as long as a command runs there. It is an effect: the
// user is asked, and the journal of this host has it.
type hold struct {
	ssh  *shell.SSH
	errs io.Writer
}

// Kind implements effect.Effect.
func (h *hold) Kind() string { return "remote.copy" }

// About implements effect.Effect.
func (h *hold) About() text.Text { return text.New("host " + h.ssh.Host.Name) }

// Describe implements effect.Effect.
func (h *hold) Describe() string {
	size := ""
	if st, err := os.Stat("/proc/self/exe"); err == nil {
		size = fmt.Sprintf(" (%d MiB)", (st.Size()+1<<19)>>20)
	}
	return "copy this bones" + size + " to " + h.ssh.Host.Name + " for this session, and remove it there afterwards"
}

// ByHand implements effect.Effect.
func (h *hold) ByHand() string {
	own, err := os.Executable()
	if err != nil {
		own = "bones"
	}
	line := append([]string{"ssh"}, h.ssh.Host.Args...)
	return effect.Command(append(line, `d=$(mktemp -d) && cat >"$d/bones" && chmod 700 "$d/bones" && echo "$d"`)...) +
		" <" + effect.Command(own)
}

// Risk implements effect.Effect.
func (h *hold) Risk() effect.Risk {
	return effect.Risk{Level: effect.Confirm, Why: h.ssh.Host.Name + " has no bones that this user finds there; " +
		"the copy is in a directory of the user's own (mode 0700)"}
}

// Undo implements effect.Effect.
func (h *hold) Undo() effect.Undo {
	return effect.Undo{Why: "the host removes the copy when the session ends"}
}

// Apply implements effect.Effect. Its Result is a *shell.Held.
func (h *hold) Apply(ctx context.Context) (effect.Outcome, error) {
	if h.ssh.Batch {
		late, cancel := context.WithTimeoutCause(ctx, holdWithin,
			fmt.Errorf("it did not take the copy within %v, and bones has given up", holdWithin))
		defer cancel()
		ctx = late
	}
	held, err := h.ssh.Hold(ctx, h.errs)
	if err != nil && ctx.Err() != nil {
		err = context.Cause(ctx)
	}
	if err != nil {
		return effect.Outcome{}, fmt.Errorf("copying bones to %s: %w", h.ssh.Host.Name, err)
	}
	return effect.Outcome{Result: held}, nil
}
