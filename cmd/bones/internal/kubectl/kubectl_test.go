package kubectl

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// TestLastLine: of a cluster that does not answer, kubectl logs each try before it says so.
func TestLastLine(t *testing.T) {
	for said, want := range map[string]string{
		"E1126 memcache.go:265] \"Unhandled Error\"\nE1126 memcache.go:265] \"Unhandled Error\"\n" +
			"The connection to the server db1:8080 was refused\n": "The connection to the server db1:8080 was refused",
		"Error from server (Forbidden): pods\n": "Error from server (Forbidden): pods",
		"":                                      "",
	} {
		if got := lastLine(said); got != want {
			t.Errorf("%q: %q, want %q", said, got, want)
		}
	}
}

// TestStarted: a pod is given up at once where no further try can help, and where tries fail for a while only after
// the kubelet has tried again.
func TestStarted(t *testing.T) {
	runtime.LockOSThread() // whose end would end each kubectl: see start
	defer runtime.UnlockOSThread()
	const slow, pull, back, never = "ContainerCreating", "ErrImagePull", "ImagePullBackOff", "ErrImageNeverPull"
	for _, c := range []struct {
		states []string // at one look after the other; then the pod runs
		looks  int      // after which bones gives up; 0: it does not
	}{
		{nil, 0},
		{[]string{pull}, 0}, {[]string{pull, back, back}, 0}, {[]string{"CreateContainerError", "RunContainerError"}, 0},
		{[]string{pull, back, back, slow, pull, back, back}, 0}, // not in a row
		{[]string{pull, back, back, pull, back}, 4}, {[]string{slow, slow, back, back, back, back}, 6},
		{[]string{"CrashLoopBackOff", "CrashLoopBackOff", "CrashLoopBackOff", "CrashLoopBackOff"}, 4},
		{[]string{"InvalidImageName", slow}, 1}, {[]string{slow, never, slow}, 2}, {[]string{pull, never, pull}, 2},
	} {
		fake := filepath.Join(t.TempDir(), "kubectl")
		script := fmt.Sprintf("#!/bin/sh\nset -- \"$1\" %s\n", strings.Join(c.states, " ")) + `
test "$1" = wait && echo >> "$0.looks"
n=0
while read -r _; do n=$((n + 1)); done < "$0.looks"
test $n -ge $# && { echo met; exit; }
test "$1" = wait && { echo "error: timed out waiting for the condition" >&2; exit 1; }
shift $n
echo "Pending $1 it says so"
`
		if err := os.WriteFile(fake, []byte(script), 0o755); err != nil {
			t.Fatal(err)
		}
		err := (&flags{program: fake, image: "b"}).started(t.Context(), "pod")
		looks, _ := os.ReadFile(fake + ".looks")
		if n := len(looks); (err != nil) != (c.looks > 0) || err != nil && (n != c.looks || !strings.Contains(err.Error(),
			c.states[n-1]+": it says so")) {
			t.Errorf("%v: %v after %d looks, want to give up after %d (0: never)", c.states, err, n, c.looks)
		}
	}
}
