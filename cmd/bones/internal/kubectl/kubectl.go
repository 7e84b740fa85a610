// Package kubectl is bones kubectl, the plugin that kubectl bones runs: it finds the node of a cluster that is asked
// for and runs bones there. The only client is the user's own kubectl, with its configuration.
package kubectl

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"slices"
	"strings"
	"time"

	"bones/cmd/bones/internal/command"
	"bones/cmd/bones/internal/deploy"
	"bones/procwalk/effect"
	"bones/procwalk/text"

	"github.com/spf13/cobra"
	"golang.org/x/term"
)

// flags are those of the command.
type flags struct {
	program    string // kubectl
	context    string
	kubeconfig string
	namespace  string // of a POD
	bones      string // of the DaemonSet
	image      string
	debug      bool
	dryRun     bool
}

// Command is bones kubectl.
func Command(p command.Program) *cobra.Command {
	f := &flags{}
	c := &cobra.Command{
		Use:   "kubectl NODE|POD [-- COMMAND...]",
		Short: "Run bones on a node of a Kubernetes cluster",
		Long: `Find the node of that name, or the node that a pod runs on, and run bones there. If the pod of bones
deploy kubernetes is on that node, bones runs in it through kubectl exec; otherwise, and with
--debug, it runs in a pod that kubectl debug creates and that is deleted afterwards. Commands that
do more than look, such as enter and set, need --debug. POD may be NAMESPACE/POD; node/NAME and
pod/NAME decide if a name is both. COMMAND is a command of bones; without one, the terminal UI
opens.

bones does not talk to the cluster itself: kubectl does, with your configuration and your rights. If
bones, or a link to it, is on PATH under the name kubectl-bones, you can type kubectl bones.`,
		Example: "  bones kubectl worker-1\n  bones kubectl prod/shop-1 -- containers\n" +
			"  kubectl bones shop-1 -n prod --debug -- enter prod/shop-1/app\n  ln -s bones /usr/local/bin/kubectl-bones",
		Args: cobra.MinimumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			if dash := c.ArgsLenAtDash(); dash > 1 || dash < 0 && len(args) > 1 || dash == 0 {
				return command.Usage("give one NODE or POD, and what is to run there behind --")
			}
			return f.run(c.Context(), p, args[0], args[1:])
		},
	}
	s := c.Flags()
	s.StringVar(&f.program, "kubectl", "kubectl", "run the `PROGRAM` as kubectl")
	s.StringVar(&f.context, "context", "", "the `NAME` of a context of kubectl's configuration")
	s.StringVar(&f.kubeconfig, "kubeconfig", "", "kubectl's configuration in `FILE`")
	s.StringVarP(&f.namespace, "namespace", "n", "", "the pod is in the namespace `NAME`")
	s.StringVar(&f.bones, "bones-namespace", "", "bones itself runs, and kubectl debug makes its pod, in the namespace "+
		"`NAME` (default: "+deploy.DefaultNamespace+", and kubectl's own)")
	s.StringVar(&f.image, "image", deploy.DefaultImage, "kubectl debug runs the image `NAME`")
	s.BoolVar(&f.debug, "debug", false, "make kubectl debug create a privileged pod in any case")
	s.BoolVar(&f.dryRun, "dry-run", false, "print the kubectl command that does it")
	return c
}

// nameForm is what a name of Kubernetes looks like: nothing that kubectl could take for a flag.
var nameForm = text.Pattern(`^[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?$`)

// run finds the node and runs bones there.
func (f *flags) run(ctx context.Context, p command.Program, word string, words []string) error {
	for flag, value := range map[string]string{"--namespace": f.namespace, "--bones-namespace": f.bones} {
		if value != "" && !nameForm().MatchString(value) {
			return command.Usage("%s %q is no name of a namespace", flag, value)
		}
	}
	if f.image == "" || strings.HasPrefix(f.image, "-") {
		return command.Usage("--image %q is no name of an image", f.image)
	}
	node, err := f.node(ctx, word)
	if err != nil {
		return err
	}
	line, debug, err := f.line(ctx, node, words)
	if err != nil {
		return err
	}
	if f.dryRun {
		_, err := fmt.Fprintln(p.Out(), effect.Command(line...))
		return command.Failed(err)
	}
	var said io.Writer = p.Err()
	made := &madePod{to: p.Err()}
	if debug {
		said = made
	}
	c := exec.CommandContext(ctx, line[0], line[1:]...)
	c.Stdin, c.Stdout, c.Stderr = os.Stdin, p.Out(), said
	err = c.Run()
	if debug {
		f.remove(p, made.name())
	}
	return ended(err)
}

// ended is what the end of a command means: bones there has said what was wrong, and its status is that of here.
func ended(err error) error {
	var exit *exec.ExitError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &exit) && exit.ExitCode() > 0:
		return &command.StatusError{Status: exit.ExitCode()}
	}
	return command.Failed(fmt.Errorf("running kubectl: %w", err))
}

// kubectl is the beginning of each command line.
func (f *flags) kubectl(words ...string) []string {
	line := []string{f.program}
	if f.kubeconfig != "" {
		line = append(line, "--kubeconfig="+f.kubeconfig)
	}
	if f.context != "" {
		line = append(line, "--context="+f.context)
	}
	return append(line, words...)
}

// most is how much is read of what kubectl answers, in bytes: names.
const most = 64 << 10

