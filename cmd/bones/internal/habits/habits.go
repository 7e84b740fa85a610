// Package habits understands command lines as people write them who know ps, kill, docker and kubectl, where bones has
// another way to write the same; and says of those that it does not understand what is missing, or was meant.
package habits

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"bones/procwalk/nearest"
	"bones/procwalk/text"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// others are names that other tools have for commands of bones.
var others = map[string]string{"exec": "enter", "pause": "freeze", "unpause": "thaw"}

// Own returns the name that bones has for a command, where another tool's is given.
func Own(name string) string { return cmp.Or(others[name], name) }

// Rewrite returns the command line as bones has it, where it is written as for ps, kill, docker or kubectl. Words that
// it does not know stay as they are.
func Rewrite(root *cobra.Command, args []string) []string {
	at := CommandAt(root, args)
	if at < 0 {
		if i := slices.IndexFunc(args, func(s string) bool { return s == "--version" || s == "-V" }); i >= 0 {
			return append([]string{"version"}, slices.Delete(slices.Clone(args), i, i+1)...)
		}
		return args
	}
	name, rest := Own(args[at]), args[at+1:]
	switch name {
	case "ps":
		rest = ps(rest)
	case "kill":
		rest = kill(rest)
	case "enter":
		if c, _, err := root.Find([]string{name}); err == nil {
			rest = program(c, rest)
		}
	}
	return slices.Concat(args[:at], []string{name}, rest)
}

// WithTarget puts a TARGET into a command line that names none, as whoever names it in front of the command writes it:
// kubectl bones POD -c app -- exec sh. The name of the command is its first depth words. It returns the command
// line as bones has it: the other words mean what they mean where a TARGET is among them.
func WithTarget(root *cobra.Command, args []string, depth int, target string) []string {
	name, rest := slices.Clone(args[:depth]), args[depth:]
	if name[0] = Own(name[0]); name[0] == "ps" {
		rest = ps(rest) // which asks what the first word is
	}
	return Rewrite(root, slices.Concat(name, []string{target}, rest))
}

// CommandAt returns the index of the command's name among the words of a command line; -1 if there is none.
func CommandAt(root *cobra.Command, args []string) int {
	for i := 0; i < len(args); i++ {
		switch {
		case args[i] == "--":
			return -1
		case !strings.HasPrefix(args[i], "-") || args[i] == "-":
			return i
		case WantsValue(root, args[i]):
			i++
		}
	}
	return -1
}

// WantsValue reports whether the word after a flag is its value.
func WantsValue(c *cobra.Command, word string) bool {
	var f *pflag.Flag
	if name, long := strings.CutPrefix(word, "--"); long {
		if strings.Contains(name, "=") {
			return false
		}
		if f = c.Flags().Lookup(name); f == nil {
			f = c.InheritedFlags().Lookup(name)
		}
		if f == nil {
			f = c.PersistentFlags().Lookup(name)
		}
	} else if letters := word[1:]; letters != "" {
		// Of several letters the first that wants a value takes what stands behind it.
		for i := range letters {
			if f = c.Flags().ShorthandLookup(letters[i : i+1]); f == nil {
				return false
			}
			if f.NoOptDefVal == "" {
				return i == len(letters)-1
			}
		}
	}
	return f != nil && f.NoOptDefVal == ""
}

// bsd are the options of ps without a dash, and those with one that mean what bones prints anyway. A container that is
// called so is reached by name:.
var bsd = text.Pattern(`^(-?aux|ax|axu|axj|aj|-e|-A)([fw]*)$|^axjf$`)

// ps understands `ps aux`, `ps axjf`, `ps auxww` and `ps -e`.
func ps(args []string) []string {
	if len(args) == 0 || !bsd().MatchString(args[0]) {
		return args
	}
	var flags []string
	word := args[0]
	if strings.Contains(word, "u") {
		flags = append(flags, "--aux")
		if strings.Contains(word, "f") {
			flags = append(flags, "--forest")
		}
	}
	if strings.Contains(word, "w") {
		flags = append(flags, "--wide")
	}
	return append(flags, args[1:]...)
}

// signal is a signal as kill takes it: -9, -KILL, -SIGKILL, -RTMIN+1.
var signal = text.Pattern(`^-([0-9]{1,2}|[A-Z][A-Z0-9]+([+-][0-9]+)?)$`)

// kill understands `kill -9 X`.
func kill(args []string) []string {
	var list []string
	for i, word := range args {
		if word == "--" {
			return append(list, args[i:]...)
		}
		if m := signal().FindStringSubmatch(word); m != nil {
			list = append(list, "--signal", m[1])
			continue
		}
		list = append(list, word)
	}
	return list
}

// program puts -- before the program of `enter TARGET ls -l`: from there on flags are those of the program.
func program(c *cobra.Command, args []string) []string {
	words := 0
	for i := 0; i < len(args); i++ {
		switch {
		case args[i] == "--":
			return args
		case !strings.HasPrefix(args[i], "-"):
			if words++; words == 2 {
				return slices.Insert(slices.Clone(args), i, "--")
			}
		case WantsValue(c, args[i]):
			i++
		}
	}
	return args
}

