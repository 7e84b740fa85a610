package main

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"bones/procwalk/proctest"

	"github.com/creack/pty"
)

// situation is one way of using a program that enters a container. ENTER in the script stands for each of them.
type situation struct {
	name    string
	script  string
	bones   string // flags
	docker  string // flags; "-": docker does otherwise, for which see want
	nsenter string // flags; "-": nsenter has no such thing, or does otherwise
	tty     bool   // on a terminal
	want    string // what bones gives where neither of them is the measure, and what peers give as well
}

// situations are what `bones enter` is compared with. The container's first process is a sleep of root's, with
// GREETING=hello in its environment, in /tmp.
var situations = []situation{
	{name: "user", script: "ENTER id -u"},
	{name: "user and groups", script: "ENTER id", nsenter: "-"},
	{name: "directory", script: "ENTER sh -c pwd"},
	{name: "host name", script: "ENTER sh -c 'cat /proc/sys/kernel/hostname'"},
	{name: "home", script: "ENTER sh -c 'echo $HOME'", nsenter: "-"},
	{name: "path", script: "ENTER sh -c 'echo $PATH'", nsenter: "-"},
	{name: "status", script: "ENTER sh -c 'exit 7'; echo $?"},
	{name: "killed", script: "ENTER sh -c 'kill -KILL $$'; echo $?"},
	{name: "not found", script: "ENTER no-such-program 2>/dev/null; echo $?", docker: "-", want: "127\n"},
	{name: "not executable", script: "ENTER /etc/passwd >/dev/null 2>&1; echo $?", want: "126\n"},
	{name: "errors apart", script: "ENTER sh -c 'echo o; echo e >&2' 2>/dev/null", want: "o\n"},
	{name: "output apart", script: "ENTER sh -c 'echo o; echo e >&2' 2>&1 >/dev/null", want: "e\n"},
	{name: "input", script: "echo in | ENTER cat", docker: "-i", want: "in\n"},
	{name: "no input", script: "ENTER cat </dev/null; echo $?", want: "0\n"},
	{name: "a loop over a pipe", script: `printf 'a\nb\nc\n' | while read l; do ENTER sh -c :; echo $l; done`, nsenter: "",
		want: "a\nb\nc\n"},
	{name: "a loop over a file", script: `printf 'a\nb\nc\n' >$DIR/f; while read l; do ENTER sh -c :; echo $l; done <$DIR/f`,
		want: "a\nb\nc\n"},
	{name: "a loop that reads", script: `printf 'a\nb\nc\nd\n' | while read l; do ENTER sh -c 'read x; echo in $x'; done`,
		docker: "-", want: "in b\nin d\n"},
	{name: "what is left of a file", script: `printf 'a\nb\nc\n' >$DIR/f; (ENTER sh -c 'read x'; cat) <$DIR/f`,
		docker: "-", want: "b\nc\n"},
	{name: "much both ways", script: "head -c 3000000 /dev/zero | ENTER cat | cksum", docker: "-i"},
	{name: "a reader that goes", script: "ENTER sh -c 'while echo y; do :; done' 2>/dev/null | head -1", want: "y\n"},
	{name: "no terminal in a pipeline", script: "ENTER sh -c '[ -t 1 ]' | cat; ENTER sh -c '[ -t 1 ] || echo none' | cat",
		tty: true, want: "none\n"},
	{name: "a terminal", script: "ENTER sh -c '[ -t 0 ] && [ -t 1 ] && [ -t 2 ] && echo three'", docker: "-it", tty: true,
		want: "three\n"},
	{name: "its name", script: "ENTER busybox tty", docker: "-it", nsenter: "-", tty: true, want: "/dev/pts/0\n"},
	{name: "its size", script: "stty rows 33 cols 99; ENTER busybox stty size", docker: "-", tty: true, want: "33 99\n"},
	{name: "asked for none", script: "ENTER busybox tty; echo $?", bones: "-T", nsenter: "-", tty: true,
		want: "not a tty\n1\n"},
	{name: "asked for one", script: "ENTER busybox tty </dev/null", bones: "-t", docker: "-t", nsenter: "-", tty: true,
		want: "/dev/pts/0\n"},
	{name: "errors apart on a terminal", script: "ENTER sh -c 'echo o; echo e >&2' 2>$DIR/e; cat $DIR/e", docker: "-",
		tty: true, want: "o\ne\n"},
	{name: "a job of timeout", script: "timeout 20 ENTER sh -c :; echo $?", docker: "-", tty: true, want: "0\n"},
	{name: "a job in the background", script: "ENTER sh -c 'echo ran' & wait", docker: "-", tty: true, want: "ran\n"},
	{name: "a user", script: "ENTER id", bones: "-u memcache", docker: "-u memcache", nsenter: "-"},
	{name: "a number", script: "ENTER id", bones: "-u 11211", docker: "-u 11211", nsenter: "-"},
	{name: "a user and a group", script: "ENTER id", bones: "-u memcache:root", docker: "-u memcache:root", nsenter: "-"},
	{name: "a number nobody has", script: "ENTER id -u; ENTER id -g", bones: "-u 5000", docker: "-u 5000", nsenter: "-"},
	{name: "a user nobody has", script: "ENTER id >/dev/null 2>&1 || echo failed", bones: "-u x", docker: "-u x",
		nsenter: "-",
		want:    "failed\n"},
	{name: "what a user may", script: "ENTER sh -c 'grep -E \"^(Cap|NoNew)\" /proc/self/status'", bones: "-u memcache",
		docker: "-u memcache", nsenter: "-"},
	{name: "home of a user", script: "ENTER sh -c 'echo $HOME'", bones: "-u memcache", docker: "-u memcache",
		nsenter: "-"},
	{name: "a variable", script: "ENTER sh -c 'echo $A'", bones: "-e 'A=1 2'", docker: "-e 'A=1 2'", nsenter: "-"},
	{name: "a variable of the caller's", script: "A=mine; export A; ENTER sh -c 'echo $A'", bones: "-e A", docker: "-e A",
		nsenter: "-"},
	{name: "a variable that there is", script: "ENTER sh -c 'echo $HOME'", bones: "-e HOME=/x", docker: "-e HOME=/x",
		nsenter: "-"},
	{name: "the container's variables", script: "ENTER sh -c 'echo $GREETING'", bones: "--env", nsenter: "-",
		want: "hello\n"},
	{name: "another directory", script: "ENTER sh -c pwd", bones: "--wd /bin", docker: "-w /bin", nsenter: "-"},
	{name: "namespaces", script: "ENTER sh -c 'for n in cgroup ipc mnt net pid uts; do busybox readlink " +
		"/proc/self/ns/$n; done'"},
	{name: "capabilities", script: "ENTER sh -c 'grep -E \"^(Cap|NoNew)\" /proc/self/status'", nsenter: "-"},
	{name: "descriptors", script: "ENTER ls /proc/self/fd", nsenter: "-"}, // which hands on what it inherited
	{name: "the first process", script: "ENTER cat /proc/1/cmdline | tr '\\0' ' '"},
	{name: "words", script: `ENTER busybox printf '[%s]' '' 'a b' "it's" '$HOME' '*'`},
	{name: "TERM", script: "timeout 1 ENTER sleep 1000; echo $?", docker: "-", want: "124\n"},
}

