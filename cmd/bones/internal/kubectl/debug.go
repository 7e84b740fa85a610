package kubectl

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"

	"bones/cmd/bones/internal/command"
	"bones/procwalk/text"
)

// A pod of kubectl debug does nothing but wait, and bones is run in it by kubectl exec. Attached to directly,
// as kubectl debug would have it, the status of the command would be lost, with what it prints before kubectl
// has attached, and its errors would stand among its output.

// madeForm is how kubectl debug names the pod.
//
// Source: kubectl, pkg/cmd/debug/debug.go (generateNodeDebugPod): "Creating debugging pod %s with container %s on node
// %s.\n", on standard output.
var madeForm = text.Pattern(`Creating debugging pod (node-debugger-[-a-z0-9.]+) with container`)

// debugContainer is the container in the pod of kubectl debug.
const debugContainer = "debugger"

// making are the words that make a pod on a node. What the node has is not pulled, though the image is called :latest:
// as such it need not be in any registry.
func (f *flags) making(node string) []string {
	return append([]string{"debug", "node/" + node, "--image=" + f.image, "--image-pull-policy=IfNotPresent",
		"--profile=sysadmin"}, f.namespaceFlag()...)
}

// makePod has kubectl debug make a pod on the node, and waits until it runs. remove deletes it, which happens as well
// when bones is killed; it is not nil once there may be a pod.
func (f *flags) makePod(ctx context.Context, node string) (pod string, remove func() error, err error) {
	var out, errs bytes.Buffer
	c := start(ctx, append(f.kubectl(f.making(node)...), "--attach=false", "--", "/bones", HoldCommand))
	c.Stdout, c.Stderr = &limited{&out, most}, &limited{&errs, most}
	err = c.Run()
	if found := madeForm().FindStringSubmatch(out.String() + "\n" + errs.String()); found != nil {
		pod = found[1]
	}
	if err != nil {
		if pod != "" && ctx.Err() != nil { // it may be there, or not
			f.delete(context.WithoutCancel(ctx), pod)
		}
		return "", nil, f.cannotMake(errs.String(), err)
	}
	if pod == "" {
		return "", nil, command.Failed(fmt.Errorf("kubectl debug did not say which pod it made on %s, and bones cannot "+
			"delete it: %s", node, text.Line(strings.TrimSpace(out.String()))))
	}
	if remove, err = f.deleteAtEnd(pod); err != nil {
		return "", nil, errors.Join(err, f.delete(ctx, pod))
	}
	return pod, remove, f.started(ctx, pod)
}

// cannotMake says why kubectl debug made no pod.
func (f *flags) cannotMake(said string, err error) error {
	status, help := command.ExitFailed, ""
	switch {
	case strings.Contains(said, "PodSecurity"):
		status, help = command.ExitPermission, "the namespace admits no privileged pods: name one that does with "+
			"--bones-namespace"
	case strings.Contains(said, "(Forbidden)"):
		status, help = command.ExitPermission, "this takes the right to get nodes, and to create pods and pods/exec in the "+
			"namespace; name another with --bones-namespace, or have somebody with that right apply bones deploy kubernetes: "+
			rights
	}
	why := text.Line(cmp.Or(strings.TrimSpace(said), err.Error()))
	if help != "" {
		why += "; " + help
	}
	return &command.StatusError{Status: status, Err: fmt.Errorf("kubectl debug made no pod: %s", why)}
}

// delete deletes a pod, and does not wait until it has gone.
func (f *flags) delete(ctx context.Context, pod string) error {
	_, _, err := f.ask(ctx, f.deletion(pod)...)
	return err
}

// deletion are the words that delete a pod.
func (f *flags) deletion(pod string) []string {
	return append([]string{"delete", "pod", pod, "--wait=false"}, f.namespaceFlag()...)
}
