// Package complete finds what a shell offers when Tab is pressed. The usage line of a command says what each of its
// arguments is, and for each such word there is one function that knows what may stand there.
package complete

import (
	"context"
	"slices"
	"strings"
	"time"

	"bones/cmd/bones/internal/host"
	"bones/cmd/bones/internal/target"
	"bones/procwalk/crash"
	"bones/procwalk/text"

	"github.com/spf13/cobra"
)

// Config is what the words of a command line are found with.
type Config struct {
	// Finder returns what finds targets. It is asked when Tab was pressed, because the command line itself may name
	// another proc file system.
	Finder func() target.Finder
	// History returns the changes that were made on this host.
	History func() (*host.History, error)
}

// TakesFile is the annotation of a flag that may go without a value, and whose value is the name of a file of this
// host.
const TakesFile = "bones_takes_file"

// resolver finds what may stand at the end of a line on this host.
type resolver struct{ Config }

// Within is how long Tab may take: what was not found by then is not offered.
const Within = time.Second

// MaxCandidates is the most words that are offered at once. That there are more is not said: a shell has no line for
// it that is not offered as a word, and it asks before it shows as many. Typing on narrows them: what was typed is
// compared before they are counted.
const MaxCandidates = 1000

// candidate is one thing that may stand where the cursor is.
type candidate struct {
	word string // the whole word, what was typed included
	does string // what a shell shows beside it
}

// completer finds what may stand at the end of a line: args are the words before, word the beginning of this one.
type completer func(ctx context.Context, c *cobra.Command, args []string, word string) []candidate

// ourFiles marks what the shell itself completes best: the names of files of this host.
var ourFiles completer

// completers are what is known of the words of usage lines.
func (r *resolver) completers() map[string]completer {
	return map[string]completer{
		"TARGET":           r.completeTarget,
		"PID":              r.completePID,
		"NAMESPACE|TARGET": r.completeNamespace,
		"PATH":             r.completePath,
		"FROM":             r.completePath,
		"TO":               r.completePath,
		"LOCAL|-":          ourFiles,
		"FILE|-":           ourFiles,
		"FILE":             r.completeFile,
		"FILE=VALUE":       r.completeAssignment,
		"NAME=VALUE":       completeTuning,
		"N":                r.completeChange,
		"COMMAND":          completeCommand,
		"SHELL":            words("bash", "", "fish", "", "zsh", ""),
		"DIR":              ourFiles,
		"NODE|POD":         words(), // kubectl is asked, see the command
		"CMD":              ourFiles,
		"ARG":              ourFiles,
	}
}

// Register gives every command below root and every flag its completion.
func Register(root *cobra.Command, config Config) {
	r := &resolver{config}
	known := r.completers()
	for c := range Commands(root) {
		if c.ValidArgsFunction == nil && !c.HasSubCommands() {
			places, more := Arguments(c.Use)
			more = more || c.Name() == "ns" // two with --diff
			c.ValidArgsFunction = offer(func(ctx context.Context, c *cobra.Command, args []string, word string) ([]candidate,
				bool) {
				at := len(args)
				switch {
				case c.Flags().Changed("host"):
					return nil, true // another host is not asked at each Tab, and what is here is not there
				case c.Name() == "enter" && at > 0:
					return nil, true // a program of the target's, which ours are not
				case at < len(places):
				case more && len(places) > 0:
					at = len(places) - 1
				default:
					return nil, true
				}
				find := known[places[at]]
				if find == nil {
					return nil, false
				}
				return arguable(find(ctx, c, args, word)), true
			})
		}
	}
	completeFlags(root)
}

// Commands yields a command and all below it.
func Commands(root *cobra.Command) func(yield func(*cobra.Command) bool) {
	return func(yield func(*cobra.Command) bool) {
		list := []*cobra.Command{root}
		for len(list) > 0 {
			c := list[0]
			list = append(list[1:], c.Commands()...)
			if !yield(c) {
				return
			}
		}
	}
}

// Arguments takes the words of a usage line apart: what each argument is, and whether the last may be repeated. What
// stands behind "--" is told apart by cobra.
func Arguments(use string) (places []string, more bool) {
	for _, word := range strings.Fields(use)[1:] {
		if word == "[flags]" || word == "[--]" || word == "[--" || word == "--" {
			continue
		}
		bare := strings.Trim(word, "[]")
		name := strings.Trim(strings.TrimSuffix(bare, "..."), "[]")
		more = strings.HasSuffix(bare, "...")
		places = append(places, name)
	}
	return places, more
}

