package main

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"bones/procwalk/proctest"

	"golang.org/x/sys/unix"
)

// fakeKubectl writes down how it is called, and answers as kubectl does of a cluster of two nodes: on n1 bones runs.
const fakeKubectl = `#!/bin/sh
echo "$*" >> "$0.calls"
missing() { echo "Error from server (NotFound): $1 not found" >&2; exit 1; }
forbidden() { echo "Error from server (Forbidden): $1" >&2; exit 1; }
case "$*" in
  *"get node n"[1-9]" "*) printf True ;;
  *"get node lost "*) printf Unknown ;;
  *"get node busy "*) printf False ;;
  *"get node limited "*|*"get node unlucky "*) forbidden "nodes is forbidden" ;;
  *"get node forbidden "*) forbidden "nodes is forbidden" ;;
  *"get node "*) missing nodes ;;
  *"get pod shop-1 "*metadata.namespace*) printf 'prod app sidecar'
    case "$*" in *spec.initContainers*) printf ' setup' ;; esac
    case "$*" in *spec.ephemeralContainers*) printf ' debugger-x1' ;; esac ;;
  *"get pod shop-1 "*"--namespace=prod"*) printf n1 ;;
  *"get pod far "*) printf n2 ;;
  *"get pod pending "*) ;;
  *"get pod hostile "*) printf -- '--kubeconfig=x' ;;
  *"get pod forbidden "*) printf n2 ;;
  *"get pod node-debugger"*) grep -q "image=old " "$0.calls" && { printf 'Failed  '; exit; }; grep -q "debug node/n7 " "$0.calls" && { [ $(grep -c "wait pod/" "$0.calls") -gt 1 ] && printf 'Pending ImagePullBackOff Back-off' || printf 'Pending ContainerCreating '; exit; }
    grep -q "debug node/n8 " "$0.calls" && { printf 'Pending CreateContainerError no runtime'; exit; }
    printf 'Pending ErrImagePull no such \033[2Jimage' ;;
  *"get pod unlucky "*) forbidden "pods is forbidden" ;;
  *"get pod "*) missing pods ;;
  *"get pods "*"spec.nodeName=n1,"*) printf 'bones-abc bones-old' ;;
  *"get pods "*"spec.nodeName=limited,"*) printf 'bones-abc' ;;
  *"get pods "*"spec.nodeName=n6,"*) forbidden "pods is forbidden" ;;
  *"get pods "*) ;;
  exec*" freeze "*) echo "bones: web: operation not permitted (EPERM); needs CAP_SYS_ADMIN" >&2; exit 4 ;;
  *"exec "*" tune same "*) echo "bones: nothing was changed: it was so already" >&2 ;;
  *"exec "*" tune "*) ;;
  exec*"events --follow"*|*" exec "*"events --follow"*) echo "there: $*"; echo ready >&2; exec sleep 1000 ;;
  exec*|*" exec "*) echo "there: $*"; printf 'hostile \033[2J\r\ncommand terminated with exit code 3\n' >&2; exit 3 ;;
  *"debug node/n3 "*) forbidden "pods is forbidden: User jo cannot create resource pods" ;;
  *"debug node/n4 "*) forbidden 'pods "x" is forbidden: violates PodSecurity "baseline:latest"' ;;
  *"debug node/"*) echo "Creating debugging pod node-debugger-n2-x7k2p with container debugger on node n2." ;;
  *"wait pod/"*) grep -q "debug node/n[578] " "$0.calls" && { echo "error: timed out waiting" >&2; exit 1; }
    grep -q "debug node/n9 " "$0.calls" && missing pods; echo met ;;
  *"delete pod "*) ;;
  *) echo "what is $*?" >&2; exit 1 ;;
esac
`

