package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"bones/procwalk/proctest"

	"golang.org/x/sys/unix"
)

// remoteHosts are hosts that are reached through the real ssh: one sshd on the loopback, with a port for each.
type remoteHosts struct {
	made
	t    *testing.T
	path string // with an ssh that knows them
	tmp  string // TMPDIR of the hosts without bones
}

// remoteKinds is what each host does with a connection, in the language of sshd_config.
var remoteKinds = map[string]string{
	"with":    "SetEnv HOME=@DIR@/home PATH=@DIR@/bin:/usr/bin:/bin",
	"second":  "SetEnv HOME=@DIR@/home PATH=@DIR@/bin:/usr/bin:/bin",
	"without": "SetEnv HOME=@DIR@/home PATH=/usr/bin:/bin TMPDIR=@DIR@/tmp",
	"sparc":   "SetEnv HOME=@DIR@/home PATH=@DIR@/sparc:/usr/bin:/bin TMPDIR=@DIR@/tmp",
	"old":     "SetEnv HOME=@DIR@/home PATH=@DIR@/old:/usr/bin:/bin TMPDIR=@DIR@/tmp",
	"banner": "SetEnv HOME=@DIR@/home PATH=@DIR@/bin:/usr/bin:/bin\n " +
		"ForceCommand echo Welcome; printf 'to this host '; eval \"$SSH_ORIGINAL_COMMAND\"",
	"garbage": `ForceCommand printf '\033[2J{]\n'; echo said >&2`,
	"endless": "ForceCommand yes",
	"liar": `ForceCommand m=$(echo "$SSH_ORIGINAL_COMMAND" | grep -o "bones-[0-9a-f]\{32\}" | head -n 1); ` +
		`echo "$m run"; echo '[{"host":"with","id":"x","name":"\u001b[2Jliar","pid":1}]'`,
}

