// Package kubectl is bones kubectl, the plugin that kubectl bones runs: it finds the node of a cluster that is asked
// for and runs bones there. The only client is the user's own kubectl, with its configuration.
package kubectl

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"os/signal"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"time"

	"bones/cmd/bones/internal/command"
	"bones/cmd/bones/internal/deploy"
	"bones/cmd/bones/internal/terminal"
	"bones/procwalk/crash"
	"bones/procwalk/effect"
	"bones/procwalk/psfmt/glibc"
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
	container  string // of a POD
	bones      string // of the DaemonSet
	image      string
	debug      bool
	dryRun     bool
}

// Command makes `bones kubectl`, which is also what a link called kubectl-bones runs.
func Command(p command.Program) *cobra.Command {
	f := &flags{}
	c := &cobra.Command{
		Use:   "kubectl NODE|POD [-- COMMAND...]",
		Short: "Run bones on a node of a Kubernetes cluster",
		Long: `Find the node of that name, or the node that a pod runs on, and run bones there. If the pod of bones
deploy kubernetes is on that node, bones runs in it through kubectl exec; otherwise, and with
--debug, it runs in a pod that kubectl debug creates and that is deleted afterwards, also when bones
is killed. Commands that do more than look, such as enter and set, need --debug. POD may be
NAMESPACE/POD; node/NAME and pod/NAME decide if a name is both. COMMAND is a command of bones;
without one, the terminal UI opens. With --container, that container of the POD becomes the TARGET
of COMMAND. The exit status is that of COMMAND.

bones does not talk to the cluster itself: kubectl does, with your configuration and your rights. If
bones, or a link to it, is on PATH under the name kubectl-bones, you can type kubectl bones.`,
		Example: "  bones kubectl worker-1\n  bones kubectl prod/shop-1 -- containers\n" +
			"  kubectl bones shop-1 -n prod -c app -- ps\n" +
			"  kubectl bones shop-1 -n prod --debug -- enter prod/shop-1/app\n  ln -s bones /usr/local/bin/kubectl-bones",
		Args:              cobra.MinimumNArgs(1),
		ValidArgsFunction: f.complete,
		RunE: func(c *cobra.Command, args []string) error {
			if dash := c.ArgsLenAtDash(); dash > 1 || dash < 0 && len(args) > 1 || dash == 0 {
				return command.Usage("give one NODE or POD, and what is to run there behind --")
			}
			return f.run(c.Context(), p, c.Root(), args[0], args[1:])
		},
	}
	s := c.Flags()
	s.StringVar(&f.program, "kubectl", "kubectl", "run the `PROGRAM` as kubectl")
	s.StringVar(&f.context, "context", "", "use the context `NAME` of kubectl's configuration")
	s.StringVar(&f.kubeconfig, "kubeconfig", "", "read kubectl's configuration from `FILE`")
	s.StringVarP(&f.namespace, "namespace", "n", "", "look for the pod in the namespace `NAME`")
	s.StringVarP(&f.container, "container", "c", "", "make the container `NAME` of the POD the TARGET of COMMAND")
	s.StringVar(&f.bones, "bones-namespace", "", "look for the pods of bones, and create that of kubectl debug, in the "+
		"namespace `NAME` (default: "+deploy.DefaultNamespace+", and kubectl's own)")
	s.StringVar(&f.image, "image", deploy.DefaultImage, "have kubectl debug run the image `NAME`")
	s.BoolVar(&f.debug, "debug", false, "have kubectl debug create a privileged pod in any case")
	s.BoolVar(&f.dryRun, "dry-run", false, "print the kubectl command that does it, and do nothing")
	return c
}

// nameForm is what a name of Kubernetes looks like: nothing that kubectl could take for a flag.
var nameForm = text.Pattern(`^[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?$`)

// run finds the node and runs bones there. A signal ends it, after the pod that was made for it is deleted.
func (f *flags) run(ctx context.Context, p command.Program, root *cobra.Command, word string, words []string) error {
	for flag, value := range map[string]string{"--namespace": f.namespace, "--bones-namespace": f.bones} {
		if value != "" && !nameForm().MatchString(value) {
			return command.Usage("%s %q is not a valid name of a namespace", flag, value)
		}
	}
	if f.image == "" || strings.HasPrefix(f.image, "-") {
		return command.Usage("--image %q is not a valid name of an image", f.image)
	}
	runtime.LockOSThread() // whose end would end each kubectl: see start
	defer runtime.UnlockOSThread()
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	caught := make(chan os.Signal, 1)
	signal.Notify(caught, syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP)
	defer signal.Stop(caught)
	crash.Go(func() {
		select {
		case s := <-caught:
			cancel(signalled{s})
		case <-ctx.Done():
		}
	})
	err := f.there(ctx, p, root, word, words)
	var by signalled
	if errors.As(context.Cause(ctx), &by) {
		return &command.StatusError{Status: 128 + int(by.Signal.(syscall.Signal))}
	}
	return err
}

// signalled is the signal that has ended the command.
type signalled struct{ os.Signal }

// Error implements error.
func (s signalled) Error() string { return s.String() }

