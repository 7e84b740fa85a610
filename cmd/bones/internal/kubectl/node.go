package kubectl

import (
	"context"
	"errors"
	"fmt"

	"bones/cmd/bones/internal/command"
	"bones/procwalk/text"
)

// isNode reports whether a node has that name. Nodes are of the whole cluster, and who may run programs in the pods of
// bones need not have a right to them: a pod of bones on a node of that name says as much.
func (f *flags) isNode(ctx context.Context, name string) (bool, error) {
	_, found, err := f.ask(ctx, "get", "node", name, "--output=name")
	if err == nil || !forbidden(err) || f.debug {
		return found, err
	}
	if pod, e := f.bonesPod(ctx, name); e == nil && pod != "" {
		return true, nil
	}
	return false, err
}

// kindOf is what kubectl's word for a kind of thing says that is named: "node", "pod", or empty for any other word.
func kindOf(word string) string {
	switch word {
	case "node", "no", "nodes":
		return "node"
	case "pod", "po", "pods":
		return "pod"
	}
	return ""
}

// forbidden reports whether the cluster has refused to answer.
func forbidden(err error) bool {
	var status *command.StatusError
	return errors.As(err, &status) && status.Status == command.ExitPermission
}

// notTold says that neither a node nor a pod of that name could be asked for.
func notTold(word string, node, pod error) error {
	status := command.ExitFailed
	if forbidden(node) && forbidden(pod) {
		status = command.ExitPermission
	}
	return &command.StatusError{Status: status, Err: fmt.Errorf("%s is neither seen as a node (%w) nor as a pod (%w); %s",
		text.Line(word), node, pod, rights)}
}

// rights are what it takes.
const rights = "where bones deploy kubernetes has its pods, the right to list pods and to create pods/exec in their " +
	"namespace is enough"
