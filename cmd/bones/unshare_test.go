package main

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"bones/nsview/unshare"
	"bones/procwalk"
	"bones/procwalk/proctest"

	"github.com/creack/pty"
	"golang.org/x/sys/unix"
)

// made is the program as users have it, with a journal of its own.
type made struct{ bones, dir string }

// builtBones is the static binary: a stage starts from it, and a demo is made of it.
func builtBones(t testing.TB) made {
	t.Helper()
	m := made{dir: t.TempDir()}
	m.bones = filepath.Join(m.dir, "bones")
	install(t, m.bones)
	if err := os.Chmod(filepath.Dir(m.dir), 0o755); err != nil {
		t.Fatal(err)
	}
	// For the tests without privilege; sticky, because bones takes no journal that others may exchange.
	if err := os.Chmod(m.dir, 0o777|os.ModeSticky); err != nil {
		t.Fatal(err)
	}
	return m
}

// line is a shell line for a command line of unshare, run by bones.
func (m made) line(args string) string {
	return m.bones + " --journal " + filepath.Join(m.dir, "journal-"+ownUID) + " unshare " + args
}

// ownUID stands for the user of a line of shell. A shell would start a program to find that out, which takes as long
// as bones.
const ownUID = "$UID"

// shell runs a line with sh in a small, known environment and returns what it printed and its status.
func shell(t *testing.T, line string, change ...func(*exec.Cmd)) string {
	t.Helper()
	c := exec.Command("sh", "-c", line)
	c.Env = []string{"PATH=" + os.Getenv("PATH"), "SHELL=/bin/sh", "LC_ALL=C", "HOME=/nonexistent"}
	c.WaitDelay = proctest.Patience // a program left behind that holds the pipes is a failure, not a hang
	for _, f := range change {
		f(c)
	}
	uid := uint32(os.Geteuid())
	if as := c.SysProcAttr; as != nil && as.Credential != nil {
		uid = as.Credential.Uid
	}
	c.Args[2] = strings.ReplaceAll(line, ownUID, fmt.Sprint(uid))
	out, err := c.CombinedOutput()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatalf("%s: %v\n%s", line, err, out)
	}
	// The shell says so when unshare of util-linux dies by the signal that its program died by; bones exits.
	out = bytes.TrimSuffix(bytes.TrimSuffix(out, []byte("Killed\n")), []byte("Terminated\n"))
	return fmt.Sprintf("%sstatus %d\n", out, c.ProcessState.ExitCode())
}

func unprivileged(c *exec.Cmd) {
	c.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
	c.Dir = "/"
}

func needRoot(t *testing.T) {
	t.Helper()
	proctest.Need(t, proctest.Root, proctest.Namespaces, proctest.Mounts)
}

// namespaces prints for every type whether it is that of the test or a new one.
func namespaces() string {
	names, host := "", ""
	for _, ns := range []string{"mnt", "uts", "ipc", "net", "pid", "user", "cgroup", "time", "pid_for_children",
		"time_for_children"} {
		link, _ := os.Readlink("/proc/self/ns/" + ns)
		names, host = names+" /proc/self/ns/"+ns, host+" "+link
	}
	return fmt.Sprintf(`sh -c 'for ns in $(readlink%s); do case "%s " in *" $ns "*) echo ${ns%%%%:*} host;; '`+
		`'*) echo ${ns%%%%:*} new;; esac; done'`, names, host)
}