// there finds the place and runs bones in it.
func (f *flags) there(ctx context.Context, p command.Program, root *cobra.Command, word string, words []string) error {
	at, err := f.find(ctx, word)
	if err != nil {
		return err
	}
	if words, err = f.inContainer(ctx, root, at, words); err != nil {
		return err
	}
	if err := f.checkReady(ctx, p, at.node); err != nil {
		return err
	}
	if !f.debug {
		pod, err := f.bonesPod(ctx, at.node)
		if err != nil {
			p.Complain(fmt.Errorf("bones cannot tell whether it already runs on %s, so kubectl debug makes a pod: %w", at.node,
				err))
		}
		if pod != "" {
			return f.exec(ctx, p, cmp.Or(f.bones, deploy.DefaultNamespace), pod, "metrics", root, word, words)
		}
	}
	if ctx.Err() != nil {
		return command.Failed(ctx.Err())
	}
	if f.dryRun {
		line := f.kubectl(f.making(at.node)...)
		_, err := fmt.Fprintln(p.Out(), effect.Command(slices.Concat(line, streams(), program, words)...))
		return command.Failed(err)
	}
	pod, remove, err := f.makePod(ctx, at.node)
	if remove != nil {
		defer func() {
			if err := remove(); err != nil {
				p.Complain(err)
			}
		}()
	}
	if err != nil {
		return err
	}
	return f.exec(ctx, p, f.bones, pod, debugContainer, root, word, words)
}

// program is bones in a pod.
var program = []string{"--", "/bones", "--host-root", "/host"}

// streams says what of the terminal here goes along.
func streams() []string {
	if onTerminal() {
		return []string{"--stdin", "--tty"}
	}
	return []string{"--stdin"}
}

// onTerminal reports whether there is somebody at a terminal.
func onTerminal() bool {
	return term.IsTerminal(int(os.Stdin.Fd())) && term.IsTerminal(int(os.Stdout.Fd()))
}

// exec runs bones in a pod, with the standard streams of bones here. Its status is that of here.
func (f *flags) exec(ctx context.Context, p command.Program, namespace, pod, container string, root *cobra.Command,
	word string, words []string) error {
	var in []string
	if namespace != "" {
		in = []string{"--namespace=" + namespace}
	}
	line := slices.Concat(f.kubectl("exec"), in, []string{pod, "--container=" + container}, streams())
	if f.dryRun {
		_, err := fmt.Fprintln(p.Out(), effect.Command(slices.Concat(line, program, words)...))
		return command.Failed(err)
	}
	tied := !onTerminal() && !takesInput(root, words)
	if tied {
		line = append(line, "--", "/bones", LeashCommand, "--host-root", "/host")
	} else {
		line = append(line, program...)
		if len(words) == 0 && !glibc.UTF8Locale(os.Getenv, "/usr/lib/locale") {
			line = append(line, "--ascii") // there bones cannot know what this terminal shows
		}
	}
	c := start(ctx, append(line, words...))
	said := &safeLines{to: p.Err()}
	c.Stdin, c.Stdout, c.Stderr = os.Stdin, p.Out(), said
	if tied {
		end, err := leash(c)
		if err != nil {
			return command.Failed(err)
		}
		defer end()
	}
	if out, ok := terminal.OutputFile(p.Out()); ok {
		c.Stdout = out // itself: kubectl asks it for the size of the terminal
	}
	err := c.Run()
	said.end()
	if err == nil && container == debugContainer && !said.same && changes(root, words) {
		p.Complain(fmt.Errorf("the pod will be deleted, and the journal stays on the node: %s takes the change back",
			effect.Command(f.undoing(word)...)))
	}
	if said.denied && container != debugContainer {
		p.Complain(fmt.Errorf("the pod %s may look at the node only, and not at all of it; --debug runs this in a "+
			"privileged pod", pod))
	}
	return ended(err)
}

// endWithin is how long kubectl may take to end after it was told to.
const endWithin = 5 * time.Second

// start makes a command that ends with bones, even if bones is killed: whoever runs it keeps its thread.
func start(ctx context.Context, line []string) *exec.Cmd {
	c := exec.CommandContext(ctx, line[0], line[1:]...)
	c.Cancel = func() error { return c.Process.Signal(syscall.SIGTERM) }
	c.WaitDelay = endWithin
	c.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGTERM}
	return c
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
	c := start(ctx, line)
	var out, errs bytes.Buffer
	c.Stdin, c.Stdout, c.Stderr = nil, &limited{&out, most}, &limited{&errs, most}
	err = c.Run()
	var exit *exec.ExitError
	switch {
	case err == nil:
		return strings.TrimSpace(out.String()), true, nil
	case errors.Is(err, exec.ErrNotFound), errors.Is(err, fs.ErrNotExist):
		return "", false, command.Failed(fmt.Errorf("%s is not there: %w; kubectl is what asks the cluster, name it with "+
			"--kubectl", text.Line(f.program), err))
	case errors.As(err, &exit) && strings.Contains(errs.String(), "(NotFound)"):
		return "", false, nil
	case errors.As(err, &exit):
		status := command.ExitFailed
		if strings.Contains(errs.String(), "(Forbidden)") {
			status = command.ExitPermission
		}
		return "", false, &command.StatusError{Status: status, Err: fmt.Errorf("%s: %s", text.Line(effect.Command(line...)),
			text.Line(lastLine(errs.String())))}
	}
	return "", false, command.Failed(fmt.Errorf("running kubectl: %w", err))
}