// newRemoteHosts starts sshd.
func newRemoteHosts(t *testing.T) *remoteHosts {
	t.Helper()
	needRoot(t)
	proctest.NeedPrograms(t, "sshd", "ssh", "ssh-keygen", "sha256sum")
	h := &remoteHosts{made: builtBones(t), t: t}
	h.tmp, h.path = filepath.Join(h.dir, "tmp"), filepath.Join(h.dir, "path")+":"+os.Getenv("PATH")
	for _, dir := range []string{"tmp", "path", "bin", "old", "sparc", "home"} {
		if err := os.Mkdir(filepath.Join(h.dir, dir), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	for _, key := range []string{"key", "hostkey"} {
		if out, err := exec.Command("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f",
			filepath.Join(h.dir, key)).CombinedOutput(); err != nil {
			t.Fatalf("%v %s", err, out)
		}
	}
	h.write("bin/bones", "#!/bin/sh\nexec "+h.bones+" \"$@\"\n")
	h.write("old/bones", oldBones)
	h.write("sparc/uname", "#!/bin/sh\ncase $1 in -s) echo Linux;; *) echo sparc64;; esac\n")
	h.write("path/ssh", "#!/bin/sh\ncase \" $* \" in *\" hangs \"*) exec sleep 1000;; esac\nexec /usr/bin/ssh -F "+h.dir+"/ssh_config \"$@\"\n")
	hostkey, err := os.ReadFile(filepath.Join(h.dir, "hostkey.pub"))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir("/run/sshd", 0o755); err == nil { // where sshd, as root, wants an empty directory
		t.Cleanup(func() { os.Remove("/run/sshd") })
	}
	for try := 1; !h.listen(string(hostkey)); try++ {
		if try == 5 {
			log, _ := os.ReadFile(filepath.Join(h.dir, "sshd.log"))
			t.Fatalf("sshd does not start: %s", log)
		}
	}
	return h
}

func (h *remoteHosts) write(name, content string) {
	h.t.Helper()
	if err := os.WriteFile(filepath.Join(h.dir, name), []byte(strings.ReplaceAll(content, "@DIR@", h.dir)), 0o700); err !=
		nil {
		h.t.Fatal(err)
	}
}

// listen starts sshd on free ports; false: another has taken one of them meanwhile.
func (h *remoteHosts) listen(hostkey string) bool {
	h.t.Helper()
	server := "ListenAddress 127.0.0.1\nHostKey @DIR@/hostkey\nAuthorizedKeysFile @DIR@/key.pub\nUsePAM no\n" +
		"StrictModes no\n" +
		"PermitRootLogin yes\nPasswordAuthentication no\nPidFile none\nMaxStartups 100\n"
	client := ""
	known, matches := "", ""
	var held []net.Listener
	for _, name := range append([]string{"down"}, slices.Sorted(maps.Keys(remoteKinds))...) {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			h.t.Fatal(err)
		}
		held = append(held, l)
		port := l.Addr().(*net.TCPAddr).Port
		client += fmt.Sprintf("Host %s\n Port %d\n", name, port)
		if name != "down" {
			server += fmt.Sprintf("Port %d\n", port)
			matches += fmt.Sprintf("Match LocalPort %d\n %s\n", port, remoteKinds[name])
		}
		known += fmt.Sprintf("[127.0.0.1]:%d %s", port, hostkey)
	}
	for _, l := range held {
		l.Close()
	}
	h.write("known_hosts", known)
	h.write("ssh_config", client+"Host *\n HostName 127.0.0.1\n User root\n IdentityFile @DIR@/key\n"+
		" IdentitiesOnly yes\n"+
		" UserKnownHostsFile @DIR@/known_hosts\n StrictHostKeyChecking yes\n")
	h.write("sshd_config", server+matches)
	log := filepath.Join(h.dir, "sshd.log")
	os.Remove(log)
	path, err := exec.LookPath("sshd")
	if err != nil {
		h.t.Fatal(err)
	}
	c := exec.Command(path, "-D", "-f", filepath.Join(h.dir, "sshd_config"), "-E", log)
	if err := c.Start(); err != nil {
		h.t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() { c.Wait(); close(ended) }()
	up := false
	proctest.Until(h.t, "sshd listens, or has ended", func() bool {
		b, _ := os.ReadFile(log)
		up = strings.Count(string(b), "Server listening") == len(remoteKinds)
		select {
		case <-ended:
			return true
		default:
			return up
		}
	})
	if !up {
		c.Process.Kill()
		<-ended
		return false
	}
	h.t.Cleanup(func() { c.Process.Kill(); <-ended })
	return true
}

// command is bones here, with that ssh.
func (h *remoteHosts) command(args ...string) *exec.Cmd {
	c := exec.Command(h.bones, append([]string{"--journal", filepath.Join(h.dir, "journal")}, args...)...)
	c.Env = append(os.Environ(), "PATH="+h.path, "HOME="+filepath.Join(h.dir, "home"), "NO_COLOR=")
	c.WaitDelay = proctest.Patience
	return c
}

// run runs it to its end.
func (h *remoteHosts) run(args ...string) (out, errs string, status int) {
	h.t.Helper()
	return h.finish(h.command(args...))
}

func (h *remoteHosts) finish(c *exec.Cmd) (out, errs string, status int) {
	h.t.Helper()
	var o, e bytes.Buffer
	c.Stdout, c.Stderr = &o, &e
	err := c.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		h.t.Fatalf("%q: %v %s", c.Args, err, e.String())
	}
	return o.String(), e.String(), c.ProcessState.ExitCode()
}

// copies are what the hosts without bones have in their TMPDIR.
func (h *remoteHosts) copies() []string {
	list, _ := filepath.Glob(filepath.Join(h.tmp, "*"))
	return list
}

// running are the PIDs of processes that run a copy.
func (h *remoteHosts) running() (pids []string) {
	links, _ := filepath.Glob("/proc/[0-9]*/exe")
	for _, link := range links {
		if to, _ := os.Readlink(link); strings.HasPrefix(to, h.tmp+"/") {
			pids = append(pids, strings.Split(link, "/")[2])
		}
	}
	return pids
}

// TestRemoteHost runs the bones of another host: its output, its status, and what goes in and out.
func TestRemoteHost(t *testing.T) {
	h := newRemoteHosts(t)
	pid := strconv.Itoa(sleeper(t).Process.Pid)
	want, err := exec.Command(h.bones, "version").Output()
	if err != nil {
		t.Fatal(err)
	}
	for _, host := range []string{"with", "root@with", "ssh://with", "banner"} {
		if out, errs, status := h.run("--host", host, "version"); out != string(want) || errs != "" || status != 0 {
			t.Errorf("%s: status %d\n%s%s", host, status, out, errs)
		}
	}
	out, errs, status := h.run("which", "--host=with", pid, "--json")
	var which any
	if err := json.Unmarshal([]byte(out), &which); err != nil || status != 0 || errs != "" {
		t.Errorf("status %d %v\n%s%s", status, err, out, errs)
	}
	for _, c := range []struct {
		args   []string
		status int
		says   string
	}{
		{[]string{"--host", "with", "pid", "no such'; $(touch pwned)"}, 3, "$(touch pwned)"},
		{[]string{"--host", "with", "enter", pid, "--yes", "--host-tools", "--", "sh", "-c", "exit 7"}, 7, ""},
		{[]string{"--host", "with", "enter", pid, "--yes", "--host-tools", "--", "sh", "-c", "exit 127"}, 127, ""},
		{[]string{"--host", "down", "ps"}, 255, "down: ssh failed"},
		{[]string{"--host", "garbage", "ps"}, 1, "it printed"},
		{[]string{"--host", "endless", "ps"}, 1, "not what bones asked for"},
		{[]string{"--host", "-oProxyCommand=touch pwned", "ps"}, 2, "hyphen"},
		{[]string{"--host", "with", "files", "get", pid, "/etc/hostname", "."}, 2, "standard output"},
		{[]string{"--host", "with", "files", "put", pid, "/etc/hostname", "/tmp"}, 2, "standard input"},
		{[]string{"--host", "with", "snapshot", "x"}, 2, "standard output"},
		{[]string{"--host", "with", "record", "-o", "x"}, 2, "standard output"},
		{[]string{"--host", "with", "completion", "bash"}, 2, "leave out --host"},
		{[]string{"ps", "--with-copy"}, 2, "name the host with --host"},
		{[]string{"--host", "with", "ps", "--nonsense"}, 2, "no flag --nonsense"},
	} {
		_, errs, status := h.run(c.args...)
		if status != c.status || !strings.Contains(errs, c.says) || strings.Contains(errs, "\x1b") {
			t.Errorf("%q: status %d, want %d: %q", c.args, status, c.status, errs)
		}
	}

	file := filepath.Join(h.dir, "through")
	c := h.command("--host", "with", "files", "put", pid, "-", file)
	sent := strings.Repeat("all bytes \x00\xff\r\n", 10_000)
	c.Stdin = strings.NewReader(sent)
	if _, errs, status := h.finish(c); status != 0 {
		t.Errorf("put: status %d %s", status, errs)
	}
	if out, errs, status := h.run("--host", "with", "files", "get", pid, file, "-"); out != sent || status != 0 {
		t.Errorf("get: status %d, %d bytes of %d %s", status, len(out), len(sent), errs)
	}
	out, errs, status = h.run("--host", "with", "snapshot", "-")
	if status != 0 {
		t.Errorf("snapshot: status %d %s", status, errs)
	}
	h.write("snapshot", "")
	if err := os.WriteFile(filepath.Join(h.dir, "snapshot"), []byte(out), 0o600); err != nil {
		t.Fatal(err)
	}
	if out := h.ask(t, "ps", "--from", filepath.Join(h.dir, "snapshot"), "-o", "args", pid); !strings.Contains(out,
		"sleep 1000") {
		t.Errorf("%s", out)
	}
	out, errs, _ = h.run("--host", "with", "--show-ssh", "pid", pid)
	line, found := strings.CutPrefix(strings.TrimSpace(errs), "bones: by hand: ")
	again := exec.Command("sh", "-c", line)
	again.Env = append(os.Environ(), "PATH="+h.path)
	if byHand, err := again.Output(); !found || err != nil || !strings.HasSuffix(string(byHand), out) || out != pid+"\n" {
		t.Errorf("by hand: %s: %v %q, and with bones %q", line, err, byHand, out)
	}

	meta := filepath.Join(h.dir, "home", ".docker", "contexts", "meta", "x")
	if err := os.MkdirAll(meta, 0o700); err != nil {
		t.Fatal(err)
	}
	h.write("home/.docker/contexts/meta/x/meta.json",
		`{"Name":"prod","Endpoints":{"docker":{"Host":"ssh://root@with"}}}`)
	for _, host := range []string{"prod", "context:prod", "docker:"} {
		c := h.command("--host", host, "pid", pid)
		c.Env = append(c.Env, "DOCKER_HOST=ssh://with")
		if out, errs, status := h.finish(c); out != pid+"\n" || status != 0 {
			t.Errorf("%s: status %d %s%s", host, status, out, errs)
		}
	}
	if _, err := os.Stat("pwned"); err == nil {
		t.Error("a word was carried out")
	}
}

// TestRemoteCopy runs a copy of bones on a host that has none, and leaves nothing there.
func TestRemoteCopy(t *testing.T) {
	h := newRemoteHosts(t)
	pid := strconv.Itoa(sleeper(t).Process.Pid)
	for _, c := range []struct {
		args   []string
		status int
		out    string
		says   string
	}{
		{[]string{"--host", "without", "pid", pid}, 2, "", "--yes does it all the same"},
		{[]string{"--host", "without", "--yes", "--readonly", "pid", pid}, 4, "", "--readonly"},
		{[]string{"--host", "sparc", "--yes", "pid", pid}, 1, "", "sparc64"},
		{[]string{"--host", "sparc", "--with-copy", "--yes", "pid", pid}, 1, "", "sparc64"},
		{[]string{"--host", "without", "--yes", "pid", pid}, 0, pid + "\n", ""},
		{[]string{"--host", "without", "enter", pid, "--yes", "--host-tools", "--", "sh", "-c", "echo in; exit 7"},
			7, "in\n", ""},
	} {
		out, errs, status := h.run(c.args...)
		if status != c.status || out != c.out || !strings.Contains(errs, c.says) {
			t.Errorf("%q: status %d %q %q", c.args, status, out, errs)
		}
		if left := h.copies(); len(left) > 0 {
			t.Errorf("%q: left there: %q", c.args, left)
		}
	}
	if out, _, _ := h.run("history"); !strings.Contains(out, "to without for this session") {
		t.Errorf("the journal: %s", out)
	}
	for _, sig := range []unix.Signal{unix.SIGINT, unix.SIGTERM, unix.SIGHUP, unix.SIGKILL} {
		c := h.command("--host", "without", "--yes", "events", "--follow", "--kind", "oom")
		c.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
		var errs bytes.Buffer
		c.Stderr = &errs
		if err := c.Start(); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { c.Process.Kill(); c.Wait() })
		proctest.Until(t, "the copy runs", func() bool { return len(h.running()) > 0 && len(h.copies()) == 1 })
		dirs := h.copies()
		if st, err := os.Stat(dirs[0]); err != nil || st.Mode().Perm() != 0o700 || !st.IsDir() {
			t.Errorf("%v: %v", dirs, err)
		}
		proctest.Signal(t, c.Process.Pid, sig)
		c.Wait()
		if status := c.ProcessState.ExitCode(); sig != unix.SIGKILL && status != 128+int(sig) {
			t.Errorf("after %v: status %d", sig, status)
		}
		proctest.Until(t, fmt.Sprintf("nothing is left after %v", sig), func() bool {
			return len(h.copies()) == 0 && len(h.running()) == 0
		})
	}
}

