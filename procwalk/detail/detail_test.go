package detail

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"

	"bones/procwalk"
	"bones/procwalk/idmap"
	"bones/procwalk/mountinfo"
	"bones/procwalk/proctest"
	"bones/procwalk/reexec"
	"bones/procwalk/text"

	"golang.org/x/sys/unix"
)

var background = context.Background()

func TestReadFixture(t *testing.T) {
	tree := proctest.New(t)
	p := proctest.Proc{PID: 42, Start: 420, Comm: "evil\x1b[2J", Args: []string{"a", "\x1b]0;x\a"}, UID: 1000, RSS: 100,
		Environ: []string{"PATH=/bin", "SECRET=x=y", "no equals sign", "\n\x1b[31m=v", "EMPTY="},
		Threads: []proctest.Thread{{TID: 43, Comm: "t\n", UTime: 7, State: 'R'}},
		FDs: map[int]string{0: "/dev/null", 1: "pipe:[5]", 2: "socket:[6]", 3: "anon_inode:[eventfd]", 4: "/tmp/x (deleted)",
			5: "/memfd:a\x1b (deleted)", 6: "mnt:[4026531841]", 7: "anon_inode:inotify", 8: "strange"},
		IO: map[string]uint64{"read_bytes": 99}, Exe: "/gone (deleted)",
		Files: map[string]string{"wchan": "do_select", "personality": "00040000\n", "loginuid": "1000",
			"oom_score_adj": "-1000\n",
			"uid_map":       "         0     100000      65536\n     65536          1          1\n"}}
	tree.Add(p)
	d := NewReader(tree.Root).Read(background, procwalk.ID{PID: 42, Start: 420})
	if d.Err != nil || d.Ended {
		t.Fatal(d.Err, d.Ended)
	}
	for name, err := range map[string]error{"status": d.Status.Err, "cmdline": d.Cmdline.Err, "cgroup": d.Cgroups.Err,
		"io":  d.IO.Err,
		"exe": d.Exe.Err, "cwd": d.Cwd.Err, "root": d.Root.Err, "limits": d.Limits.Err, "mounts": d.Mounts.Err,
		"fds":   d.FDs.Err,
		"smaps": d.Smaps.Err, "environ": d.Environ.Err, "threads": d.Threads.Err, "oom_score": d.OOMScore.Err,
		"adj":   d.OOMScoreAdj.Err,
		"wchan": d.WChan.Err, "personality": d.Personality.Err, "loginuid": d.LoginUID.Err, "label": d.Label.Err,
		"schedstat": d.Schedstat.Err, "net": d.Net.Err, "uid_map": d.UIDMap.Err, "gid_map": d.GIDMap.Err} {
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	var vars []string
	for _, v := range d.Environ.Value.Vars {
		vars = append(vars, fmt.Sprintf("%q=%q", v.Name.Raw(), v.Value.Raw()))
	}
	if got, want := strings.Join(vars, " "),
		`"PATH"="/bin" "SECRET"="x=y" ""="no equals sign" "\n\x1b[31m"="v" "EMPTY"=""`; got != want {
		t.Errorf("environment %s", got)
	}
	var kinds []string
	for _, fd := range d.FDs.Value.List {
		kinds = append(kinds, fmt.Sprintf("%d:%s:%v", fd.Num, fd.Kind, fd.Link.Deleted))
		if fd.Flags != 0o100002 || fd.MountID != 22 || fd.Err != nil {
			t.Errorf("descriptor %+v", fd)
		}
	}
	if got, want := strings.Join(kinds, " "),
		"0:device:false 1:pipe:false 2:socket:false 3:eventfd:false 4:file:true 5:memfd:true 6:namespace:false "+
			"7:inotify:false 8:other:false"; got != want {
		t.Errorf("descriptors %s", got)
	}
	if th := d.Threads.Value; th.Count != 2 || len(th.List) != 2 || th.List[1].UTime != 7 || th.List[1].State != 'R' {
		t.Errorf("threads %+v", th)
	}
	if d.Exe.Value != (Link{text.New("/gone"), true}) || d.LoginUID.Value != 1000 || d.OOMScoreAdj.Value != -1000 ||
		d.Personality.Value != 0x40000 || d.WChan.Value.Raw() != "do_select" || d.IO.ReadBytes != 99 {
		t.Errorf("%+v", d)
	}
	if len(d.UIDMap.Value) != 2 || d.UIDMap.Value[0] != (idmap.Range{Inside: 0, Outside: 100000, Count: 65536}) ||
		d.UIDMap.Value.Whole() || !d.GIDMap.Value.Whole() {
		t.Errorf("maps %v %v", d.UIDMap.Value, d.GIDMap.Value)
	}
	if d.Smaps.Value.RSS != 400<<10 || d.Smaps.Value.PSS != 200<<10 {
		t.Errorf("smaps_rollup %+v", d.Smaps.Value)
	}
	if rx, tx := d.Net.Value.Total(); len(d.Net.Value.Devices) != 2 || rx != 1000000 || tx != 500000 {
		t.Errorf("net %+v", d.Net.Value)
	}
	if len(d.Limits.Value) != 16 || d.Limits.Value[7] != (Limit{"Max open files", 1024, 524288, "files"}) ||
		d.Limits.Value[13] != (Limit{"Max nice priority", 0, 0, ""}) || d.Limits.Value[0].Soft != Unlimited {
		t.Errorf("limits %+v", d.Limits.Value)
	}
	if d.Mounts.Value.Count != 2 {
		t.Errorf("mounts %+v", d.Mounts.Value)
	}
}

// What is not there, or has another form, is an error of that field and of no other.
func TestReadBrokenFields(t *testing.T) {
	tree := proctest.New(t)
	tree.Add(proctest.Proc{PID: 5, Start: 50, Missing: []string{"loginuid", "smaps_rollup", "schedstat"},
		Files: map[string]string{"limits": "head\nMax x\n", "uid_map": "1 2\n", "oom_score": "\n", "mountinfo": "x y\n",
			"net/dev": "eth0: 1 2\n",
			"gid_map": "0 0 4294967296\n", "personality": "zz\n", "oom_score_adj": strings.Repeat("1", 70_000)}})
	d := NewReader(tree.Root).Read(background, procwalk.ID{PID: 5, Start: 50})
	for name, err := range map[string]error{"loginuid": d.LoginUID.Err, "smaps_rollup": d.Smaps.Err,
		"schedstat": d.Schedstat.Err} {
		if err != procwalk.ErrUnsupported {
			t.Errorf("%s that is not there: %v", name, err)
		}
	}
	for name, err := range map[string]error{"limits": d.Limits.Err, "uid_map": d.UIDMap.Err, "gid_map": d.GIDMap.Err,
		"oom_score": d.OOMScore.Err,
		"mountinfo": d.Mounts.Err, "net/dev": d.Net.Err, "personality": d.Personality.Err,
		"oom_score_adj": d.OOMScoreAdj.Err} {
		if err == nil || errors.Is(err, procwalk.ErrUnsupported) || errors.Is(err, procwalk.ErrGone) {
			t.Errorf("%s of another form: %v", name, err)
		}
	}
	if d.Err != nil || d.Environ.Err != nil || d.Threads.Err != nil || d.Status.Err != nil {
		t.Error("what is whole was not read")
	}
}

func TestReadBounds(t *testing.T) {
	tree := proctest.New(t)
	p := proctest.Proc{PID: 6, Start: 60, FDs: map[int]string{},
		Environ: []string{"A=" + strings.Repeat("x", 2*EnvironMax)},
		Cmdline: strings.Repeat("y", 2*procwalk.CmdlineMax)}
	for i := range FDsListed + 50 {
		p.FDs[i] = "pipe:[1]"
	}
	for i := range ThreadsListed + 50 {
		p.Threads = append(p.Threads, proctest.Thread{TID: 1000 + i})
	}
	tree.Add(p)
	d := NewReader(tree.Root).Read(background, procwalk.ID{PID: 6, Start: 60})
	if f := d.FDs.Value; f.Count != FDsListed+50 || len(f.List) != FDsListed || f.List[FDsListed-1].Num != FDsListed-1 {
		t.Errorf("%d descriptors, %d listed", f.Count, len(f.List))
	}
	if th := d.Threads.Value; th.Count != ThreadsListed+51 || len(th.List) != ThreadsListed {
		t.Errorf("%d threads, %d listed", th.Count, len(th.List))
	}
	if !d.Environ.Value.Truncated || d.Environ.Value.Vars[0].Value.Len() != EnvironMax-2 {
		t.Error("the environment was read without bound")
	}
	if !d.Cmdline.Truncated || d.Cmdline.Raw.Len() != procwalk.CmdlineMax {
		t.Error("the command line was read without bound")
	}
}

func TestReadGone(t *testing.T) {
	tree := proctest.New(t)
	tree.Add(proctest.Proc{PID: 5, Start: 50})
	r := NewReader(tree.Root)
	for _, id := range []procwalk.ID{{PID: 5, Start: 51}, {PID: 6, Start: 50}} {
		if d := r.Read(background, id); d.Err != procwalk.ErrGone || d.Environ.Value.Vars != nil {
			t.Errorf("%v: %v", id, d.Err)
		}
	}
	ctx, cancel := context.WithCancel(background)
	cancel()
	if d := r.Read(ctx, procwalk.ID{PID: 5, Start: 50}); !errors.Is(d.Err, context.Canceled) {
		t.Errorf("cancelled: %v", d.Err)
	}
}

// A file that hangs when it is opened stands for a process that holds its own memory lock. The FIFOs are only let go
// when the test is over: that Read returns at all is the proof.
func TestReadStuck(t *testing.T) {
	tree := proctest.New(t)
	const n = 7
	r := NewReader(tree.Root)
	r.memory = NewDeadline(300*time.Millisecond, 4)
	for i := range n {
		tree.Add(proctest.Proc{PID: 10 + i, Start: 100})
		fifo := tree.Path(strconv.Itoa(10+i), "environ")
		if err := os.Remove(fifo); err != nil {
			t.Fatal(err)
		}
		if err := unix.Mkfifo(fifo, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	t.Cleanup(func() {
		// Both ends at once let every read that hangs go on, to the end of the file.
		for deadline := proctest.Deadline(); r.memory.Behind() > 0 &&
			time.Now().Before(deadline); time.Sleep(time.Millisecond) {
			for i := range n {
				if fd, err := unix.Open(tree.Path(strconv.Itoa(10+i), "environ"), unix.O_RDWR|unix.O_NONBLOCK|unix.O_CLOEXEC,
					0); err == nil {
					unix.Close(fd)
				}
			}
		}
		if left := r.memory.Behind(); left != 0 {
			t.Errorf("%d reads hang still", left)
		}
	})
	for range 2 {
		for i := range n {
			d := r.Read(background, procwalk.ID{PID: 10 + i, Start: 100})
			if d.Err != nil || d.Environ.Err != procwalk.ErrStuck || d.Cmdline.Err != procwalk.ErrStuck {
				t.Errorf("process %d: %v, environment %v, command line %v", i, d.Err, d.Environ.Err, d.Cmdline.Err)
			}
			if d.Status.Err != nil || d.Smaps.Err != nil || d.Limits.Err != nil || len(d.Threads.Value.List) != 1 {
				t.Errorf("process %d: what does not hang was not read", i)
			}
		}
	}
	if behind := r.memory.Behind(); behind != 4 {
		t.Errorf("%d reads were left behind, want 4", behind)
	}
}

// child starts the test binary as another program that waits, with these arguments and this environment.
func child(t *testing.T, args, env []string) procwalk.ID { return helper(t, waitWord, args, env) }

func helper(t *testing.T, word string, args, env []string) procwalk.ID {
	t.Helper()
	cmd := reexec.Command(append([]string{word}, args...)...)
	cmd.Env = env
	return identity(t, proctest.Start(t, cmd).Process.Pid)
}

func identity(t *testing.T, pid int) procwalk.ID {
	t.Helper()
	start, err := procwalk.StartTime("/proc", pid)
	if err != nil {
		t.Fatal(err)
	}
	return procwalk.ID{PID: pid, Start: start}
}

func descriptors(t *testing.T) int {
	t.Helper()
	names, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	return len(names)
}

func TestReadLive(t *testing.T) {
	id := child(t, []string{"-x", "\x1b[2J\n", ""}, []string{"SECRET=hunter2", "EVIL\x1b=\x9b31m"})
	r := NewReader("/proc")
	r.Read(background, id) // whatever the runtime opens once is open now
	before := descriptors(t)
	var d *Detail
	for range 20 {
		d = r.Read(background, id)
	}
	if after := descriptors(t); after != before {
		t.Errorf("%d descriptors before, %d after", before, after)
	}
	if d.Err != nil || d.Ended {
		t.Fatal(d.Err, d.Ended)
	}
	for name, err := range map[string]error{"status": d.Status.Err, "cmdline": d.Cmdline.Err, "cgroup": d.Cgroups.Err,
		"io":  d.IO.Err,
		"exe": d.Exe.Err, "cwd": d.Cwd.Err, "root": d.Root.Err, "limits": d.Limits.Err, "mounts": d.Mounts.Err,
		"mount of the root": ofRoot(t, d.Mounts.Value), "mount of the directory": d.Mounts.Value.Cwd.Err, "fds": d.FDs.Err,
		"smaps": d.Smaps.Err, "environ": d.Environ.Err, "threads": d.Threads.Err, "oom_score": d.OOMScore.Err,
		"adj": d.OOMScoreAdj.Err,
		"net": d.Net.Err, "uid_map": d.UIDMap.Err, "gid_map": d.GIDMap.Err, "personality": d.Personality.Err} {
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	if args := d.Cmdline.Args(); len(args) != 5 || args[3].Raw() != "\x1b[2J\n" || args[4].Raw() != "" {
		t.Errorf("arguments %q", args)
	}
	found := false
	for _, v := range d.Environ.Value.Vars {
		found = found || v.Name.Raw() == "EVIL\x1b" && v.Value.Raw() == "\x9b31m"
	}
	if !found {
		t.Errorf("environment %v", d.Environ.Value.Vars)
	}
	if d.Smaps.Value.RSS == 0 || len(d.Limits.Value) < 16 || len(d.Threads.Value.List) == 0 || d.Mounts.Value.Count == 0 {
		t.Errorf("%+v", d)
	}
	if root := d.Mounts.Value.Root.Value; d.Mounts.Value.Root.Err == nil && (root.Point.Raw() != "/" ||
		root.FSType.Len() == 0) {
		t.Errorf("its root is on %+v", root)
	}
	if f := d.FDs.Value.List; len(f) < 3 || f[0].Kind != "pipe" || f[0].Flags&3 != 0 || f[1].Flags&3 != 1 {
		t.Errorf("descriptors %+v", f)
	}
}

// ofRoot is the error of the mount of the root directory as it should be: in a chroot the root is no mount, which the
// kernel does not show there, and that is said.
func ofRoot(t *testing.T, m Mounts) error {
	t.Helper()
	b, err := os.ReadFile("/proc/self/mountinfo")
	if err != nil {
		t.Fatal(err)
	}
	for mount, err := range mountinfo.Lines(b) {
		if err == nil && mount.Point.Raw() == "/" {
			return m.Root.Err
		}
	}
	if m.Root.Err == nil {
		return errors.New("there is none, and one is told")
	}
	return nil
}

func TestReadZombieAndKernelThread(t *testing.T) {
	cmd := exec.Command("/bin/true")
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { cmd.Wait() })
	id := identity(t, cmd.Process.Pid)
	for deadline := proctest.Deadline(); ; time.Sleep(time.Millisecond) {
		b, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", id.PID))
		if err != nil || time.Now().After(deadline) {
			t.Fatalf("it does not become a zombie: %q, %v", b, err)
		}
		if strings.Contains(string(b), ") Z ") {
			break
		}
	}
	ids := map[string]procwalk.ID{"zombie": id}
	if comm, err := os.ReadFile("/proc/2/comm"); err == nil && string(comm) == "kthreadd\n" {
		ids["kernel thread"] = identity(t, 2)
	} else {
		t.Log("no kthreadd under PID 2: this is not the first pid namespace")
	}
	for name, id := range ids {
		d := NewReader("/proc").Read(background, id)
		if d.Err != nil || d.Ended || d.Status.Err != nil || d.Status.HasMemory {
			t.Fatalf("%s: %v, ended %v, %+v", name, d.Err, d.Ended, d.Status)
		}
		if d.Cmdline.Err != nil && d.Cmdline.Err != procwalk.ErrNone || d.Cmdline.Raw.Len() > 0 {
			t.Errorf("%s: command line %+v", name, d.Cmdline)
		}
		if os.Getuid() == 0 && (d.Exe.Err != procwalk.ErrNone || d.Environ.Err != nil && d.Environ.Err != procwalk.ErrNone ||
			d.Smaps.Err != nil && d.Smaps.Err != procwalk.ErrNone) {
			t.Errorf("%s: program %v, environment %v, memory %v", name, d.Exe.Err, d.Environ.Err, d.Smaps.Err)
		}
	}
}

// A process whose first thread has ended while others go on looks like a zombie, but is none.
func TestReadWithoutLeader(t *testing.T) {
	id := helper(t, leaderlessWord, []string{"arg"}, []string{"SECRET=hunter2"})
	d := NewReader("/proc").Read(background, id)
	if d.Err != nil || d.Ended || d.Stat.State != 'Z' {
		t.Fatalf("%v, ended %v, state %c", d.Err, d.Ended, d.Stat.State)
	}
	for name, err := range map[string]error{"cmdline": d.Cmdline.Err, "environ": d.Environ.Err, "smaps": d.Smaps.Err,
		"exe":  d.Exe.Err,
		"root": d.Root.Err, "fd": d.FDs.Err, "mounts": d.Mounts.Err, "mount of the root": ofRoot(t, d.Mounts.Value),
		"net": d.Net.Err} {
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	if len(d.Cmdline.Args()) != 3 || len(d.Environ.Value.Vars) != 1 || d.FDs.Value.Count < 3 || d.Smaps.Value.RSS == 0 {
		t.Errorf("%v, %v, %d descriptors, %d bytes", d.Cmdline.Args(), d.Environ.Value.Vars, d.FDs.Value.Count,
			d.Smaps.Value.RSS)
	}
}

// What another user may not see of root's process is refused field by field, and the rest is there.
func TestReadUnprivileged(t *testing.T) {
	proctest.Need(t, proctest.Root)
	id := child(t, nil, []string{"SECRET=hunter2"})
	cmd := reexec.Command(readWord, strconv.Itoa(id.PID), strconv.FormatUint(id.Start, 10))
	cmd.Env = []string{}
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	want := "status ok\ncmdline ok\ncgroup ok\nio refused\nexe refused\ncwd refused\nroot refused\nlimits " +
		"ok\nmountinfo ok\nfd refused\n" +
		"smaps refused\nenviron refused\nthreads ok\noom_score_adj ok\n"
	if string(out) != want {
		t.Errorf("nobody reads root's process:\n%swant\n%s", out, want)
	}
}

func TestHost(t *testing.T) {
	tree := proctest.New(t)
	h := Host(tree.Root)
	if h.Load.Err != nil || h.Load.Value.Load1 != 0.52 || h.Load.Value.Load15 != 1.10 {
		t.Errorf("load %+v", h.Load)
	}
	if h.Memory.Err != nil || h.Memory.Value.MemTotalBytes == nil || *h.Memory.Value.MemTotalBytes != 8000000<<10 {
		t.Errorf("memory %v", h.Memory.Err)
	}
	if h.CPU.Err != nil || h.CPU.Value.User != 390.40 {
		t.Errorf("cpu %+v", h.CPU)
	}
	if p := h.Pressure["cpu"]; p.Err != nil || p.Value.Some == nil || p.Value.Some.Avg10 != 1.25 {
		t.Errorf("pressure %+v", p)
	}
	if err := os.RemoveAll(tree.Path("pressure")); err != nil {
		t.Fatal(err)
	}
	if p := Host(tree.Root).Pressure["io"]; p.Err != procwalk.ErrUnsupported {
		t.Errorf("a kernel without pressure: %v", p.Err)
	}
	if h := Host(tree.Path("nowhere")); h.Load.Err == nil || h.Memory.Err == nil || h.CPU.Err == nil ||
		h.Pressure["cpu"].Err == nil {
		t.Error("no proc, and no error")
	}
	if h := Host("/proc"); h.Load.Err != nil || h.Memory.Err != nil || h.CPU.Err != nil {
		t.Errorf("the real one: %v, %v, %v", h.Load.Err, h.Memory.Err, h.CPU.Err)
	}
}

func BenchmarkRead(b *testing.B) {
	start, err := procwalk.StartTime("/proc", os.Getpid())
	if err != nil {
		b.Fatal(err)
	}
	r := NewReader("/proc")
	for b.Loop() {
		if d := r.Read(background, procwalk.ID{PID: os.Getpid(), Start: start}); d.Err != nil {
			b.Fatal(d.Err)
		}
	}
}