// find finds the node that a word names, or that the pod runs on which it names.
func (f *flags) find(ctx context.Context, word string) (named, error) {
	nowhere := named{}
	kind, name, decided := "", word, false
	if k, rest, ok := strings.Cut(word, "/"); ok && kindOf(k) != "" {
		kind, name, decided = kindOf(k), rest, true
	}
	namespace := f.namespace
	var noNode error // why it is not known whether a node has that name
	if kind != "node" {
		if ns, rest, ok := strings.Cut(name, "/"); ok {
			if namespace != "" && namespace != ns {
				return nowhere, command.Usage("%s is in the namespace %s, and --namespace says %s", text.Line(word), text.Line(ns),
					namespace)
			}
			kind, namespace, name, decided = "pod", ns, rest, true
		}
	}
	if !nameForm().MatchString(name) || namespace != "" && !nameForm().MatchString(namespace) {
		return nowhere, command.Usage("%q is not a valid name of a node or pod", word)
	}
	if kind == "node" || !decided && f.namespace == "" {
		found, err := f.isNode(ctx, name)
		if err != nil && (decided || !forbidden(err)) { // a pod may be asked for by whoever may not get nodes
			return nowhere, err
		}
		if found {
			return named{node: name}, nil
		}
		noNode = err
	}
	if kind != "node" {
		words := []string{"get", "pod", name, "--output=jsonpath={.spec.nodeName}"}
		if namespace != "" {
			words = append(words, "--namespace="+namespace)
		}
		node, found, err := f.ask(ctx, words...)
		switch {
		case err != nil && noNode != nil:
			return nowhere, notTold(word, noNode, err)
		case err != nil:
			return nowhere, err
		case found && node == "":
			return nowhere, command.Failed(fmt.Errorf("the pod %s is on no node yet", text.Line(word)))
		case found && !nameForm().MatchString(node):
			return nowhere, command.Failed(fmt.Errorf("kubectl names a node %q, which is not a valid name", node))
		case found:
			return named{node, name, namespace}, nil
		case noNode != nil:
			return nowhere, noNode
		}
	}
	return nowhere, noSuch(kind, word, namespace)
}

// noSuch says that nothing has that name.
func noSuch(kind, word, namespace string) error {
	switch {
	case kind == "node":
		return command.NoTarget("%s: there is no such node; kubectl get nodes lists them", text.Line(word))
	case namespace != "":
		return command.NoTarget("%s: there is no such pod in the namespace %s; kubectl get pods -A lists those of all",
			text.Line(word), namespace)
	case kind == "pod":
		return command.NoTarget("%s: there is no such pod in kubectl's own namespace; name another with -n, or as "+
			"NAMESPACE/POD: kubectl get pods -A lists those of all", text.Line(word))
	}
	return command.NoTarget("%s: there is no such node, nor such a pod in kubectl's own namespace; name another with "+
		"-n, or as NAMESPACE/POD: kubectl get nodes,pods -A lists them", text.Line(word))
}

// checkReady says that a node does not answer, where the user may know. One that is not ready for pods may run bones
// all the same, and is what one wants to look at.
func (f *flags) checkReady(ctx context.Context, p command.Program, node string) error {
	ready, found, err := f.ask(ctx, "get", "node", node,
		`--output=jsonpath={.status.conditions[?(@.type=="Ready")].status}`)
	switch {
	case err != nil || !found:
		return nil // what is to run there says it
	case ready == "Unknown":
		return command.Failed(fmt.Errorf("the node %s is NotReady: its kubelet has not reported for a while, and without "+
			"it nothing can be run there; bones --host %s goes by ssh", node, node))
	case ready == "False":
		p.Complain(fmt.Errorf("the node %s is NotReady; bones tries all the same", node))
	}
	return nil
}

// bonesPod is the pod of bones deploy kubernetes on a node; empty: there is none.
func (f *flags) bonesPod(ctx context.Context, node string) (string, error) {
	pods, _, err := f.ask(ctx, "get", "pods", "--namespace="+cmp.Or(f.bones, deploy.DefaultNamespace),
		"--selector=app.kubernetes.io/name=bones", "--field-selector=spec.nodeName="+node+",status.phase=Running",
		"--output=jsonpath={.items[*].metadata.name}")
	first, _, _ := strings.Cut(pods, " ")
	if err != nil || !nameForm().MatchString(first) {
		return "", err
	}
	return first, nil
}

// namespaceFlag is the flag for the namespace of the pod that kubectl debug makes.
func (f *flags) namespaceFlag() []string {
	if f.bones == "" {
		return nil
	}
	return []string{"--namespace=" + f.bones}
}