// TestRemoteSeveral merges what several hosts say.
func TestRemoteSeveral(t *testing.T) {
	h := newRemoteHosts(t)
	name := demoName("hosts")
	h.startDemo(t, name, "")
	all := "with,second,without,down,garbage,sparc"
	out, errs, status := h.run("--host", all, "--yes", "containers", name)
	if lines := strings.Split(out, "\n"); len(lines) != 5 || !strings.HasPrefix(out, "HOST ") ||
		!strings.HasPrefix(lines[1], "with  ") || !strings.HasPrefix(lines[3], "without  ") ||
		strings.Count(out, "bones") != 3 {
		t.Errorf("%s", out)
	}
	if status != exitFailed {
		t.Errorf("status %d", status)
	}
	for _, want := range []string{"bones: down: ssh failed: ",
		"bones: garbage: the host did not run what bones asked for",
		"bones: sparc: there is no bones on the host"} {
		if strings.Count(errs, want) != 1 || strings.Count(errs, "\n") != 3 || strings.Contains(errs, "\x1b") {
			t.Errorf("%q is not in\n%s", want, errs)
		}
	}
	if _, errs, status := h.run("--host", "with,down", "containers"); status != 255 {
		t.Errorf("one is down: status %d %s", status, errs)
	}
	if _, errs, status := h.run("--host", "with,second", "containers", "nosuch"); status != exitNoTarget ||
		strings.Count(errs, "nosuch") != 2 {
		t.Errorf("no such container: status %d %s", status, errs)
	}
	for _, args := range [][]string{{"stats", name}, {"containers", name}, {"ns", "--type", "uts"}, {"health", name},
		{"events", "--since", "1h", "--kind", "oom"}} {
		out, errs, status := h.run(append([]string{"--host", "with", "--host", "second"}, args...)...)
		if status != 0 || !strings.HasPrefix(out, "HOST ") {
			t.Errorf("%v: status %d %s%s", args, status, out, errs)
		}
		out, errs, status = h.run(append([]string{"--host", "with,second", "--json"}, args...)...)
		var list []struct{ Host string }
		if err := json.Unmarshal([]byte(out), &list); err != nil || status != 0 {
			t.Errorf("%v: status %d %v %s", args, status, err, errs)
		}
		hosts := map[string]int{}
		for _, x := range list {
			hosts[x.Host]++
		}
		if args[0] != "events" && (len(hosts) != 2 || hosts["with"] == 0 || hosts["with"] != hosts["second"]) {
			t.Errorf("%v: %v", args, hosts)
		}
	}
	out, _, _ = h.run("--host", "with,liar", "containers", name)
	if strings.Contains(out, "\x1b") || !strings.Contains(out, "liar  ") || strings.Count(out, "with  ") != 1 {
		t.Errorf("%q", out)
	}
	if _, errs, status := h.run("--host", "with,endless", "containers", name); status != exitFailed ||
		!strings.Contains(errs, "endless: the host printed more than") {
		t.Errorf("status %d %s", status, errs)
	}
	for _, args := range [][]string{{}, {"top", "1"}, {"ns", "1"}, {"ns", "--tree"},
		{"set", name, "pids=9"}} {
		if _, errs, status := h.run(append([]string{"--host", "with,second"}, args...)...); status != exitUsage ||
			!strings.Contains(errs, "name one --host") {
			t.Errorf("%v: status %d %s", args, status, errs)
		}
	}
	if _, errs, status := h.run("--host", "with,with", "containers"); status != exitUsage {
		t.Errorf("the same host twice: %s", errs)
	}
}

