package kubectl

import (
	"context"
	"slices"
	"strings"

	"bones/cmd/bones/internal/command"
	"bones/cmd/bones/internal/habits"
	"bones/procwalk/text"

	"github.com/spf13/cobra"
)

// named is what the word on the command line names.
type named struct {
	node      string
	pod       string // empty: the word names a node
	namespace string // of the pod; empty: kubectl's own
}

// inContainer puts the container of --container into the command, as its TARGET.
func (f *flags) inContainer(ctx context.Context, root *cobra.Command, at named, words []string) ([]string, error) {
	if f.container == "" {
		return words, nil
	}
	if at.pod == "" {
		return nil, command.Usage("--container is of a pod, and %s is a node: name the POD", at.node)
	}
	if !nameForm().MatchString(f.container) {
		return nil, command.Usage("--container %q is not a valid name of a container", f.container)
	}
	to, _, err := root.Find(habits.Rewrite(root, words))
	if err != nil || to == root || !strings.Contains(to.Use, "TARGET") {
		return nil, command.Usage("--container is the TARGET of a COMMAND that takes one: name it behind --, as in -- ps")
	}
	depth := len(strings.Fields(to.CommandPath())) - 1 // of the words that name it, perhaps as another tool does
	if slices.ContainsFunc(words[:min(depth, len(words))], func(w string) bool { return strings.HasPrefix(w, "-") }) {
		return nil, command.Usage("with --container the COMMAND comes first behind --, and its flags behind it")
	}
	ask := []string{"get", "pod", at.pod, "--output=jsonpath={.metadata.namespace} {.spec.containers[*].name} " +
		"{.spec.initContainers[*].name} {.spec.ephemeralContainers[*].name}"}
	if at.namespace != "" {
		ask = append(ask, "--namespace="+at.namespace)
	}
	answer, _, err := f.ask(ctx, ask...)
	if err != nil {
		return nil, err
	}
	names := strings.Fields(answer)
	if len(names) == 0 || !slices.Contains(names[1:], f.container) || !nameForm().MatchString(names[0]) {
		return nil, command.NoTarget("the pod %s has no container %s; it has %s", at.pod, f.container,
			text.Line(strings.Join(names[min(1, len(names)):], ", ")))
	}
	target := names[0] + "/" + at.pod + "/" + f.container
	return habits.WithTarget(root, words, depth, target), nil
}