// Cobra's messages about the number of arguments. It has no errors to tell them by.
var (
	tooFew   = text.Pattern(`^(?:accepts (?:between [0-9]+ and )?[0-9]+ arg\(s\), received|requires at least [0-9]+ arg\(s\), only received) ([0-9]+)$`)
	tooMany  = text.Pattern(`^accepts (?:at most |between [0-9]+ and )?([0-9]+) arg\(s\), received ([0-9]+)$`)
	unknown  = text.Pattern(`^unknown command "(.*)" for "`)
	noFlag   = text.Pattern(`^unknown flag: --(.*)$`)
	noLetter = text.Pattern(`^unknown shorthand flag: '(.)' in -`)
	optional = text.Pattern(`^\[`)
)

// Explain makes of an error of cobra's one that says what is missing, or what may have been meant.
func Explain(c *cobra.Command, err error) error {
	said := err.Error()
	var value *pflag.InvalidValueError
	switch {
	case errors.As(err, &value):
		return fmt.Errorf("--%s%s; see `%s --help`", value.GetFlag().Name, wrongValue(value), c.CommandPath())
	case unknown().MatchString(said):
		word := unknown().FindStringSubmatch(said)[1]
		// cobra has it between the quotation marks of %q, and what is printed here is made safe once.
		if plain, err := strconv.Unquote(`"` + word + `"`); err == nil {
			word = plain
		}
		var names []string
		for _, sub := range c.Commands() {
			if !sub.Hidden {
				names = append(append(names, sub.Name()), sub.Aliases...)
			}
		}
		return fmt.Errorf("there is no command %q%s; see `%s --help`", text.New(word), DidYouMean(word, names),
			c.CommandPath())
	case noFlag().MatchString(said):
		word := noFlag().FindStringSubmatch(said)[1]
		var names []string
		add := func(f *pflag.Flag) {
			if !f.Hidden {
				names = append(names, f.Name)
			}
		}
		c.Flags().VisitAll(add)
		c.InheritedFlags().VisitAll(add)
		meant := nearest.Words(word, names)
		for i := range meant {
			meant[i] = "--" + meant[i]
		}
		return fmt.Errorf("%s has no flag --%s%s; see `%s --help`", c.CommandPath(), text.Line(word), did(meant),
			c.CommandPath())
	}
	if m := noLetter().FindStringSubmatch(said); m != nil {
		return fmt.Errorf("%s has no flag -%s; see `%s --help`", c.CommandPath(), text.Line(m[1]), c.CommandPath())
	}
	words := strings.Fields(c.Use)[1:]
	words = slices.DeleteFunc(words, func(w string) bool { return w == "[flags]" })
	usage := strings.Join(append([]string{c.CommandPath()}, words...), " ")
	given, most := 0, 0
	if m := tooMany().FindStringSubmatch(said); m != nil {
		fmt.Sscan(m[1], &most)
		fmt.Sscan(m[2], &given)
		if given > most {
			return fmt.Errorf("%d arguments were given, but it takes at most %d: %s", given, most, usage)
		}
	}
	if m := tooFew().FindStringSubmatch(said); m != nil {
		fmt.Sscan(m[1], &given)
		needed := slices.DeleteFunc(slices.Clone(words), optional().MatchString)
		if given < len(needed) {
			what := strings.TrimSuffix(needed[given], "...")
			hint := ""
			if what == "TARGET" {
				hint = "; TARGET is a container's name, or a PID: `bones containers` lists containers"
			}
			return fmt.Errorf("%s is missing: %s%s", what, usage, hint)
		}
	}
	return fmt.Errorf("%w; see `%s --help`", errors.New(said), c.CommandPath())
}

// wrongValue says what is wrong with the value of a flag: in bones' words where the error would be one of Go's.
func wrongValue(e *pflag.InvalidValueError) string {
	wanted := map[string]string{"float64": "a number such as 2 or 0.5", "int": "a whole number", "uint": "a whole number",
		"bool": "true or false"}[e.GetFlag().Value.Type()]
	if wanted == "" {
		return ": " + e.Unwrap().Error()
	}
	what, isNegative := "give "+wanted, strings.HasPrefix(e.GetValue(), "-")
	_, negative := strconv.ParseInt(e.GetValue(), 0, 64)
	switch isUnsigned := strings.HasPrefix(e.GetFlag().Value.Type(), "uint"); {
	case isUnsigned && isNegative && (negative == nil || errors.Is(negative, strconv.ErrRange)):
		what = "give a whole number that is not negative"
	case errors.Is(e, strconv.ErrRange) && isNegative:
		what = "it is too small"
	case errors.Is(e, strconv.ErrRange):
		what = "it is too large"
	}
	return fmt.Sprintf(" %q: %s", text.New(e.GetValue()), what)
}

// DidYouMean says what a mistyped word may have been: "; did you mean web?", or nothing.
func DidYouMean(word string, names []string) string { return did(nearest.Words(word, names)) }

func did(words []string) string {
	for i := range words {
		words[i] = text.Line(words[i])
	}
	if len(words) == 0 {
		return ""
	}
	return "; did you mean " + strings.Join(words, " or ") + "?"
}
