// Package tune is the dialog that changes how the kernel treats a process, or all processes of a container: nice
// value, processors, I/O priority, OOM score and resource limits, each with what it is now beside it.
package tune

import (
	"context"
	"fmt"
	"strings"

	"bones/procwalk/effect"
	"bones/procwalk/text"
	"bones/ui/kit"
	"bones/ui/limits"
	"bones/ui/rows"
)

// Backend is what the dialog needs of the system. A target is a TARGET as the commands take it. Both are called in
// goroutines; they are nil where nothing can be changed.
type Backend struct {
	// Now are the settings of the process, by name.
	Now func(ctx context.Context, target string) (map[string]string, error)
	// Make makes the effect of words as `bones tune` takes them.
	Make func(ctx context.Context, target string, words []string) (effect.Effect, error)
}

// Off is why nothing can be tuned; empty: it can.
func (b Backend) Off() string {
	return kit.OffIf(b.Now == nil || b.Make == nil, "processes cannot be tuned here")
}

// fields are those of the dialog.
func fields() []limits.Field {
	return []limits.Field{
		{Name: "nice", Example: "-20 to 19", Now: "reading ..."}, {Name: "cpus", Example: "0-1,4", Now: "reading ..."},
		{Name: "ioprio", Example: "idle, best-effort:7", Now: "reading ..."},
		{Name: "oom", Example: "-1000 to 1000", Now: "reading ..."},
		{Name: "nofile", Example: "4096:8192", Now: "reading ..."},
		{Example: "core=0: --all", Now: "other limits; --all changes every process of the container"},
	}
}

// Do does what was typed behind :tune: TARGET, words NAME=VALUE and --all. Without a target it is about selected;
// without words it opens the dialog.
func (b Backend) Do(sh kit.Shell, selected, typed string) {
	target := ""
	var words []string
	typedWords, err := kit.SplitWords(typed)
	if err != nil {
		sh.Notice(rows.Warn, err.Error())
		return
	}
	for _, w := range typedWords {
		if strings.Contains(w, "=") || strings.HasPrefix(w, "--") {
			words = append(words, w)
			continue
		}
		if target != "" {
			sh.Notice(rows.Warn, fmt.Sprintf("%q is neither a setting nor the one target: give NAME=VALUE, as nice=5",
				text.New(w)))
			return
		}
		target = w
	}
	if target == "" {
		target = selected
	}
	switch {
	case target == "":
		sh.Notice(rows.Warn, "name a container or process: :tune NAME nice=5")
	case len(words) > 0:
		sh.Perform(kit.Plan{Make: func(ctx context.Context) (effect.Effect, error) { return b.Make(ctx, target, words) }})
	default:
		b.open(sh, target)
	}
}

// open opens the dialog at once; what there is now comes into it when it is read.
func (b Backend) open(sh kit.Shell, target string) {
	d := limits.Open(sh, "Tune "+text.Line(target), fields(), func(ctx context.Context, words []string) (effect.Effect,
		error) {
		return b.Make(ctx, target, words)
	})
	sh.Open(d)
	kit.NewLoader(sh, func(struct{}) kit.Read {
		return func(ctx context.Context) func() {
			now, err := b.Now(ctx, target)
			return func() {
				for _, f := range fields() {
					switch name := f.Name; {
					case name == "":
					case err != nil:
						d.SetNow(name, kit.ErrorLine(err))
					case name == "oom":
						d.SetNow(name, "oom_score_adj is "+now["oom_score_adj"])
					default:
						d.SetNow(name, "now "+now[name])
					}
				}
			}
		}
	}).Load(struct{}{})
}
