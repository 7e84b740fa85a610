package rootfs

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"

	"bones/procwalk"
	"bones/procwalk/effect"
	"bones/procwalk/text"

	"golang.org/x/sys/unix"
)

// Change is an Op on the files of one process, as an effect.
type Change struct {
	client   *Client
	op       Op
	name     text.Text // whose files: "container web", "PID 12 (sleep)"
	replaces *Info     // what is there, as it was looked at; nil if nothing is
	local    string    // put: the file of ours that is copied, for ByHand; "-" for standard input
	mode     *uint32   // of that file; nil if it is not known
	owner    string    // UID:GID of the root of its user namespace, where that is not ours; for ByHand
	content  io.Reader // put: what is written, unless the Op holds it
	size     int64     // of content; -1 if it is not known
	open     func() (*os.File, error)
	progress func(int64)
	at       func(Progress) // copy, unpack: told how far it is; may be nil
	noUndo   string         // why it could not be undone, as far as that was known before
	alone    bool           // nobody else has the client: Apply ends its worker
}

var (
	_ effect.Effect   = (*Change)(nil)
	_ effect.Recorder = (*Change)(nil)
)

// Content is the content of a put.
type Content struct {
	Local    string  // its name for people, "-" for standard input
	Mode     *uint32 // its permissions; nil if they are not known
	Content  io.Reader
	Size     int64                    // bytes; -1 if it is not known
	Open     func() (*os.File, error) // instead of Content: opens it when it is written, a regular file
	Progress func(int64)              // told the bytes written so far; may be nil
	At       func(Progress)           // the same where there are several files; may be nil
}

// NewChange looks at what is there and makes the effect. name says whose files these are. Of a put, from is what to
// write unless the Op has the content.
func NewChange(ctx context.Context, c *Client, op Op, name text.Text, from *Content) (*Change, error) {
	ch := &Change{client: c, op: op, name: name, local: "-"}
	if from != nil {
		ch.local, ch.mode, ch.content, ch.size, ch.open, ch.progress = from.Local, from.Mode, from.Content, from.Size,
			from.Open, from.Progress
		ch.at = from.At
	}
	ch.owner = c.rootOwner(ctx, op)
	i, noUndo, err := c.lookFirst(ctx, op)
	ch.noUndo = noUndo
	switch {
	case errors.Is(err, ErrNotFound):
		if ch.op.Expect == nil && op.Kind != "rm" && op.Kind != "mkdir" && op.Kind != "mv" {
			ch.op.Expect = &Expect{Absent: true}
		}
	case err != nil:
		return nil, err
	default:
		ch.replaces = &i
		if ch.op.Expect == nil && (op.Kind == "rm" || op.Kind == "put" || op.Kind == "mv") {
			ch.op.Expect = expect(i)
		}
		if ch.op.Expect != nil && !ch.op.Expect.met(i) {
			return nil, fmt.Errorf("%s: %w", text.Line(op.Path), ErrMoved)
		}
	}
	if ch.replaces == nil && (op.Kind == "rm" || op.Kind == "mv") {
		return nil, explain(op.Path, unix.ENOENT)
	}
	return ch, nil
}

// About implements effect.Effect.
func (c *Change) About() text.Text { return c.name }

// Kind implements effect.Effect.
func (c *Change) Kind() string { return "file." + c.op.Kind }

// Describe implements effect.Effect.
func (c *Change) Describe() string {
	path := text.Line("/" + trimSlash(c.op.Path))
	switch {
	case c.op.Kind == "rm" && c.op.Recursive:
		return fmt.Sprintf("remove %s with all that is in it from %s", path, c.name)
	case c.op.Kind == "rm":
		return fmt.Sprintf("remove %s from %s", path, c.name)
	case c.op.Kind == "put" && c.replaces != nil:
		return fmt.Sprintf("replace %s (%d bytes) of %s", path, c.replaces.Size, c.name)
	case c.op.Kind == "put":
		return fmt.Sprintf("write %s in %s", path, c.name)
	case c.op.Kind == "mv":
		return fmt.Sprintf("rename %s to %s in %s", path, text.Line("/"+trimSlash(c.op.To)), c.name)
	case c.op.Kind == "copy" && c.op.Into:
		return fmt.Sprintf("copy what is in %s into %s of %s", text.Line(c.op.Local), path, c.name)
	case c.op.Kind == "copy":
		return fmt.Sprintf("copy %s with all that is in it to %s in %s", text.Line(c.op.Local), path, c.name)
	case c.op.Kind == "unpack":
		return fmt.Sprintf("unpack a tar into %s of %s", path, c.name)
	case c.op.Kind == "restore":
		return c.describeRestore(path)
	case c.op.Kind == "mkdir":
		return fmt.Sprintf("make the directory %s in %s", path, c.name)
	}
	return fmt.Sprintf("touch %s in %s", path, c.name)
}

// describeRestore says what undo of a copy or of a removal does.
func (c *Change) describeRestore(path string) string {
	made := fmt.Sprintf("%d copied files", len(c.op.Made))
	if len(c.op.Made) == 1 {
		made = "the copied file"
	}
	switch {
	case len(c.op.Made) == 0:
		return fmt.Sprintf("bring %s back in %s, as it was", path, c.name)
	case len(c.op.Content) > 0:
		return fmt.Sprintf("take %s away again at %s of %s, and put back what was there before", made, path, c.name)
	}
	return fmt.Sprintf("take %s away again at %s of %s", made, path, c.name)
}