// TestUnshareIsUnshare runs lines with unshare of util-linux and with bones, and compares what comes out.
func TestUnshareIsUnshare(t *testing.T) {
	needRoot(t)
	proctest.Need(t, proctest.UserNamespaces)
	m := builtBones(t)
	all := namespaces()
	script := filepath.Join(m.dir, "script")
	if err := os.WriteFile(script, []byte("echo text without a first line $1\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	const maps = ` sh -c 'id -u; id -g; cat /proc/self/uid_map /proc/self/gid_map /proc/self/setgroups; grep Cap /proc/self/status'`
	const propagation = ` sh -c 'awk "\$5==\"/\" {for (i=7; \$i!=\"-\"; i++) print \$i}" /proc/self/mountinfo | sed s/:.*//'`
	lines := []string{
		"-- " + all,
		"-m -u -i -n -p -C -T -U -f -r --mount-proc -- " + all,
		"-muinpCT --fork -- " + all,
		"--fork --pid --mount-proc -- readlink /proc/self",
		"--fork --pid --mount-proc -- ps -eo pid,comm",
		"-p -- sh -c 'readlink /proc/self >&2 | true; sh -c \"echo \\$\\$\"; sh -c \"echo \\$\\$\"' 2>/dev/null",
		"--pid --mount-proc -- sh -c 'cd /proc; set -- [0-9]*; [ $# -gt 3 ]'",
		"--fork --pid -- sh -c 'echo $$; kill -9 $$; echo still here'",
		"--mount-proc=/mnt -- sh -c 'ls -d /mnt/self; stat -f -c %T /mnt'; ls /mnt | grep self",
		"-r --" + maps, "-c --" + maps, "-c --keep-caps --" + maps, "--user --" + maps,
		"--map-user=5 --map-group=6 --" + maps, "--map-user=nobody --" + maps, "--map-group=nogroup --" + maps,
		"--user --setgroups deny --" + maps,
		"-r --fork --pid --mount-proc --uts -- sh -c 'hostname box; hostname; ps -e | wc -l'; [ $(hostname) != box ]",
		"-r -n -- sh -c 'ip link set lo up 2>&1; cat /proc/net/dev | grep -c :'",
		"--mount --" + propagation, "--mount --propagation shared --" + propagation, "--mount --propagation slave --" +
			propagation,
		"--mount --propagation private --" + propagation, "--mount --propagation unchanged --" + propagation,
		"--mount -- sh -c 'mount -t tmpfs x /mnt && touch /mnt/x && ls /mnt'; ls /mnt | grep x",
		"--setuid 65534 --setgid 65534 -- sh -c 'id; grep Cap /proc/self/status'",
		"-S 0 -G 0 -- id", "--setgid 7 -- id",
		"--wd /usr/bin -- pwd", "-w /nonexistent pwd >/dev/null 2>&1; [ $? != 0 ]",
		"--root " + m.dir + " -- /bones version", "-R " + m.dir + " --wd / /bones version",
		"--time --boottime 300000000 --monotonic 1000 -- sh -c 'cat /proc/self/timens_offsets; uptime -p | cut -d, -f1'",
		"--time --fork --boottime 300000000 -- sh -c 'cat /proc/self/timens_offsets; uptime -p | cut -d, -f1'",
		"-- sh -c 'exit 7'", "-f -- sh -c 'exit 7'", "-- sh -c 'kill -9 $$'", "-f -- sh -c 'kill -TERM $$'", "-- true",
		"-- /etc/passwd 2>/dev/null", "-- /nonexistent 2>/dev/null", "-- nonexistent 2>/dev/null", "-- /etc 2>/dev/null",
		script + " arg", "-- " + script + " -x",
		"echo program without a dash -f -p --net", "-f echo -n --",
		"cat </etc/hostname", "-- sh -c 'cat <&3; ls /proc/self/fd | grep -c .' 3</etc/hostname 7</dev/null",
		"-- sh -c 'ulimit -n; umask; pwd; env | sort | grep -v ^_=; grep -E \"^(NoNewPrivs|Seccomp|Groups|Sig(Blk|Ign))\" " +
			"/proc/self/status'",
		"-f -- sh -c 'grep -E \"^Sig(Blk|Ign)\" /proc/self/status'",
		"-u <<'END'\necho $0; hostname inner; hostname\nEND",
	}
	for _, l := range lines {
		want, got := shell(t, "unshare "+l), shell(t, m.line(l))
		if got != want {
			t.Errorf("unshare %s\nof util-linux:\n%s\nof bones:\n%s", l, want, got)
		}
	}
	// Below mounts that are shared, as systemd makes them, and in all of them.
	shared := "unshare --mount --propagation shared -- sh <<'END'\n"
	for i, p := range []string{"", " --propagation shared", " --propagation slave", " --propagation private",
		" --propagation unchanged"} {
		for j, proc := range []string{"", " --mount-proc", " --mount-proc=/mnt"} {
			if i > 0 && proctest.Soak(0, 1) == 0 && (i+j)%3 != 0 {
				continue // each way of propagating has one of them, and without one all are tried
			}
			l := "--mount" + p + proc + " -- awk '{for (i=7; $i!=\"-\"; i++) {sub(/:.*/, \"\", $i); print $5, $i}}' " +
				"/proc/self/mountinfo\n"
			want, got := shell(t, shared+"unshare "+l), shell(t, shared+m.line(l))
			if got != want || strings.Contains(p, "shared") && !strings.Contains(got, "/dev shared") {
				t.Errorf("below shared mounts: unshare %s\nof util-linux:\n%s\nof bones:\n%s", l, want, got)
			}
		}
	}
	ignored := "trap '' HUP; "
	l := " -- sh -c 'grep -E \"^Sig(Blk|Ign)\" /proc/self/status'"
	if want, got := shell(t, ignored+"unshare"+l), shell(t, ignored+m.line(l)); got != want {
		t.Errorf("with an ignored signal:\nof util-linux:\n%s\nof bones:\n%s", want, got)
	}
	proctest.Need(t, proctest.Users)
	for _, l := range []string{
		"-r --" + maps, "-c --" + maps, "--user --" + maps, "-r -fpmuinC --mount-proc -- " + all, "-r -c --keep-caps --" +
			maps,
		"-r -T --boottime 1000 -- cat /proc/self/timens_offsets", "-r -fp --mount-proc -- ps -eo pid,comm",
		"-rm -- sh -c 'mount -t tmpfs x /mnt && touch /mnt/x && ls /mnt'", "-c -fpm --mount-proc -- sh -c 'ps -e | wc -l'",
	} {
		want, got := shell(t, "unshare "+l, unprivileged), shell(t, m.line(l), unprivileged)
		if got != want {
			t.Errorf("without privilege: unshare %s\nof util-linux:\n%s\nof bones:\n%s", l, want, got)
		}
	}
}

var inode = regexp.MustCompile(`pid:\[\d+\]`)

// TestUnshareEveryType makes each type alone, with a child or without: those that only children see, and user
// namespaces, in both ways, and with a soak all.
func TestUnshareEveryType(t *testing.T) {
	needRoot(t)
	proctest.Need(t, proctest.UserNamespaces)
	m := builtBones(t)
	both := []string{"pid", "time", "user"}
	for i, flag := range []string{"mount", "uts", "ipc", "net", "pid", "user", "cgroup", "time"} {
		for k, fork := range []string{"", "--fork "} {
			if (i+k)%2 == 1 && !slices.Contains(both, flag) && proctest.Soak(0, 1) == 0 {
				continue
			}
			l := "--" + flag + " " + fork + "-- " + namespaces()
			if flag == "pid" && fork == "" { // its first child ends the namespace: no second one can be made
				l = "--pid -- sh -c 'echo pid new; readlink /proc/self/ns/pid /proc/self/ns/pid_for_children; echo $?'"
			}
			want, got := shell(t, "unshare "+l), shell(t, m.line(l))
			if flag == "pid" && fork == "" {
				host, _ := os.Readlink("/proc/self/ns/pid")
				for _, out := range []*string{&want, &got} {
					*out = inode.ReplaceAllString(strings.ReplaceAll(*out, host, "host"), "another")
				}
			}
			if got != want || !strings.Contains(got, " new") {
				t.Errorf("--%s %s\nof util-linux:\n%s\nof bones:\n%s", flag, fork, want, got)
			}
		}
	}
}

// TestUnshareRefuses: what bones says itself is one line, and its status 125.
func TestUnshareRefuses(t *testing.T) {
	needRoot(t)
	m := builtBones(t)
	for l, want := range map[string]string{
		"--nonsense -- true":                  "no flag --nonsense",
		"--memory= -- true":                   "empty value",
		"--hostname= -- true":                 "empty value",
		"--memory 64XB -- true":               "64XB",
		"--memory 16E -- true":                "too large",
		"--cpus 0 -- true":                    "0.01",
		"--pids 0 -- true":                    "from 1",
		"--boottime 5 -- true":                "--time",
		"--time --boottime x -- true":         "clock offset",
		"--setuid -1 -- true":                 "id",
		"--map-user nosuchuser -- true":       "nosuchuser",
		"--kill-child=NONSENSE -- true":       "NONSENSE",
		"--pid=/x -- true":                    "--fork",
		"--uts=/nonexistent/x -- true":        "uts namespace",
		"--map-users 1,2 -- true":             "OUTER,INNER,COUNT",
		"--mount-proc=/nonexistent/x -- true": "ENOENT",
		"--root /nonexistent -- true":         "ENOENT",
	} {
		said, status := m.carriesOut(t, append([]string{"unshare"}, strings.Fields(l)...)...)
		got := fmt.Sprintf("%sstatus %d\n", said, status)
		if !strings.HasSuffix(got, "status 125\n") || !strings.Contains(got, want) || strings.Count(got, "\n") != 2 ||
			!strings.HasPrefix(got, "bones: ") {
			t.Errorf("%s: %q, want one line with %q", l, got, want)
		}
	}
	proctest.Need(t, proctest.Users, proctest.Cgroups)
	for l, want := range map[string]string{
		"--net -- true": "CAP_SYS_ADMIN", "-fp -- true": "CAP_SYS_ADMIN", "--memory 64M -- true": "permission denied",
		"--map-users 1,2,3 -- true": "", "--readonly -- true": "",
	} {
		if got := shell(t, m.line(l), unprivileged); !strings.HasSuffix(got, "status 125\n") ||
			!strings.Contains(got, want) {
			t.Errorf("without privilege: %s: %q, want %q", l, got, want)
		}
	}
}

// TestUnshareDocumentedExamples are those of unshare(1), with bones in the place of unshare. The two with --map-auto
// and ranges need newuidmap for anyone but root; TestUnshareRanges makes the maps as root.
func TestUnshareDocumentedExamples(t *testing.T) {
	needRoot(t)
	proctest.Need(t, proctest.Users, proctest.UserNamespaces)
	m := builtBones(t)
	if got := shell(t, m.line("--fork --pid --mount-proc readlink /proc/self")); got != "1\nstatus 0\n" {
		t.Errorf("a pid namespace: %q", got)
	}
	got := shell(t, m.line(`--user --map-root-user sh -c 'whoami; cat /proc/self/uid_map /proc/self/gid_map'`),
		unprivileged)
	if strings.Join(strings.Fields(got), " ") != "root 0 65534 1 0 65534 1 status 0" {
		t.Errorf("root in a user namespace: %q", got)
	}
	got = shell(t, m.line("--time --fork --boottime 300000000 uptime -p"))
	if !strings.HasPrefix(got, "up 9 years, ") {
		t.Errorf("the boot time clock: %q", got)
	}
	kept := filepath.Join(m.dir, "uts-ns")
	if err := os.WriteFile(kept, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { unix.Unmount(kept, unix.MNT_DETACH) })
	got = shell(t, m.line("--uts="+kept+" hostname FOO")+" && nsenter --uts="+kept+" hostname && umount "+kept)
	if got != "FOO\nstatus 0\n" {
		t.Errorf("a kept uts namespace: %q", got)
	}
	folder := filepath.Join(m.dir, "namespaces")
	file := filepath.Join(folder, "mnt")
	if err := os.Mkdir(folder, 0o755); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { unix.Unmount(file, unix.MNT_DETACH); unix.Unmount(folder, unix.MNT_DETACH) })
	got = shell(t, fmt.Sprintf("mount --bind %[1]s %[1]s && mount --make-private %[1]s && touch %[2]s && %[3]s && "+
		"nsenter --mount=%[2]s ls /mnt; ls /mnt | grep kept; umount %[2]s && umount %[1]s",
		folder, file, m.line("--mount="+file+" sh -c 'mount -t tmpfs x /mnt && touch /mnt/kept'")))
	if got != "kept\nstatus 0\n" {
		t.Errorf("a kept mount namespace: %q", got)
	}
}

// TestUnshareRanges maps blocks of ids; root writes the maps itself.
func TestUnshareRanges(t *testing.T) {
	needRoot(t)
	proctest.Need(t, proctest.UserNamespaces)
	m := builtBones(t)
	for l, want := range map[string]string{
		"-r --map-users 100000,0,65536 --map-groups 200000,0,10": "0 0 1 1 100000 65535 0 0 1 1 200000 9 allow status 0",
		"--map-users 0:100000:10":                                "0 100000 10 allow status 0",
		"--map-users 100000,5,10 --setgroups deny":               "5 100000 10 deny status 0",
	} {
		got := shell(t, m.line(l+" -- cat /proc/self/uid_map /proc/self/gid_map /proc/self/setgroups"))
		if strings.Join(strings.Fields(got), " ") != want {
			t.Errorf("%s: %q, want %q", l, got, want)
		}
	}
}

// TestUnshareByHand runs the printed line and the command itself.
func TestUnshareByHand(t *testing.T) {
	needRoot(t)
	proctest.Need(t, proctest.UserNamespaces, proctest.Cgroups)
	m := builtBones(t)
	for _, l := range []string{
		"--fork --pid --mount-proc -- sh -c 'echo $$ \"a  b\"; exit 3'",
		"-r -n -- cat /proc/self/uid_map /proc/net/dev",
		"--hostname box --setuid 65534 -- sh -c 'hostname; id -u'",
		"--hostname box -fp --mount-proc -- sh -c 'hostname; echo $$'",
		"--memory 64M --cpus 1.5 --pids 20 -- sh -c 'sed \"s/bones-unshare-[0-9-]*/GROUP/\" /proc/self/cgroup; exit 5'",
		"--kill-child=TERM -m --propagation slave -w /usr -- pwd",
	} {
		own := shell(t, m.line(l))
		if hand := shell(t, shellLine(t, m.line("--dry-run "+l))); hand != own {
			t.Errorf("%s\nby hand:\n%s\nbones:\n%s", l, hand, own)
		}
	}
	noGroups(t, "bones-unshare-")
}

// shellLine returns what a dry run printed.
func shellLine(t *testing.T, line string) string {
	t.Helper()
	got := shell(t, line)
	hand, ok := strings.CutSuffix(got, "status 0\n")
	if !ok {
		t.Fatalf("%s: %s", line, got)
	}
	return hand
}

// noGroups fails if a cgroup is left whose name starts so. Those that others on this host make meanwhile do not count.
func noGroups(t *testing.T, prefix string) {
	t.Helper()
	left := slices.DeleteFunc(groupsNamed(prefix), madeByNeighbour)
	for deadline := proctest.Deadline(); len(left) > 0; time.Sleep(20 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Errorf("left behind: %v", left)
			return
		}
		left = slices.DeleteFunc(left, func(dir string) bool {
			_, err := os.Lstat(dir)
			return err != nil
		})
	}
}

