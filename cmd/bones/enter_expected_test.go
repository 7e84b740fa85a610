package main

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"bones/procwalk/proctest"

	"golang.org/x/sys/unix"
)

// TestEnterAsPeopleExpect: the flags of docker exec, and what each gives.
func TestEnterAsPeopleExpect(t *testing.T) {
	proctest.Need(t, proctest.PTYs)
	pid := enterWorld(t)
	t.Setenv("OF_THE_CALLER", "mine")
	want := func(args []string, in string, status int, out, err string) {
		t.Helper()
		var o, e bytes.Buffer
		s := runEnter(t, strings.NewReader(in), &o, &e, args...)
		if s != status || o.String() != out || !strings.Contains(e.String(), err) {
			t.Errorf("enter %q: status %d, %q, %q; want %d, %q, %q", args, s, &o, &e, status, out, err)
		}
	}
	want([]string{pid, "--setenv", "A=1 2", "-e", "B=", "--", "sh", "-c", `echo "$A,$B,${B-unset}"`}, "", 0, "1 2,,\n", "")
	want([]string{pid, "--setenv", "OF_THE_CALLER", "-e", "OF_NOBODY", "--", "sh", "-c",
		`echo "$OF_THE_CALLER,${OF_NOBODY-unset}"`}, "", 0, "mine,unset\n", "")
	want([]string{pid, "-e", "=x", "--", "true"}, "", exitBones, "", "NAME=VALUE")
	if proctest.Lacks(proctest.Users) == nil {
		want([]string{pid, "--user", "nobody", "--", "sh", "-c", "id -un; echo $HOME"}, "", 0, "nobody\n/nonexistent\n", "")
		want([]string{pid, "--user", "12:34", "--", "sh", "-c", "id -u; id -g; id -G"}, "", 0, "12\n34\n34\n", "")
	}
	want([]string{pid, "--user", "no such user", "--", "true"}, "", exitBones, "", `no user "no such user"`)
	want([]string{pid, "--user", "root", "--as", "root", "--", "true"}, "", exitBones, "", "one of them")
	want([]string{pid, "--no-tty", "--interactive", "--", "cat"}, "typed", 0, "typed", "")
	want([]string{pid, "-t", "-T", "--", "true"}, "", exitBones, "", "exclude each other")
	var o, e bytes.Buffer
	if s := runEnter(t, strings.NewReader(""), &o, &e, pid, "--tty", "--", "tty"); s != 0 ||
		!strings.HasPrefix(o.String(), "/dev/pts/") {
		t.Errorf("--tty: status %d, %q, %q", s, &o, &e)
	}
	for _, word := range []string{"netns:no-such-namespace", "netns:../x", "ns:1", "ns:word", "ns:/etc/passwd",
		"ns:/no/file", "net:[1]"} {
		var o, e bytes.Buffer
		if s := runEnter(t, nil, &o, &e, word, "--", "true"); s != exitBones || e.Len() > 200 {
			t.Errorf("%s: status %d, %q; want %d", word, s, &e, exitBones)
		}
	}
}

