package rootfs

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"bones/procwalk"
	"bones/procwalk/fault"
	"bones/procwalk/text"
)

// inverses are the kinds of Op that may undo one of a kind: what Do gives as the Inverse of its Result.
var inverses = map[string][]string{
	"touch":   {"rm", "touch"},
	"mkdir":   {"rm"},
	"put":     {"rm", "put"},
	"rm":      {"put", "mkdir", "restore"},
	"mv":      {"mv"},
	"copy":    {"restore"},
	"unpack":  {"restore"},
	"restore": {"restore"},
}

// ChangeUndoneBy reports with an error that one recorded Change cannot be the inverse of another: it is of a kind
// that never undoes such a one, or it is about another process, another path, or more than one file.
func ChangeUndoneBy(change, inverse json.RawMessage) error {
	var a, b recordedChange
	if json.Unmarshal(change, &a) != nil || json.Unmarshal(inverse, &b) != nil || a.PID < 1 ||
		b.Op.Expect == nil && b.Op.Kind != "restore" {
		return errors.New("the record of the change is not one that this version of bones can read")
	}
	from, to := a.Op.Path, ""
	if a.Op.Kind == "mv" {
		from, to = a.Op.To, a.Op.Path
	}
	switch {
	case !slices.Contains(inverses[a.Op.Kind], b.Op.Kind):
		return fmt.Errorf("%s is not undone by %s", text.Line(a.Op.Kind), text.Line(b.Op.Kind))
	case a.PID != b.PID || a.Start != b.Start:
		return errors.New("it is about another process than the change")
	case !samePath(from, b.Op.Path) || to != "" && !samePath(to, b.Op.To) || b.Op.Recursive || b.Op.Parents,
		b.Op.Kind == "restore" && a.Op.Into != b.Op.Into:
		return errors.New("it is about another file than the change")
	}
	return nil
}

// KindOfRecord returns the kind of effect that a recorded Change is; empty if the record is not understood.
func KindOfRecord(record json.RawMessage) string {
	var r recordedChange
	if json.Unmarshal(record, &r) != nil || r.Op.Kind == "" {
		return ""
	}
	return "file." + r.Op.Kind
}

// samePath reports whether two paths have the same parts. How many slashes stand between them makes no difference.
func samePath(a, b string) bool {
	slash := func(c rune) bool { return c == '/' }
	return slices.Equal(strings.FieldsFunc(a, slash), strings.FieldsFunc(b, slash))
}

// PresentChange says, a line each, what is there now of what a recorded Change was about.
func PresentChange(ctx context.Context, record json.RawMessage, open func(procwalk.ID) (*Client, text.Text)) []string {
	var r recordedChange
	if json.Unmarshal(record, &r) != nil || r.PID < 1 {
		return nil
	}
	client, _ := open(procwalk.ID{PID: r.PID, Start: r.Start})
	defer client.Close()
	var lines []string
	for _, path := range []string{r.Op.Path, r.Op.To} {
		if path == "" {
			continue
		}
		switch i, err := client.Stat(ctx, path, false); {
		case errors.Is(err, ErrNotFound):
			lines = append(lines, text.Line(path)+" is not there")
		case err != nil:
			return append(lines, text.Line(path)+": "+fault.Line(err))
		default:
			lines = append(lines, fmt.Sprintf("%s is there: a %s of %d bytes with mode %04o, last changed on %s",
				text.Line(path), i.Kind, i.Size, i.Mode, i.ModTime.Local().Format("2006-01-02 15:04:05")))
		}
	}
	return lines
}