// TestKubectl: which kubectl commands bones runs for a node and for a pod, and what their end means.
func TestKubectl(t *testing.T) {
	dir := t.TempDir()
	fake := filepath.Join(dir, "kubectl")
	if err := os.WriteFile(fake, []byte(fakeKubectl), 0o755); err != nil {
		t.Fatal(err)
	}
	const thereExec = "exec --namespace=bones bones-abc --container=metrics --stdin -- " +
		"/bones __kubectl-leash --host-root /host"
	const podExec = "exec node-debugger-n2-x7k2p --container=debugger --stdin -- /bones __kubectl-leash --host-root /host"
	for _, c := range []struct {
		args   []string
		status int
		last   string // the last call but for a delete; "": none that runs bones
		out    string // of standard output or of the error
	}{
		{[]string{"n1"}, 3, thereExec, "there: "},
		{[]string{"node/n1", "--", "containers", "--json"}, 3, thereExec + " containers --json", "there: "},
		{[]string{"prod/shop-1", "--", "ps", "-o", "pid,args"}, 3, thereExec + " ps -o pid,args", ""},
		{[]string{"shop-1", "--namespace", "prod"}, 3, thereExec, ""},
		{[]string{"pod/far", "--context", "c 1", "--kubeconfig", "/k"}, 3, "--kubeconfig=/k --context=c 1 " + podExec, ""},
		{[]string{"n1", "--debug", "--image", "r/b:2", "--bones-namespace", "watch", "--", "host"}, 3,
			strings.Replace(podExec, "exec ", "exec --namespace=watch ", 1) + " host", ""},
		{[]string{"n1", "--dry-run", "--", "ps", "a b"}, 0, "", "-- /bones --host-root /host ps 'a b'\n"},
		{[]string{"n2", "--dry-run", "--", "ps"}, 0, "", "kubectl debug node/n2 " +
			"'--image=bones:latest' '--image-pull-policy=IfNotPresent' '--profile=sysadmin' " +
			"--stdin -- /bones --host-root /host ps\n"},
		{[]string{"forbidden"}, 3, podExec, ""},
		// Whoever has rights to the pods of bones alone can name a node all the same.
		{[]string{"limited"}, 3, thereExec, "there: "}, {[]string{"node/limited"}, 3, thereExec, "there: "},
		{[]string{"unlucky"}, exitPermission, "", "is neither seen as a node"},
		{[]string{"unlucky"}, exitPermission, "", "the right to list pods and to create pods/exec"},
		{[]string{"n1", "--", "freeze", "web"}, 4, thereExec + " freeze web", "--debug runs this in a privileged pod"},
		{[]string{"n1", "--debug", "--bones-namespace", "watch", "--", "freeze", "web"}, 4,
			strings.Replace(podExec, "exec ", "exec --namespace=watch ", 1) + " freeze web", "needs CAP_SYS_ADMIN"},
		// What reads its standard input gets this one; the others end with bones here.
		{[]string{"n1", "--", "files", "put", "web", "-", "/x"}, 3, strings.Replace(thereExec, "__kubectl-leash ", "", 1) +
			" files put web - /x", ""},
		{[]string{"n1", "--", "exec", "web", "sh"}, 3, strings.Replace(thereExec, "__kubectl-leash ", "", 1) +
			" exec web sh", ""},
		{[]string{"n1", "--", "ps", "replay", "enter"}, 3, thereExec + " ps replay enter", ""},
		{[]string{"prod/shop-1", "-c", "app", "--", "ps", "--aux"}, 3, thereExec + " ps prod/shop-1/app --aux", ""},
		{[]string{"prod/shop-1", "--container", "app", "--", "files", "ls", "/"}, 3,
			thereExec + " files ls prod/shop-1/app /", ""},
		// What other tools call a command, and how they write it, means the same with --container.
		{[]string{"prod/shop-1", "-c", "app", "--debug", "--", "exec", "-it", "sh", "-c", "ls -l"}, 3,
			strings.Replace(podExec, "__kubectl-leash ", "", 1) + " enter prod/shop-1/app -it -- sh -c ls -l", ""},
		{[]string{"prod/shop-1", "-c", "app", "--debug", "--", "exec", "--", "sh"}, 3,
			strings.Replace(podExec, "__kubectl-leash ", "", 1) + " enter prod/shop-1/app -- sh", ""},
		{[]string{"prod/shop-1", "-c", "app", "--", "pause"}, 4, thereExec + " freeze prod/shop-1/app", ""},
		{[]string{"prod/shop-1", "-c", "app", "--", "unpause", "--dry-run"}, 3,
			thereExec + " thaw prod/shop-1/app --dry-run", ""},
		{[]string{"prod/shop-1", "-c", "app", "--", "ps", "aux"}, 3, thereExec + " ps prod/shop-1/app --aux", ""},
		{[]string{"prod/shop-1", "-c", "app", "--", "ls", "-q"}, 3, thereExec + " ls prod/shop-1/app -q", ""},
		{[]string{"prod/shop-1", "-c", "app", "--", "kill", "-9"}, 3,
			thereExec + " kill prod/shop-1/app --signal 9", ""},
		{[]string{"prod/shop-1", "-c", "setup", "--", "ps"}, 3, thereExec + " ps prod/shop-1/setup", ""},
		{[]string{"prod/shop-1", "-c", "debugger-x1", "--", "ps"}, 3, thereExec + " ps prod/shop-1/debugger-x1", ""},
		{[]string{"prod/shop-1", "-c", "nosuch", "--", "ps"}, exitNoTarget, "",
			"has no container nosuch; it has app, sidecar"},
		{[]string{"prod/shop-1", "-c", "app"}, exitUsage, "", "name it behind --"},
		{[]string{"prod/shop-1", "-c", "app", "--", "version"}, exitUsage, "", "name it behind --"},
		{[]string{"prod/shop-1", "-c", "app", "--", "--json", "ps"}, exitUsage, "", "COMMAND comes first"},
		{[]string{"n1", "-c", "app", "--", "ps"}, exitUsage, "", "n1 is a node"},
		{[]string{"busy"}, 3, podExec, "busy is NotReady; bones tries all the same\n"},
		{[]string{"lost"}, exitFailed, "", "lost is NotReady: its kubelet has not reported"},
		{[]string{"n3"}, exitPermission, "", "to create pods and pods/exec"},
		{[]string{"n4"}, exitPermission, "", "admits no privileged pods: name one that does with --bones-namespace"},
		{[]string{"n5"}, exitFailed, "",
			`cannot get the image bones:latest: ErrImagePull: no such \x1b[2Jimage; make image`},
		{[]string{"n7"}, exitFailed, "", "cannot get the image bones:latest: ImagePullBackOff: Back-off; make image makes " +
			"it: push it to a registry"},
		{[]string{"n8"}, exitFailed, "", "does not start: CreateContainerError: no runtime; bones deletes this " +
			"pod; to look into it, make one with kubectl debug node/NAME and run kubectl describe pod"},
		// The pod is gone afterwards, the journal is not.
		{[]string{"n1", "--debug", "--context", "c 1", "--", "tune", "web", "nice=5"}, 0, "--context=c 1 " + podExec +
			" tune web nice=5", "kubectl bones n1 --debug --context 'c 1' -- undo takes the change back"},
		{[]string{"n9"}, exitFailed, "", "was deleted before bones could run in it"},
		{[]string{"n5", "--image", "old"}, exitFailed, "", "has ended (Failed) before bones could run in it; is the bones " +
			"in the image old another one than this?"},
		{[]string{"n6"}, 3, podExec, "cannot tell whether it already runs on n6"},
		{[]string{"nobody"}, exitNoTarget, "", "there is no such node, nor such a pod in kubectl's own namespace"},
		{[]string{"prod/nobody"}, exitNoTarget, "", "there is no such pod in the namespace prod"},
		{[]string{"node/nobody"}, exitNoTarget, "", "there is no such node;"},
		{[]string{"pending"}, exitFailed, "", "is on no node yet"},
		{[]string{"hostile"}, exitFailed, "", "which is not a valid name"},
		{[]string{"node/forbidden"}, exitPermission, "", "nodes is forbidden"},
		{[]string{"--", "-n1"}, exitUsage, "", ""}, {[]string{"a", "b"}, exitUsage, "", ""},
		{[]string{"UPPER"}, exitUsage, "", "not a valid name of a node"},
		{[]string{"prod/x", "-n", "other"}, exitUsage, "", ""},
		{[]string{"n1", "--image", ""}, exitUsage, "", ""}, {nil, exitUsage, "", ""},
	} {
		os.Remove(fake + ".calls")
		a, out, errs := testApp(t)
		status := a.run(t.Context(), append([]string{"kubectl", "--kubectl", fake}, c.args...))
		calls, _ := os.ReadFile(fake + ".calls")
		var ran string
		for line := range strings.Lines(string(calls)) {
			if strings.Contains(line, "exec ") {
				ran = strings.TrimSuffix(line, "\n")
			}
		}
		if status != c.status || ran != c.last || !strings.Contains(out.String()+errs.String(), c.out) {
			t.Errorf("%q: status %d, want %d, ran\n%s\nwant\n%s\nout %s err %s", c.args, status, c.status, ran, c.last, out,
				errs)
		}
		if strings.Contains(errs.String(), "command terminated") { // the status says it
			t.Errorf("%q: %q", c.args, errs)
		}
		if strings.Contains(errs.String(), "\x1b") {
			t.Errorf("%q: %q steers the terminal", c.args, errs)
		}
		if n := strings.Count(string(calls), "wait pod/"); n > 5 { // each takes seconds, and the cluster has said enough
			t.Errorf("%q: waited %d times", c.args, n)
		}
		made := strings.Contains(string(calls), "debug node/") && (c.status != exitPermission || c.last != "")
		if made && !strings.Contains(string(calls), "--attach=false") || made != strings.Contains(string(calls),
			"delete pod node-debugger-n2-x7k2p --wait=false") {
			t.Errorf("%q: a pod is made: %v, and it is deleted at the end:\n%s", c.args, made, calls)
		}
	}
	a, out, errs := testApp(t)
	if status := a.run(t.Context(), []string{"kubectl", "pod/shop-1", "--kubectl", fake, "--debug", "--image", "b",
		"--namespace", "prod", "--container", "app",
		"--context", "c", "--kubeconfig", "/k", "--bones-namespace", "w", "--dry-run", "--", "ps"}); status != 0 ||
		!strings.HasSuffix(out.String(), " --stdin -- /bones --host-root /host ps prod/shop-1/app\n") {
		t.Errorf("all flags: %d %s %s", status, out, errs)
	}
	a, _, errs = testApp(t)
	if status := a.run(t.Context(), []string{"kubectl", "--kubectl", dir + "/none", "n1"}); status != exitFailed {
		t.Errorf("without kubectl: %d %s", status, errs)
	}
}

