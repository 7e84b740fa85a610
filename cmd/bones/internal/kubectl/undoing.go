package kubectl

import (
	"slices"
	"strconv"
	"strings"

	"bones/cmd/bones/internal/deploy"
	"bones/cmd/bones/internal/habits"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// undoable are commands whose changes bones undo takes back.
var undoable = []string{"set", "freeze", "thaw", "tune", "files put", "files touch", "files mkdir", "files mv",
	"files rm", "files edit", "undo"}

// changes reports whether a command line that has succeeded has changed something that bones undo takes back. Where
// it has not, whoever is told of undo would take back an older change, maybe that of somebody else.
func changes(root *cobra.Command, words []string) bool {
	c, name, words := commandOf(root, words)
	if !slices.Contains(undoable, name) {
		return false
	}
	c.InitDefaultHelpFlag()
	c.InheritedFlags() // cobra adds them to those of the command
	may := true
	// ParseAll tells what the flags are given, and sets none of them: they steer bones here.
	err := c.Flags().ParseAll(words, func(flag *pflag.Flag, value string) error {
		on, err := strconv.ParseBool(value)
		switch flag.Name {
		case "help", "dry-run":
			may = may && err == nil && !on
		case "journal", "host": // the change is not in the journal of the node
			may = false
		}
		return nil
	})
	return err == nil && may && (name != "tune" || c.Flags().NArg() > 1) // of a TARGET alone tune only shows
}

// commandOf finds the command that bones carries out for a command line, its name below bones, such as "files put",
// and the words that are left for it. Those of no command have no name.
func commandOf(root *cobra.Command, words []string) (c *cobra.Command, name string, rest []string) {
	c, rest, err := root.Find(habits.Rewrite(root, words))
	if err != nil || c == root {
		return root, "", nil
	}
	return c, strings.TrimPrefix(c.CommandPath(), root.CommandPath()+" "), rest
}

// undoing is the command that takes back what was changed on the node that a word names.
func (f *flags) undoing(word string) []string {
	line := []string{"kubectl", "bones", word, "--debug"}
	for _, flag := range []struct{ name, value string }{{"--kubeconfig", f.kubeconfig}, {"--context", f.context},
		{"--namespace", f.namespace}, {"--bones-namespace", f.bones}} {
		if flag.value != "" {
			line = append(line, flag.name, flag.value)
		}
	}
	if f.image != deploy.DefaultImage {
		line = append(line, "--image", f.image)
	}
	return append(line, "--", "undo")
}
