package kubectl

import (
	"context"
	"strings"
	"time"

	"github.com/spf13/cobra"
)

// CompletionName is the name by which kubectl runs a program for Tab behind `kubectl bones`.
//
// Source: kubectl, pkg/cmd/plugin/plugin_completion.go, since kubectl 1.26: it is given the words as they are, of
// which the last is the one to complete, and it answers as cobra's __complete does.
const CompletionName = "kubectl_complete-bones"

// completeWithin is how long kubectl may take to name what there is, as Tab waits for it: what is not known by then is
// not offered.
const completeWithin = 2 * time.Second

// complete offers the nodes and pods of the cluster, and behind -- the commands of bones.
func (f *flags) complete(c *cobra.Command, args []string, word string) ([]cobra.Completion, cobra.ShellCompDirective) {
	var list []cobra.Completion
	switch len(args) {
	case 0:
		list = f.places(c.Context(), word)
	case 1:
		for _, one := range c.Root().Commands() {
			if one.IsAvailableCommand() && strings.HasPrefix(one.Name(), word) {
				list = append(list, cobra.CompletionWithDesc(one.Name(), one.Short))
			}
		}
	}
	return list, cobra.ShellCompDirectiveNoFileComp
}

// places are the nodes and pods whose name begins with a word, as it is to be written. Of a slash in it the part in
// front is a namespace, or says what is named.
func (f *flags) places(ctx context.Context, word string) (list []cobra.Completion) {
	ctx, cancel := context.WithTimeout(ctx, completeWithin)
	defer cancel()
	front, _, slash := strings.Cut(word, "/")
	kinds, namespace := "nodes,pods", f.namespace
	prefix := ""
	if slash {
		prefix = front + "/"
	}
	switch {
	case !slash && namespace != "":
		kinds = "pods"
	case !slash:
	case kindOf(front) != "":
		kinds = kindOf(front) + "s"
	case nameForm().MatchString(front):
		kinds, namespace = "pods", front
	default:
		return nil
	}
	for kind := range strings.SplitSeq(kinds, ",") { // whoever may not see nodes may see pods
		words := []string{"get", kind, "--output=name"}
		if kind == "pods" && namespace != "" {
			if !nameForm().MatchString(namespace) {
				continue
			}
			words = append(words, "--namespace="+namespace)
		}
		answer, _, err := f.ask(ctx, words...)
		if err != nil {
			continue
		}
		for line := range strings.Lines(answer) {
			_, name, _ := strings.Cut(strings.TrimSpace(line), "/")
			if nameForm().MatchString(name) && strings.HasPrefix(prefix+name, word) {
				list = append(list, cobra.CompletionWithDesc(prefix+name, strings.TrimSuffix(kind, "s")))
			}
		}
	}
	return list
}