// madeByNeighbour reports whether the process that a group is named after lives and is none of ours.
func madeByNeighbour(dir string) bool {
	rest, ok := strings.CutPrefix(filepath.Base(dir), "bones-unshare-")
	number, _, _ := strings.Cut(rest, "-")
	pid, err := strconv.Atoi(number)
	if !ok || err != nil || !alive(pid) {
		return false
	}
	for pid > 1 && pid != os.Getpid() {
		s, err := procwalk.ReadStat("/proc", pid)
		if err != nil {
			return false
		}
		pid = s.PPID
	}
	return pid != os.Getpid()
}

func groupsNamed(prefix string) (found []string) {
	filepath.WalkDir("/sys/fs/cgroup", func(path string, d fs.DirEntry, err error) error {
		if err == nil && d.IsDir() && strings.HasPrefix(d.Name(), prefix) {
			found = append(found, path)
		}
		return nil
	})
	return found
}

// TestUnshareLimits: the limits are the kernel's, and the cgroup is gone afterwards.
func TestUnshareLimits(t *testing.T) {
	needRoot(t)
	proctest.Need(t, proctest.Cgroups)
	m := builtBones(t)
	show := `sh -c 'for c in memory cpu pids; do
		g=$(sed -n "s/^[0-9]*:$c://p" /proc/self/cgroup)
		if [ -n "$g" ]; then d=/sys/fs/cgroup/$c$g; else d=/sys/fs/cgroup$(sed -n s/^0:://p /proc/self/cgroup); fi
		cd $d && cat memory.limit_in_bytes memory.max cpu.cfs_quota_us cpu.max pids.max 2>/dev/null | grep -v max
	done; exit 4'`
	got := strings.Fields(shell(t, m.line("--memory 64M --cpus 1.5 --pids 20 -- "+show)))
	for _, want := range []string{"67108864", "150000", "20"} {
		found := false
		for _, word := range got {
			found = found || word == want
		}
		if !found {
			t.Errorf("%s is not among the limits %v", want, got)
		}
	}
	if got[len(got)-1] != "4" {
		t.Errorf("status %s, want 4", got[len(got)-1])
	}
	// Without the cgroup's limit it would end by the other one, with another status.
	if got := shell(t, m.line("--memory 32M -- sh -c 'ulimit -v 600000; exec tail /dev/zero'")); !strings.HasSuffix(got,
		"status 137\n") {
		t.Errorf("beyond the memory limit: %q", got)
	}
	if got := shell(t, m.line("-fp --pids 3 -- sh -c 'for i in 1 2 3 4 5; do sleep 100 & "+
		"done' 2>&1")); !strings.Contains(got, "fork") {
		t.Errorf("beyond the pids limit: %q", got)
	}
	for range proctest.Soak(5, 20) { // the stage has more threads than that
		if got := shell(t, m.line("--pids 1 -- true")); got != "status 0\n" {
			t.Fatalf("one process: %q", got)
		}
	}
	// The cgroup namespace starts at the new group.
	seen := shell(t, m.line("--cgroup --pids 5 -- sed -n 's/.*:pids://p' /proc/self/cgroup"))
	if len(groupsNamed("bones")) == 0 && !strings.HasPrefix(seen, "/\n") &&
		strings.Contains(readFile(t, "/proc/self/cgroup"), ":pids:") {
		t.Errorf("seen in its own cgroup namespace: %q", seen)
	}
	noGroups(t, "bones-unshare-")
}