func trimSlash(s string) string {
	for s != "" && s[0] == '/' {
		s = s[1:]
	}
	return s
}

// Risk implements effect.Effect.
func (c *Change) Risk() effect.Risk {
	switch {
	case c.op.Kind == "rm" && c.op.Recursive && c.replaces != nil && c.replaces.Kind == Directory:
		if c.noUndo != "" {
			return effect.Risk{Level: effect.Grave, Why: c.noUndo}
		}
		return effect.Risk{Level: effect.Confirm, Why: "all that is in it is removed; undo brings it back"}
	case (c.op.Kind == "copy" || c.op.Kind == "unpack") && (c.replaces != nil || c.op.Into):
		return effect.Risk{Level: effect.Confirm, Why: "files that are there under the same names are replaced; undo " +
			"brings back those of up to 1 MiB"}
	case c.op.Kind == "rm" && !c.Undo().Possible:
		return effect.Risk{Level: effect.Confirm, Why: c.Undo().Why}
	case c.op.Kind == "rm":
		return effect.Risk{Level: effect.Confirm, Why: "undo brings it back"}
	case c.op.Kind == "put" && c.replaces != nil && !c.Undo().Possible:
		return effect.Risk{Level: effect.Confirm, Why: c.Undo().Why}
	case c.op.Kind == "put" && c.replaces != nil:
		return effect.Risk{Level: effect.Confirm, Why: "what is in the file is replaced; undo brings it back"}
	}
	return effect.Risk{}
}

// Undo implements effect.Effect.
func (c *Change) Undo() effect.Undo {
	if c.replaces == nil {
		return effect.Undo{Possible: true}
	}
	switch {
	case c.op.Kind == "mv":
		return effect.Undo{Possible: true}
	case c.op.Kind == "touch", c.op.Kind == "copy", c.op.Kind == "unpack", c.op.Kind == "restore":
		return effect.Undo{Possible: true}
	case c.op.Kind == "mkdir":
		return effect.Undo{Why: "it is there already"}
	case c.op.Kind == "rm":
		return effect.Undo{Possible: c.noUndo == "", Why: c.noUndo}
	case c.replaces.Kind == Regular && c.replaces.Size <= maxKept:
		return effect.Undo{Possible: true}
	}
	return effect.Undo{Why: "only regular files of up to 1 MiB are kept"}
}

// Apply implements effect.Effect. The Result of its Outcome is a Result.
func (c *Change) Apply(ctx context.Context) (effect.Outcome, error) {
	if c.alone {
		defer c.client.Close()
	}
	content, size := c.content, c.size
	if c.open != nil {
		f, err := c.open()
		if err != nil {
			return effect.Outcome{}, err
		}
		defer f.Close()
		info, err := f.Stat()
		if err != nil {
			return effect.Outcome{}, err
		}
		if !info.Mode().IsRegular() {
			return effect.Outcome{}, fmt.Errorf("%s: %w", text.Line(c.local), ErrSpecial)
		}
		content, size = f, info.Size()
	}
	each := progressOf(c.progress)
	if c.at != nil {
		each = toldAt(c.at)
	}
	res, err := c.client.do(ctx, c.op, content, size, each)
	if err != nil {
		return effect.Outcome{}, err
	}
	out := effect.Outcome{Unchanged: res.Same, Note: res.Note, Result: res}
	if res.Inverse != nil {
		inverse := &Change{client: c.client, op: *res.Inverse, name: c.name, local: "-"}
		if inverse.op.Kind != "mkdir" && c.op.Kind != "rm" {
			inverse.replaces = &res.Info
		}
		out.Inverse = inverse
	}
	return out, nil
}

// recordedChange is a Change as it is written down. What a put streamed is not.
type recordedChange struct {
	PID   int    `json:"pid"`
	Start uint64 `json:"start"`
	Op    Op     `json:"op"`
}

// Record implements effect.Recorder.
func (c *Change) Record() (json.RawMessage, error) {
	op := c.op
	if c.content != nil || c.open != nil {
		op.Content = nil
	}
	return json.Marshal(recordedChange{c.client.id.PID, c.client.id.Start, op})
}

// RestoreChange makes a change, an inverse as a rule, from what Record wrote. It is refused when the process has
// ended, or the file is not what was left. kernelFiles is Op.KernelFiles; open gives the files of a process, and says
// whose they are now.
func RestoreChange(ctx context.Context, record json.RawMessage, kernelFiles bool, open func(procwalk.ID) (*Client,
	text.Text)) (*Change, error) {
	var r recordedChange
	if err := json.Unmarshal(record, &r); err != nil || r.PID < 1 ||
		r.Op.Expect == nil && r.Op.Kind != "restore" {
		return nil, errors.New("the record of the change is not one that this version of bones can read")
	}
	r.Op.KernelFiles = kernelFiles
	client, name := open(procwalk.ID{PID: r.PID, Start: r.Start})
	defer client.Close() // nobody else has it, and who is asked may say no; Apply starts a worker of its own
	c, err := NewChange(ctx, client, r.Op, name, nil)
	if err == nil {
		c.alone = true
	}
	return c, err
}
