package kubectl

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"bones/cmd/bones/internal/command"
	"bones/procwalk/text"
)

// A pod whose image cannot be had waits for ever, and kubectl wait with it: between two short waits, bones asks the
// cluster why the pod does not run.

// podPatience is how long the node may take to start the pod, and podLook how long bones waits between two looks.
const (
	podPatience = 2 * time.Minute
	podLook     = 5 * time.Second
)

// hopeless are the reasons for which a container waits that no further try of the kubelet removes: the name of the
// image is wrong, or the image is not on the node and may not be pulled.
//
// failing are those for which a try has failed. The next one may succeed: the kubelet makes it after some 10 s, and
// then ever more seldom. A registry that did not answer in time, or more pulls at a time than the kubelet allows, has
// passed by then; an image that no registry has fails again. After mostFailing looks in a row bones takes it for that.
//
// Source: Kubernetes, pkg/kubelet/images/types.go, pkg/kubelet/images/image_manager.go and
// pkg/kubelet/kuberuntime/kuberuntime_container.go.
var (
	hopeless = []string{"ErrImageNeverPull", "InvalidImageName"}
	failing  = []string{"ErrImagePull", "ImagePullBackOff", "ImageInspectError", "RegistryUnavailable",
		"CreateContainerConfigError", "CreateContainerError", "CrashLoopBackOff", "RunContainerError"}
)

// mostFailing looks are podLook apart: between the first and the last of them the kubelet tries again.
const mostFailing = 4

// podState is how a pod is that does not run.
type podState struct {
	phase   string
	reason  string // why its container waits; empty: it does not, or that is not known
	message string
}

// state asks the cluster for it; it is empty where that is not known.
func (f *flags) state(ctx context.Context, pod string) podState {
	const at = ".status.containerStatuses[0].state.waiting"
	answer, found, err := f.ask(ctx, append([]string{"get", "pod", pod, "--output=jsonpath={.status.phase} {" + at +
		".reason} {" + at + ".message}"}, f.namespaceFlag()...)...)
	if err != nil || !found {
		return podState{}
	}
	var s podState
	s.phase, answer, _ = strings.Cut(answer, " ")
	s.reason, s.message, _ = strings.Cut(answer, " ")
	return s
}

// started waits until the pod runs. An error says why it does not: as soon as the cluster says that it will not, after
// mostFailing looks where it says that starting it fails, and otherwise after podPatience.
func (f *flags) started(ctx context.Context, pod string) error {
	wait := append([]string{"wait", "pod/" + pod, "--for=condition=Ready", "--timeout=" + podLook.String()},
		f.namespaceFlag()...)
	failed := 0 // looks in a row
	for until := time.Now().Add(podPatience); ; {
		_, found, err := f.ask(ctx, wait...)
		switch {
		case ctx.Err() != nil:
			return command.Failed(ctx.Err())
		case err == nil && found:
			return nil
		case err == nil:
			return command.Failed(fmt.Errorf("the pod %s was deleted before bones could run in it", pod))
		}
		s := f.state(ctx, pod)
		if failed++; !slices.Contains(failing, s.reason) {
			failed = 0
		}
		if failed == mostFailing || s.phase == "Failed" || s.phase == "Succeeded" || slices.Contains(hopeless, s.reason) ||
			!strings.Contains(err.Error(), "timed out") || time.Now().After(until) {
			return f.notStarted(pod, s, err)
		}
	}
}

// notStarted says why a pod does not run, and what would help.
func (f *flags) notStarted(pod string, s podState, err error) error {
	image := text.Line(f.image)
	why := text.Line(strings.TrimSpace(s.reason + ": " + s.message))
	switch {
	case s.phase == "Failed", s.phase == "Succeeded":
		return command.Failed(fmt.Errorf("the pod %s has ended (%s) before bones could run in it; is the bones in the "+
			"image %s another one than this? --image names the image of this one, which make image makes", pod, s.phase,
			image))
	case strings.Contains(s.reason, "Image"), s.reason == "RegistryUnavailable":
		return command.Failed(fmt.Errorf("the pod %s does not start, as its node cannot get the image %s: %s; make image "+
			"makes it: push it to a registry that the nodes reach and name it there with --image, or import it on the node "+
			"(ctr -n k8s.io images import, kind load docker-image)", pod, image, strings.TrimSuffix(why, ":")))
	case s.reason != "":
		return command.Failed(fmt.Errorf("the pod %s does not start: %s; bones deletes this pod; to look into it, make one "+
			"with kubectl debug node/NAME and run kubectl describe pod", pod, strings.TrimSuffix(why, ":")))
	}
	return err
}