func readFile(t *testing.T, path string) string {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// running starts bones with a line of words and returns it with its program, once that runs.
func (m made) running(t *testing.T, comm string, args ...string) (bones *exec.Cmd, pid int) {
	t.Helper()
	c := exec.Command(m.bones, append([]string{"--journal", filepath.Join(m.dir, "journal"), "unshare"}, args...)...)
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Process.Kill(); c.Wait() })
	until(t, comm+" to start", func() bool {
		for _, child := range childrenOf(c.Process.Pid) {
			if b, err := os.ReadFile(fmt.Sprintf("/proc/%d/comm", child)); err == nil && string(b) == comm+"\n" {
				pid = child
			}
		}
		return pid != 0
	})
	t.Cleanup(func() {
		if alive(pid) {
			proctest.Signal(t, pid, unix.SIGKILL)
		}
	})
	return c, pid
}

func childrenOf(pid int) (children []int) {
	files, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/children", pid))
	for _, f := range files {
		b, _ := os.ReadFile(f)
		for _, word := range strings.Fields(string(b)) {
			n, _ := strconv.Atoi(word)
			children = append(children, n)
		}
	}
	return children
}

// alive reports whether a process runs; a zombie does not.
// alive reports whether a process runs: also where its first thread has ended and others have not yet.
func alive(pid int) bool {
	_, err := unshare.Started(pid)
	return err == nil
}

