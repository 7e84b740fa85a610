package cgroupview

import (
	"context"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"

	"bones/procwalk/proctest"
	"bones/procwalk/text"

	"golang.org/x/sys/unix"
)

// TestKillAllBeforePidfds: before Linux 5.3 a process is held by its directory in /proc, before 5.1 only what is
// frozen is killed, and what cannot be frozen is left alone and named. A number alone is never sent a signal.
func TestKillAllBeforePidfds(t *testing.T) {
	for _, c := range []struct {
		name       string
		controller string
		lacks      []uint32
		want       string // in the error; "": all are killed
	}{
		{"5.2, no freezer", "pids", []uint32{unix.SYS_PIDFD_OPEN}, ""},
		{"5.2, freezer", "freezer", []uint32{unix.SYS_PIDFD_OPEN}, ""},
		{"4.18, freezer", "freezer", []uint32{unix.SYS_PIDFD_OPEN, unix.SYS_PIDFD_SEND_SIGNAL}, ""},
		{"4.18, no freezer", "pids", []uint32{unix.SYS_PIDFD_OPEN, unix.SYS_PIDFD_SEND_SIGNAL}, "Linux 5.1"},
	} {
		t.Run(c.name, func(t *testing.T) {
			h, g := real(t, c.controller)
			var all []*exec.Cmd
			for range 5 {
				p := exec.Command("sleep", "1000")
				if err := p.Start(); err != nil {
					t.Fatal(err)
				}
				all = append(all, p)
				defer p.Process.Kill()
				if err := os.WriteFile(g.Dir.Raw()+"/cgroup.procs", []byte(strconv.Itoa(p.Process.Pid)), 0); err != nil {
					t.Fatal(err)
				}
			}
			k, err := h.NewKillAll(Groups{List: []*Group{g}}, Surroundings{Name: text.New("test")})
			if err != nil {
				t.Fatal(err)
			}
			ended := make(chan error, len(all))
			for _, p := range all {
				go func() { ended <- p.Wait() }()
			}
			err = proctest.Without(t, unix.ENOSYS, c.lacks, func() error {
				_, err := k.Apply(context.Background())
				return err
			})
			if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
				t.Fatalf("%v; want %q", err, c.want)
			}
			if c.want != "" {
				if len(ended) > 0 {
					t.Error("a number alone was sent SIGKILL")
				}
				for _, p := range all {
					p.Process.Kill()
				}
			}
			for range all {
				<-ended
			}
		})
	}
}