// run runs the script with prefix for ENTER, and returns what it printed; errors only if it printed nothing else.
func (s situation) run(t *testing.T, dir, prefix string) string {
	t.Helper()
	script := strings.ReplaceAll(s.script, "ENTER", prefix)
	c := exec.Command("sh", "-c", script)
	c.Env = append(os.Environ(), "DIR="+dir, "TERM=xterm")
	if !s.tty {
		var out, errs bytes.Buffer
		c.Stdout, c.Stderr = &out, &errs
		c.Run()
		if out.Len() == 0 {
			return errs.String()
		}
		return out.String()
	}
	master, err := pty.Start(c)
	if err != nil {
		t.Fatal(err)
	}
	defer master.Close()
	var out bytes.Buffer
	io.Copy(&out, master)
	c.Wait()
	// Which number a terminal has hangs on those that ended a moment ago.
	return regexp.MustCompile(`/dev/pts/\d+`).ReplaceAllString(strings.ReplaceAll(out.String(), "\r", ""), "/dev/pts/0")
}

// compareEnter runs every situation with bones, and with `docker exec` and nsenter where they are the measure.
func compareEnter(t *testing.T, e *engine, m made) {
	proctest.Need(t, proctest.PTYs)
	name := fmt.Sprintf("entered-%d", os.Getpid())
	e.must("run", "-d", "--name", name, "--network", "none", "-e", "GREETING=hello", "-e", "PATH=/bin:/usr/bin:/opt/x",
		"-w", "/tmp", "memcached:test", "sleep", "1000000")
	defer e.try("rm", "-f", name)
	pid := e.must("inspect", "-f", "{{.State.Pid}}", name)
	if len(situations) < 40 {
		t.Errorf("only %d situations", len(situations))
	}
	for _, s := range situations {
		t.Run(s.name, func(t *testing.T) {
			dir := t.TempDir()
			got := s.run(t, dir, fmt.Sprintf("%s --journal %s enter %s %s --", m.bones, filepath.Join(m.dir, "journal"), name,
				s.bones))
			compared := s.want != ""
			if compared && got != s.want {
				t.Errorf("bones: %q, want %q", got, s.want)
			}
			if s.docker != "-" {
				compared = true
				peer := s.run(t, dir, fmt.Sprintf("docker -H %s exec %s %s", e.host, s.docker, name))
				if peer != got {
					t.Errorf("bones: %q, docker exec: %q", got, peer)
				}
			}
			if s.nsenter != "-" && !s.tty {
				compared = true
				peer := s.run(t, dir, fmt.Sprintf("nsenter -t %s -m -u -i -n -p -C -r -w", pid))
				if peer != got {
					t.Errorf("bones: %q, nsenter: %q", got, peer)
				}
			}
			if !compared {
				t.Error("this was compared with nothing")
			}
		})
	}
}