func until(t *testing.T, what string, done func() bool) {
	t.Helper()
	for deadline, wait := proctest.Deadline(), time.Millisecond; !done(); wait = min(2*wait, 50*time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("waited in vain for %s", what)
		}
		time.Sleep(wait)
	}
}

// TestUnshareSignals: who dies with whom, and what is left.
func TestUnshareSignals(t *testing.T) {
	needRoot(t)
	proctest.Need(t, proctest.UserNamespaces, proctest.Cgroups)
	// Under nohup what we start would ignore it, too; what is caught here is not ignored there.
	hup := make(chan os.Signal, 1)
	signal.Notify(hup, unix.SIGHUP)
	defer signal.Stop(hup)
	m := builtBones(t)
	for _, c := range []struct {
		name   string
		args   []string
		signal unix.Signal
		dies   bool // the program
		status int  // of bones; -1 by a signal
	}{
		{"kill-child and kill -9", []string{"--fork", "--pid", "--mount-proc", "--kill-child", "--", "sleep", "1000"},
			unix.SIGKILL, true, -1},
		{"kill-child after setuid", []string{"--kill-child", "--setuid", "65534", "--", "sleep", "1000"}, unix.SIGKILL,
			true, -1},
		{"kill-child in a user namespace", []string{"-c", "--kill-child", "--", "sleep", "1000"}, unix.SIGKILL, true, -1},
		{"kill-child and kill, as in unshare(1)", []string{"--pid", "--fork", "--mount-proc", "--kill-child", "--", "sleep",
			"1000"}, unix.SIGTERM, true, 137},
		{"kill-child by another signal", []string{"--kill-child=USR1", "--", "sleep", "1000"}, unix.SIGKILL, true, -1},
		{"fork alone and kill -9", []string{"--fork", "--", "sleep", "1000"}, unix.SIGKILL, false, -1},
		{"no fork and kill -9", []string{"--uts", "--", "sleep", "1000"}, unix.SIGKILL, true, -1},
		{"TERM is handed on", []string{"--uts", "--", "sleep", "1000"}, unix.SIGTERM, true, 143},
		{"INT is handed on", []string{"--fork", "--", "sleep", "1000"}, unix.SIGINT, true, 130},
		{"HUP is handed on", []string{"--fork", "--memory", "64M", "--", "sleep", "1000"}, unix.SIGHUP, true, 129},
		{"TERM with a cgroup", []string{"--memory", "64M", "--pids", "9", "--", "sleep", "1000"}, unix.SIGTERM, true, 143},
	} {
		t.Run(c.name, func(t *testing.T) {
			bones, pid := m.running(t, "sleep", c.args...)
			bones.Process.Signal(c.signal)
			bones.Wait()
			if got := bones.ProcessState.ExitCode(); got != c.status {
				t.Errorf("status %d, want %d", got, c.status)
			}
			if c.dies {
				until(t, "the program to end", func() bool { return !alive(pid) })
			} else if !alive(pid) {
				t.Error("the program ended too")
			}
			noGroups(t, fmt.Sprintf("bones-unshare-%d-", bones.Process.Pid))
		})
	}
}