// TestRemoteEvents follows two hosts, as they come.
func TestRemoteEvents(t *testing.T) {
	h := newRemoteHosts(t)
	c := h.command("--host", "with,second", "events", "--follow", "--kind", "exec,exit")
	out, err := os.Create(filepath.Join(h.dir, "out"))
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	c.Stdout, c.Stderr = out, out
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	ended := false
	t.Cleanup(func() {
		if !ended {
			c.Process.Kill()
			c.Wait()
		}
	})
	said := func(host string) bool {
		b, _ := os.ReadFile(out.Name())
		for line := range strings.Lines(string(b)) {
			if strings.HasPrefix(line, host+" ") && strings.Contains(line, "remote-event") {
				return true
			}
		}
		return false
	}
	program := filepath.Join(h.dir, "remote-event")
	if err := os.Link("/bin/sleep", program); err != nil {
		if b, err := os.ReadFile("/bin/sleep"); err != nil || os.WriteFile(program, b, 0o755) != nil {
			t.Fatal(err)
		}
	}
	proctest.Until(t, "both hosts tell of a program", func() bool {
		exec.Command(program, "0.1").Run()
		return said("with") && said("second")
	})
	proctest.Signal(t, c.Process.Pid, unix.SIGTERM)
	c.Wait()
	ended = true
}

// TestRemoteUI: the terminal UI of another host, and of a copy after a question, and a table of several hosts.
func TestRemoteUI(t *testing.T) {
	h := newRemoteHosts(t)
	s := newTerminal(t, 100, 30, "PATH="+h.path)
	for host, question := range map[string]bool{"with": false, "without": true} {
		s.keys("C-l")
		s.line(h.bones + " --journal " + filepath.Join(h.dir, "journal-"+host) + " --host " + host)
		if question {
			s.until("the question", contains("Type y to go on"))
			s.line("y")
		}
		s.until("the first table", contains("by hand: ps"))
		s.keys("q")
		s.until("the prompt", func(screen string) bool { return strings.HasSuffix(strings.TrimSpace(screen), "ready$") })
		if left := h.copies(); len(left) > 0 {
			t.Errorf("left there: %q", left)
		}
	}
	// Of several hosts one hangs: whoever waits is told which, and may end it.
	s.keys("C-l")
	s.line(h.bones + " --host with,hangs,second containers")
	s.until("which host it is", contains("still waiting for hangs; bones gives up"))
	s.keys("C-c")
	s.until("the prompt", func(screen string) bool { return strings.HasSuffix(strings.TrimSpace(screen), "ready$") })
}