// offer makes a completer into what cobra calls: in time or not at all, and with nothing in it that a shell would
// obey. A false says that the shell shall complete the names of its own files.
func offer(find func(context.Context, *cobra.Command, []string, string) ([]candidate, bool)) cobra.CompletionFunc {
	return func(c *cobra.Command, args []string, word string) ([]cobra.Completion, cobra.ShellCompDirective) {
		ctx, cancel := context.WithTimeout(c.Context(), Within)
		defer cancel()
		type answer struct {
			list []candidate
			ours bool
		}
		found := make(chan answer, 1)
		crash.Go(func() {
			list, ours := find(ctx, c, args, word)
			found <- answer{list, ours}
		})
		var got answer
		select {
		case got = <-found:
		case <-time.After(Within + Within/2): // reading hangs: the process ends with it
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		if !got.ours {
			return nil, cobra.ShellCompDirectiveDefault
		}
		var list []cobra.Completion
		directive := cobra.ShellCompDirectiveNoFileComp | cobra.ShellCompDirectiveKeepOrder
		for _, x := range got.list {
			goesOn := strings.HasSuffix(x.word, "/") || strings.HasSuffix(x.word, ":") || strings.HasSuffix(x.word, "=")
			if !strings.HasPrefix(x.word, word) || !harmless(x.word) || goesOn && x.word == word {
				continue
			}
			if len(list) == MaxCandidates {
				break
			}
			if goesOn {
				directive |= cobra.ShellCompDirectiveNoSpace
			}
			does := text.Line(x.does)
			if r := []rune(does); len(r) > 80 {
				does = string(r[:79]) + "…"
			}
			list = append(list, cobra.CompletionWithDesc(x.word, does))
		}
		return list, directive
	}
}

// harmless reports whether a word may be put on a command line as it is. bash inserts what several candidates begin
// with unquoted, and the next Tab evaluates the line: a file called $(reboot) must never get there. What is left out
// can still be typed.
func harmless(word string) bool {
	return word != "" && text.Sanitise(word) == word && !strings.ContainsFunc(word, func(r rune) bool {
		return r < 0x80 && !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' ||
			strings.ContainsRune("_-./:@%+,=", r))
	})
}

// arguable leaves out what would be taken for a flag.
func arguable(list []candidate) []candidate {
	return slices.DeleteFunc(list, func(x candidate) bool { return strings.HasPrefix(x.word, "-") })
}

// words makes a completer of a few words that are always the same, each followed by what it means.
func words(pairs ...string) completer {
	return func(context.Context, *cobra.Command, []string, string) []candidate {
		var list []candidate
		for i := 0; i+1 < len(pairs); i += 2 {
			list = append(list, candidate{pairs[i], pairs[i+1]})
		}
		return list
	}
}

// several makes a completer for one thing into one for several, apart by commas, each of them once. What may stand
// before each of them, as a sign does before a column to sort by, is in signs.
func several(one completer, signs string) completer {
	return func(ctx context.Context, c *cobra.Command, args []string, word string) []candidate {
		before, last := "", word
		if i := strings.LastIndexByte(word, ','); i >= 0 {
			before, last = word[:i+1], word[i+1:]
		}
		if last != "" && strings.Contains(signs, last[:1]) {
			before, last = before+last[:1], last[1:]
		}
		var list []candidate
		given := strings.Split(strings.TrimRight(before, ","+signs), ",")
		for _, x := range one(ctx, c, args, last) {
			if !slices.ContainsFunc(given, func(g string) bool { return strings.TrimLeft(g, signs) == x.word }) {
				list = append(list, candidate{before + x.word, x.does})
			}
		}
		return list
	}
}

// completeCommand offers the commands below those that are given.
func completeCommand(_ context.Context, c *cobra.Command, args []string, _ string) []candidate {
	at, rest, err := c.Root().Find(args)
	if err != nil || len(rest) > 0 {
		return nil
	}
	var list []candidate
	for _, sub := range at.Commands() {
		if !sub.Hidden {
			list = append(list, candidate{sub.Name(), sub.Short})
		}
	}
	return list
}