// TestUnshareLeftoverGroup: what a killed bones left, the next one removes.
func TestUnshareLeftoverGroup(t *testing.T) {
	needRoot(t)
	proctest.Need(t, proctest.Cgroups)
	m := builtBones(t)
	bones, pid := m.running(t, "sleep", "--memory", "64M", "--", "sleep", "1000")
	name := fmt.Sprintf("bones-unshare-%d-", bones.Process.Pid)
	if len(groupsNamed(name)) != 1 {
		t.Fatalf("the cgroup of %d is not there: %v", bones.Process.Pid, groupsNamed("bones"))
	}
	bones.Process.Kill()
	bones.Wait()
	until(t, "the program to end", func() bool { return !alive(pid) })
	until(t, "the next run to remove it", func() bool {
		shell(t, m.line("--memory 64M -- true"))
		return len(groupsNamed(name)) == 0
	})
}

// TestUnshareBusyGroup: a cgroup with a process that outlives the program stays, and bones says so.
func TestUnshareBusyGroup(t *testing.T) {
	needRoot(t)
	proctest.Need(t, proctest.Cgroups)
	m := builtBones(t)
	file := filepath.Join(m.dir, "pid")
	got := shell(t, m.line("--pids 9 -- sh -c 'sleep 1000 >/dev/null 2>&1 & echo $! >"+file+"'"))
	pid, err := strconv.Atoi(strings.TrimSpace(readFile(t, file)))
	if err != nil {
		t.Fatal(err)
	}
	proctest.Signal(t, pid, unix.SIGKILL)
	if !strings.Contains(got, "still has processes") || !strings.HasSuffix(got, "status 0\n") {
		t.Errorf("%q", got)
	}
	until(t, "its end", func() bool { return !alive(pid) })
	_, rest, _ := strings.Cut(got, "the cgroup ")
	group, _, _ := strings.Cut(rest, " ")
	if !strings.Contains(group, "bones-unshare-") {
		t.Fatalf("which one is not said: %q", got)
	}
	until(t, "the next run to remove it", func() bool {
		shell(t, m.line("--pids 9 -- true"))
		_, err := os.Lstat(group)
		return err != nil
	})
}