// TestKubectlTellsOfUndo: only of a command that may have changed something. Who obeys after any other takes back an
// older change of the node, maybe that of somebody else.
func TestKubectlTellsOfUndo(t *testing.T) {
	fake := filepath.Join(t.TempDir(), "kubectl")
	succeeds := strings.NewReplacer("exit 3", "exit 0", " freeze ", " none ").Replace(fakeKubectl)
	if err := os.WriteFile(fake, []byte(succeeds), 0o755); err != nil {
		t.Fatal(err)
	}
	for line, want := range map[string]bool{
		"tune web": false, "tune web --all": false, "tune web nice=5": true, "tune --all web nice=5": true,
		"tune same nice=5":          false, // bones there says so
		"tune web nice=5 --dry-run": false, "tune web nice=5 --dry-run=true": false,
		"tune web nice=5 --dry-run=false": true,
		"set web memory=1G":               true, "--json set web memory=1G": true, "set --help": false, "set web -h": false,
		"set web memory=1G --dry-run": false, "--proc /x set web memory=1G": true, "pause web": true,
		"freeze -- --dry-run": true, "files put web a /b": true, "files ls web set": false, "files rm web set": true,
		"files --help": false, "ps set": false, "pid tune": false, "history undo": false, "undo 3": true,
		"--journal /tmp/j set web memory=1G": false,
	} {
		a, _, errs := testApp(t)
		status := a.run(t.Context(), slices.Concat([]string{"kubectl", "--kubectl", fake, "n1", "--debug", "--"},
			strings.Fields(line)))
		const says = "the pod will be deleted, and the journal stays on the node: " +
			"kubectl bones n1 --debug -- undo takes the change back"
		if got := strings.Contains(errs.String(), says); status != 0 || got != want || !want &&
			strings.Contains(errs.String(), "undo") {
			t.Errorf("%s: status %d, tells of undo: %v, want %v: %s", line, status, got, want, errs)
		}
	}
	a, _, errs := testApp(t)
	if a.run(t.Context(), []string{"kubectl", "--kubectl", fake, "n1", "--debug", "--", "enter", "web", "--", "sh", "-c",
		" set x "}); strings.Contains(errs.String(), "undo") {
		t.Errorf("enter: %s", errs)
	}
}

