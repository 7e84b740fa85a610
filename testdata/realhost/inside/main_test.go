package inside

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"
)

// patience is how long one command may take: everything here is emulated in software, on a busy machine perhaps.
const patience = 4 * time.Minute

// TestMain refuses to run anywhere but on the real host: the tests start engines and leave their containers to the end
// of the machine.
func TestMain(m *testing.M) {
	if name, err := os.Hostname(); err != nil || name != "realhost" || os.Getpid() == 1 {
		os.Stderr.WriteString("these tests are for the virtual machine of testdata/realhost/boot.sh\n")
		os.Exit(1)
	}
	os.Exit(m.Run())
}

// said is what a command printed, and how it ended.
type said struct {
	out, err string
	status   int
}

// try runs a program and takes any end.
func try(t *testing.T, words ...string) said {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	c := exec.CommandContext(ctx, words[0], words[1:]...)
	var out, errs bytes.Buffer
	c.Stdout, c.Stderr = &out, &errs
	c.WaitDelay = 10 * time.Second // what it leaves running may keep the pipes
	err := c.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) && !errors.Is(err, exec.ErrWaitDelay) {
		t.Fatalf("%s: %v\n%s%s", strings.Join(words, " "), err, &out, &errs)
	}
	return said{out.String(), errs.String(), c.ProcessState.ExitCode()}
}

// run runs a program that must end well, and returns what it printed.
func run(t *testing.T, words ...string) string {
	t.Helper()
	s := try(t, words...)
	if s.status != 0 {
		t.Fatalf("%s: status %d\n%s%s", strings.Join(words, " "), s.status, s.out, s.err)
	}
	return strings.TrimSpace(s.out)
}

// alice makes of a command line one that the ordinary user runs in a session of her own, as after a login.
func alice(words ...string) []string {
	var quoted []string
	for _, w := range words {
		quoted = append(quoted, "'"+strings.ReplaceAll(w, "'", `'\''`)+"'")
	}
	return []string{"runuser", "-l", "alice", "-c", strings.Join(quoted, " ")}
}

const bonesPath = "/job/bones"

// bones runs bones as root, and it must end well.
func bones(t *testing.T, args ...string) string {
	t.Helper()
	return run(t, append([]string{bonesPath}, args...)...)
}

// decode reads JSON.
func decode(t *testing.T, content string, into any) {
	t.Helper()
	if err := json.Unmarshal([]byte(content), into); err != nil {
		t.Fatalf("%v in %s", err, content)
	}
}

// until waits for something that must come.
func until(t *testing.T, what string, done func() bool) {
	t.Helper()
	for end := time.Now().Add(patience); !done(); time.Sleep(200 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("waited %v for %s", patience, what)
		}
	}
}
