package detail

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"bones/procwalk"
	"bones/procwalk/leaktest"
	"bones/procwalk/proctest"
)

// Words that make the test program something else than a test: one that lives until its standard input ends, one
// that does so after its first thread has ended, and one that reads a process, PID START, as nobody and prints what
// it was refused.
const (
	waitWord       = "__detail-wait"
	leaderlessWord = "__detail-leaderless"
	readWord       = "__detail-read"
)

func init() {
	proctest.Part(waitWord, func([]string) error {
		fmt.Println("ready")
		_, err := io.Copy(io.Discard, os.Stdin)
		return err
	})
	proctest.Part(leaderlessWord, func([]string) error {
		go func() {
			// Only when the first thread has gone is there something to look at.
			for {
				b, err := os.ReadFile("/proc/self/stat")
				if err != nil || strings.Contains(string(b), ") Z ") {
					break
				}
				time.Sleep(time.Millisecond)
			}
			fmt.Println("ready")
			io.Copy(io.Discard, os.Stdin)
			os.Exit(0)
		}()
		syscall.Syscall(syscall.SYS_EXIT, 0, 0, 0) // this thread, the first, alone
		return nil
	})
	proctest.Part(readWord, func(args []string) error {
		readAsNobody(args[0], args[1])
		return nil
	})
}

func TestMain(m *testing.M) { leaktest.Main(m) }

func readAsNobody(pid, start string) {
	must := func(err error) {
		if err != nil {
			fmt.Println("failed:", err)
			os.Exit(1)
		}
	}
	if os.Getuid() == 0 {
		must(syscall.Setgroups(nil))
		must(syscall.Setgid(65534))
		must(syscall.Setuid(65534))
	}
	var id procwalk.ID
	var err error
	id.PID, err = strconv.Atoi(pid)
	must(err)
	id.Start, err = strconv.ParseUint(start, 10, 64)
	must(err)
	d := NewReader("/proc").Read(context.Background(), id)
	must(d.Err)
	for _, f := range []struct {
		name string
		err  error
	}{
		{"status", d.Status.Err}, {"cmdline", d.Cmdline.Err}, {"cgroup", d.Cgroups.Err}, {"io", d.IO.Err},
		{"exe", d.Exe.Err},
		{"cwd", d.Cwd.Err}, {"root", d.Root.Err}, {"limits", d.Limits.Err}, {"mountinfo", d.Mounts.Err}, {"fd", d.FDs.Err},
		{"smaps", d.Smaps.Err}, {"environ", d.Environ.Err}, {"threads", d.Threads.Err}, {"oom_score_adj", d.OOMScoreAdj.Err},
	} {
		what := "ok"
		if errors.Is(f.err, os.ErrPermission) {
			what = "refused"
		} else if f.err != nil {
			what = f.err.Error()
		}
		fmt.Printf("%s %s\n", f.name, what)
	}
}