// TestKubectlInterrupted: whatever ends bones, the pod that was made for it is deleted, and kubectl ends.
func TestKubectlInterrupted(t *testing.T) {
	m := builtBones(t)
	for _, sig := range []unix.Signal{unix.SIGINT, unix.SIGTERM, unix.SIGHUP, unix.SIGKILL} {
		fake := filepath.Join(t.TempDir(), "kubectl")
		if err := os.WriteFile(fake, []byte(fakeKubectl), 0o755); err != nil {
			t.Fatal(err)
		}
		c := exec.Command(m.bones, "kubectl", "--kubectl", fake, "n2", "--", "events", "--follow")
		var errs bytes.Buffer
		c.Stderr = &errs
		out, err := c.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := c.Start(); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { c.Process.Kill(); c.Wait() })
		if _, err := out.Read(make([]byte, 100)); err != nil { // bones there runs
			t.Fatal(err, errs.String())
		}
		proctest.Signal(t, c.Process.Pid, sig)
		for err == nil { // until bones and kubectl have both ended
			_, err = out.Read(make([]byte, 100))
		}
		c.Wait()
		if status := c.ProcessState.ExitCode(); sig != unix.SIGKILL && status != 128+int(sig) {
			t.Errorf("after %v: status %d %s", sig, status, errs.String())
		}
		proctest.Until(t, fmt.Sprintf("the pod is deleted after %v", sig), func() bool {
			calls, _ := os.ReadFile(fake + ".calls")
			return strings.Contains(string(calls), "delete pod node-debugger-n2-x7k2p --wait=false")
		})
	}
}

// TestKubectlLeash: in a pod bones ends with its standard input, which is all that ends there when kubectl does, and
// its status is that of the command.
func TestKubectlLeash(t *testing.T) {
	m := builtBones(t)
	c := exec.Command(m.bones, "__kubectl-leash", "events", "--follow")
	in, err := c.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := c.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Process.Kill(); c.Wait() })
	proctest.Until(t, "bones runs", func() bool { // the thread that has started it need not be the first
		tasks, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/children", c.Process.Pid))
		return slices.ContainsFunc(tasks, func(task string) bool {
			list, _ := os.ReadFile(task)
			return len(bytes.TrimSpace(list)) > 0
		})
	})
	in.Close()
	io.Copy(io.Discard, out) // until both have ended
	c.Wait()
	if status := c.ProcessState.ExitCode(); status != 128+int(unix.SIGTERM) {
		t.Errorf("status %d", status)
	}
	c = exec.Command(m.bones, "__kubectl-leash", "pid", "nosuch")
	if in, err = c.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	said, err := c.CombinedOutput()
	if c.ProcessState.ExitCode() != exitNoTarget {
		t.Errorf("%v %s", err, said)
	}
}