// TestUnshareTerminal: the program has the terminal; one Ctrl-C reaches it once, and bones stays.
func TestUnshareTerminal(t *testing.T) {
	needRoot(t)
	m := builtBones(t)
	c := exec.Command(m.bones, "--journal", filepath.Join(m.dir, "journal"), "unshare", "-f", "-p", "--mount-proc", "--",
		"sh", "-c",
		`n=0; trap 'n=$((n+1)); echo int $n' INT; echo ready $$; while [ -t 0 ]; do read l && { echo "line $l after $n"; [ "$l" = end ] && exit 9; }; done`)
	proctest.Need(t, proctest.PTYs)
	tty, err := pty.Start(c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { tty.Close(); c.Process.Kill(); c.Wait() })
	screen := make(chan string, 100)
	go func() {
		defer close(screen)
		buf := make([]byte, 4096)
		for {
			n, err := tty.Read(buf)
			if n > 0 {
				screen <- string(buf[:n])
			}
			if err != nil {
				return
			}
		}
	}()
	seen := ""
	enter := time.NewTicker(time.Second)
	defer enter.Stop()
	wait := func(what string) {
		t.Helper()
		for deadline := time.After(proctest.Patience); !strings.Contains(seen, what); {
			select {
			case s, ok := <-screen:
				if !ok {
					t.Fatalf("ended without %q:\n%s", what, seen)
				}
				seen += s
			case <-enter.C:
				// A signal that comes between the shell's look for one and its read is seen when that is over.
				tty.Write([]byte("\n"))
			case <-deadline:
				t.Fatalf("waited in vain for %q:\n%s", what, seen)
			}
		}
	}
	wait("ready 1")
	const times = 20 // two signals at once count as one: once is no proof
	for n := 1; n <= times; n++ {
		tty.Write([]byte{3})
		wait(fmt.Sprintf("int %d\r\n", n))
	}
	tty.Write([]byte("end\n"))
	wait(fmt.Sprintf("line end after %d\r\n", times))
	c.Wait()
	if got := c.ProcessState.ExitCode(); got != 9 {
		t.Errorf("status %d, want 9", got)
	}
}