// ask runs kubectl for an answer. found is false where it says that there is no such thing.
func (f *flags) ask(ctx context.Context, words ...string) (answer string, found bool, err error) {
	line := f.kubectl(words...)
	c := exec.CommandContext(ctx, line[0], line[1:]...)
	var out, errs bytes.Buffer
	c.Stdin, c.Stdout, c.Stderr = nil, &limited{&out, most}, &limited{&errs, most}
	err = c.Run()
	var exit *exec.ExitError
	switch {
	case err == nil:
		return strings.TrimSpace(out.String()), true, nil
	case errors.Is(err, exec.ErrNotFound):
		return "", false, command.Failed(fmt.Errorf("%s is not there: %w; kubectl is what asks the cluster, name it with "+
			"--kubectl", text.Line(f.program), err))
	case errors.As(err, &exit) && strings.Contains(errs.String(), "(NotFound)"):
		return "", false, nil
	case errors.As(err, &exit):
		return "", false, command.Failed(fmt.Errorf("%s: %s", text.Line(effect.Command(line...)),
			text.Line(strings.TrimSpace(errs.String()))))
	}
	return "", false, command.Failed(fmt.Errorf("running kubectl: %w", err))
}

// limited takes so many bytes and drops the others.
type limited struct {
	to   *bytes.Buffer
	room int
}

// Write implements io.Writer.
func (l *limited) Write(b []byte) (int, error) {
	n := min(len(b), l.room)
	l.room -= n
	l.to.Write(b[:n])
	return len(b), nil
}

// node returns the node that a word names, or that the pod runs on which it names.
func (f *flags) node(ctx context.Context, word string) (string, error) {
	kind, name, decided := "", word, false
	if k, rest, ok := strings.Cut(word, "/"); ok && slices.Contains([]string{"node", "no", "nodes"}, k) {
		kind, name, decided = "node", rest, true
	} else if ok && slices.Contains([]string{"pod", "po", "pods"}, k) {
		kind, name, decided = "pod", rest, true
	}
	namespace := f.namespace
	if kind != "node" {
		if ns, rest, ok := strings.Cut(name, "/"); ok {
			if namespace != "" && namespace != ns {
				return "", command.Usage("%s is in the namespace %s, and --namespace says %s", text.Line(word), text.Line(ns),
					namespace)
			}
			kind, namespace, name, decided = "pod", ns, rest, true
		}
	}
	if !nameForm().MatchString(name) || namespace != "" && !nameForm().MatchString(namespace) {
		return "", command.Usage("%q is no name of a node or pod", word)
	}
	if kind == "node" || !decided && f.namespace == "" {
		_, found, err := f.ask(ctx, "get", "node", name, "--output=name")
		if err != nil && decided { // else a pod may be asked for by whoever may not list nodes
			return "", err
		}
		if found {
			return name, nil
		}
	}
	if kind != "node" {
		words := []string{"get", "pod", name, "--output=jsonpath={.spec.nodeName}"}
		if namespace != "" {
			words = append(words, "--namespace="+namespace)
		}
		node, found, err := f.ask(ctx, words...)
		switch {
		case err != nil:
			return "", err
		case found && node == "":
			return "", command.Failed(fmt.Errorf("the pod %s is on no node yet", text.Line(word)))
		case found && !nameForm().MatchString(node):
			return "", command.Failed(fmt.Errorf("kubectl names a node %q, which is no name", node))
		case found:
			return node, nil
		}
	}
	return "", command.NoTarget("%s: there is no such node or pod; kubectl get nodes,pods -A lists them", text.Line(word))
}

// line is the command that runs bones on a node; debug: it makes a pod.
func (f *flags) line(ctx context.Context, node string, words []string) (line []string, debug bool, err error) {
	there := append([]string{"--", "/bones", "--host-root", "/host"}, words...)
	tty := []string{"--stdin"}
	if term.IsTerminal(int(os.Stdin.Fd())) && term.IsTerminal(int(os.Stdout.Fd())) {
		tty = append(tty, "--tty")
	}
	if !f.debug {
		namespace := "--namespace=" + cmp.Or(f.bones, deploy.DefaultNamespace)
		pod, found, err := f.ask(ctx, "get", "pods", namespace, "--selector=app.kubernetes.io/name=bones",
			"--field-selector=spec.nodeName="+node+",status.phase=Running", "--output=jsonpath={.items[*].metadata.name}")
		first, _, _ := strings.Cut(pod, " ")
		if err == nil && found && nameForm().MatchString(first) {
			return append(append(f.kubectl("exec", namespace, first, "--container=metrics"), tty...), there...),
				false, nil
		}
		if ctx.Err() != nil {
			return nil, false, command.Failed(ctx.Err())
		}
	}
	line = f.kubectl(append([]string{"debug", "node/" + node, "--image=" + f.image, "--profile=sysadmin"},
		f.own()...)...)
	return append(append(line, tty...), there...), true, nil
}

// own is the flag for the namespace of the pod that kubectl debug makes.
func (f *flags) own() []string {
	if f.bones == "" {
		return nil
	}
	return []string{"--namespace=" + f.bones}
}

// remove deletes the pod that kubectl debug has left.
func (f *flags) remove(p command.Program, pod string) {
	if pod == "" {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	if _, _, err := f.ask(ctx, append([]string{"delete", "pod", pod, "--wait=false"}, f.own()...)...); err != nil {
		p.Complain(fmt.Errorf("the pod %s is left in the cluster: %w", pod, err))
	}
}