// TestEnterOfNamedNamespaces: what `ip netns` made is entered by its name, its file and its inode.
func TestEnterOfNamedNamespaces(t *testing.T) {
	needPrograms(t, "ip")
	proctest.Need(t, proctest.Root, proctest.Namespaces, proctest.Mounts)
	name := "bones" + strconv.Itoa(os.Getpid())
	if out, err := exec.Command("ip", "netns", "add", name).CombinedOutput(); err != nil {
		skipMissing(t, "ip netns add: %v: %s", err, out)
	}
	t.Cleanup(func() { exec.Command("ip", "netns", "delete", name).Run() })
	var st unix.Stat_t
	if err := unix.Stat("/run/netns/"+name, &st); err != nil {
		t.Fatal(err)
	}
	inode := strconv.FormatUint(st.Ino, 10)
	for _, word := range []string{"netns:" + name, "netns:/run/netns/" + name, "ns:/run/netns/" + name, "ns:" + inode,
		"net:[" + inode + "]", "net:" + inode, inode} {
		var out, errOut bytes.Buffer
		s := runEnter(t, strings.NewReader(""), &out, &errOut, word, "--", "sh", "-c",
			"readlink /proc/self/ns/net; ip link set lo up && echo up")
		if s != 0 || out.String() != "net:["+inode+"]\nup\n" || errOut.Len() > 0 {
			t.Errorf("%s: status %d, %q, %q", word, s, &out, &errOut)
		}
		out.Reset()
		if s := runEnter(t, nil, &out, &errOut, word, "--dry-run", "--", "readlink", "/proc/self/ns/net"); s != 0 {
			t.Fatalf("%s: --dry-run: status %d, %s", word, s, &errOut)
		}
		got, err := exec.Command("sh", "-c", out.String()).Output()
		if err != nil || string(got) != "net:["+inode+"]\n" {
			t.Errorf("%s: %q, %v from %s", word, got, err, &out)
		}
		for _, command := range []string{"ns", "net"} { // one grammar for all
			says := map[string]string{"ns": "net:[" + inode + "]: ", "net": name}[command]
			if said, _ := bonesOut(t, 0, command, word); !strings.Contains(said, says) {
				t.Errorf("bones %s %s: %s", command, word, said)
			}
		}
	}
}

// TestNoShellToGoBackTo: a session leader, as `ssh -t host bones` starts one, does not stop where nobody would let it
// go on, and says so.
func TestNoShellToGoBackTo(t *testing.T) {
	proctest.Need(t, proctest.PTYs)
	t.Run("enter", func(t *testing.T) {
		pid := enterWorld(t)
		bones, _ := madeBones(t)
		c := exec.Command(bones, "--journal", filepath.Join(t.TempDir(), "journal"), "enter", pid, "--", "sh", "-c",
			"echo be''gun; read x; echo got $x")
		c.Env = []string{"PATH=/usr/bin:/bin", "TERM=xterm"}
		u := startPTY(t, c)
		u.until("the program", proctest.Patience, func() bool { return strings.Contains(u.modes.text.String(), "begun") })
		proctest.Signal(t, c.Process.Pid, unix.SIGTSTP)
		u.until("what is said", proctest.Patience, func() bool {
			return strings.Contains(u.modes.text.String(), "no shell to go back to")
		})
		u.master.WriteString("x\r")
		u.until("the rest", proctest.Patience, func() bool { return strings.Contains(u.modes.text.String(), "got x") })
	})
	t.Run("the terminal UI", func(t *testing.T) {
		u := startPTYUI(t, builtBones(t))
		u.master.WriteString("\x1a")
		u.until("what is said", proctest.Patience, func() bool {
			return strings.Contains(u.modes.text.String(), "no shell to go back to")
		})
		// A stop that the UI did not choose is no end either.
		proctest.Signal(t, u.child(), unix.SIGSTOP)
		u.master.WriteString("q")
		if !u.ends(proctest.Patience) {
			t.Error("it does not go on")
		}
	})
}

// TestSlowTerminals: TERM of a serial console, whose description asks for delays, and one that nobody knows.
func TestSlowTerminals(t *testing.T) {
	m := builtBones(t)
	for _, term := range []string{"TERM=vt100", "TERM=vt102", "TERM=nobodys-terminal"} {
		t.Run(term, func(t *testing.T) {
			u := startPTYUI(t, m, func(c *exec.Cmd) { c.Env = append(c.Env, term) })
			if strings.Contains(term, "nobody") {
				u.until("that it is not known", proctest.Patience, func() bool {
					return strings.Contains(u.modes.text.String(), "is not known here")
				})
			}
			u.master.WriteString("q")
			if !u.ends(proctest.Patience) {
				t.Error("q does not end it")
			}
		})
	}
}
