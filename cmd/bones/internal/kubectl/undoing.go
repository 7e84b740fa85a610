package kubectl

import (
	"slices"
	"strings"

	"bones/cmd/bones/internal/deploy"
)

// undoable are commands whose changes bones undo takes back.
var undoable = []string{"set", "freeze", "thaw", "tune", "files put", "files touch", "files mkdir", "files mv",
	"files rm", "files edit", "undo"}

// changes reports whether a command line is of one of them that does what it says; it may have flags in front.
func changes(words []string) bool {
	line := " " + strings.Join(words, " ") + " "
	return !strings.Contains(line, " --dry-run ") && slices.ContainsFunc(undoable, func(name string) bool {
		return strings.Contains(line, " "+name+" ")
	})
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
