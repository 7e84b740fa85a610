package kmsg

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"bones/procwalk/leaktest"

	"github.com/google/go-cmp/cmp"
)

func TestMain(m *testing.M) { leaktest.Main(m) }

// feed reads lines of a log as the kernel would write them, and returns who was killed.
func feed(t *testing.T, lines string) []OOM {
	t.Helper()
	var p Parser
	var list []OOM
	seq := 0
	for line := range strings.Lines(lines) {
		line = strings.TrimSuffix(line, "\n")
		r, ok := Parse(line)
		if !ok {
			seq++
			if r, ok = Parse(fmt.Sprintf("6,%d,5000000,-;%s", seq, line)); !ok {
				t.Fatalf("%q is no record", line)
			}
		}
		if o, ok := p.Feed(r); ok {
			o.Seq = 0
			o.Since = 0
			list = append(list, o)
		}
	}
	return list
}

// TestOOM reads what kernels have written: testdata names the kernel and the version of control groups.
func TestOOM(t *testing.T) {
	for name, want := range map[string][]OOM{
		"6.18-v1": {{PID: 30010, Comm: "tail", RSS: 33684 << 10, Group: "/docker/3db1", TaskGroup: "/docker/3db1",
			Usage: 32 << 20, Limit: 32 << 20, Failures: 98, Asker: 30010, AskerComm: "tail"}},
		"6.1-v2-group": {
			{PID: 612, Comm: "java", RSS: 508 << 20, Group: "/system.slice/shop.slice",
				TaskGroup: "/system.slice/shop.slice/docker-0a.scope", Usage: 512 << 20, Limit: 512 << 20, Failures: 7,
				Asker: 640, AskerComm: "a worker, pid=1"},
			{PID: 640, Comm: "a worker, pid=1", RSS: 1 << 20, Group: "/system.slice/shop.slice",
				TaskGroup: "/system.slice/shop.slice/docker-0a.scope", Usage: 512 << 20, Limit: 512 << 20, Failures: 7,
				Asker: 640, AskerComm: "a worker, pid=1"},
		},
		"4.9-v1": {{PID: 2342, Comm: "stress", RSS: 101 << 20, Group: "/docker/f00d", TaskGroup: "/docker/f00d",
			Usage: 100 << 20, Limit: 100 << 20, Failures: 31, Asker: 2341, AskerComm: "stress"}},
		"5.10-machine": {{PID: 77, Comm: "hog", RSS: 3 << 30, Machine: true, TaskGroup: "/user.slice", Asker: 1,
			AskerComm: "systemd"}},
		// The kernel leaves the lines before out where it kills many: nothing is known of the second but who it was.
		"6.1-v2-ratelimit": {
			{PID: 10, Comm: "a", RSS: 4 << 10, Group: "/a", TaskGroup: "/a", Usage: 4096, Limit: 4096, Failures: 1,
				Asker: 10, AskerComm: "a"},
			{PID: 11, Comm: "b", RSS: 8 << 10},
		},
	} {
		b, err := os.ReadFile("testdata/" + name)
		if err != nil {
			t.Error(err)
			continue
		}
		if diff := cmp.Diff(want, feed(t, string(b))); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

// TestNamesSayNothing: a process calls itself as the words of the line.
func TestNamesSayNothing(t *testing.T) {
	got := feed(t, "x,pid=1,uid=0 invoked oom-killer: gfp_mask=0xcc0\n"+
		"oom-kill:constraint=CONSTRAINT_MEMCG,oom_memcg=/a,task_memcg=/a/b,task=x,pid=1,uid=0,pid=44,uid=5\n"+
		"Memory cgroup out of memory: Killed process 44 (x,pid=1,uid=0) total-vm:1kB, anon-rss:4kB, UID:5 pgtables:0kB\n")
	want := []OOM{{PID: 44, Comm: "x,pid=1,uid=0", RSS: 4096, Group: "/a", TaskGroup: "/a/b",
		AskerComm: "x,pid=1,uid=0"}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if _, ok := Parse("12,9,5,-;Memory cgroup out of memory: Killed process 1 (init) total-vm:1kB"); ok {
		t.Error("a line that a program has written counts as the kernel's")
	}
	for _, s := range []string{"", ";", "6,1;x", "6,x,1,-;y", "6,1,-1,-;y", "-6,1,1,-;y"} {
		if _, ok := Parse(s); ok {
			t.Errorf("%q counts as a record", s)
		}
	}
}

// TestForgedLines: groups are called, and lines of netfilter and audit begin, as what the kernel says about a process
// that it killed. None of it names another's group or process.
func TestForgedLines(t *testing.T) {
	const killed = "Memory cgroup out of memory: Killed process 44 (x) total-vm:9kB, anon-rss:4kB, file-rss:0kB, " +
		"shmem-rss:0kB, UID:5 pgtables:4kB oom_score_adj:-999\n"
	asked := func(group string) string { return "x invoked oom-killer: gfp_mask=0xcc0\n" + group + "\n" + killed }
	is := func(group, task string) []OOM {
		return []OOM{{PID: 44, Comm: "x", RSS: 4096, Group: group, TaskGroup: task, AskerComm: "x"}}
	}
	const head = "oom-kill:constraint=CONSTRAINT_MEMCG,nodemask=(null),cpuset="
	const mine = "/user/x,task_memcg=/docker/victim,task="
	const limit = "/user/x,oom_memcg=/docker/victim,task_memcg=/docker/victim"
	for name, x := range map[string]struct {
		lines string
		want  []OOM
	}{
		"a group with the words of a task's": {asked(head + "/,mems_allowed=0,oom_memcg=" + mine + ",task_memcg=" + mine +
			",task=x,pid=44,uid=5"), is(mine, mine)},
		"a group with the words of a limit": {asked(head + "/,mems_allowed=0,oom_memcg=" + limit + ",task_memcg=" + limit +
			",task=x,pid=44,uid=5"), is(limit, limit)},
		"the same, of the whole machine": {"x invoked oom-killer: gfp_mask=0xcc0\n" +
			"oom-kill:constraint=CONSTRAINT_NONE,nodemask=(null),cpuset=/,mems_allowed=0,global_oom,task_memcg=" + limit +
			",task=x,pid=44,uid=5\n" + strings.Replace(killed, "Memory cgroup out", "Out", 1),
			[]OOM{{PID: 44, Comm: "x", RSS: 4096, Machine: true, TaskGroup: limit, AskerComm: "x"}}},
		"a group of processors": {asked(head + ",oom_memcg=docker,task_memcg=docker,task=,mems_allowed=0,oom_memcg=/a," +
			"task_memcg=/a/b,task=x,pid=44,uid=5"), is("/a", "/a/b")},
		"a name with the words of a task": {asked(head + "/,mems_allowed=0,oom_memcg=/a,task_memcg=/a,task=,task=y," +
			"pid=44,uid=5"), is("/a", "/a")},
		"a group and a name that can be read in two ways": {asked(head + "/,mems_allowed=0,oom_memcg=/a,task_memcg=/a/b," +
			"task=c,task=d,pid=44,uid=5"), is("", "")},
		"before Linux 5.0": {"x invoked oom-killer: gfp_mask=0xcc0\n" +
			"Task in /u/x killed as a result of limit of /docker/v killed as a result of limit of /u\n" +
			"Memory cgroup out of memory: Kill process 44 (x) score 1 or sacrifice child\n" +
			strings.TrimPrefix(killed, "Memory cgroup out of memory: "), is("/u",
			"/u/x killed as a result of limit of /docker/v")},
		"netfilter": {"Memory cgroup out of memory: Killed process 1 (systemd) total-vm:9kB, anon-rss:4kB, UID:0 IN= " +
			"OUT=lo SRC=127.0.0.1 DST=127.0.0.1 LEN=60 TTL=64 ID=5 DF PROTO=TCP\n", nil},
		"audit": {"audit: type=1107 audit(1.2:3): pid=5 msg='x invoked oom-killer: gfp_mask=0'\n" + killed,
			[]OOM{{PID: 44, Comm: "x", RSS: 4096}}},
		"who asked has a name that is no name": {strings.Repeat("a", 61) + " invoked oom-killer: gfp_mask=0\n" + head +
			"/,mems_allowed=0,oom_memcg=/a,task_memcg=/a/b,task=x,pid=44,uid=5\n" + killed,
			[]OOM{{PID: 44, Comm: "x", RSS: 4096}}},
		"a name that is no name": {"Memory cgroup out of memory: Killed process 1 (" + strings.Repeat("a", 61) +
			") anon-rss:4kB\n", nil},
	} {
		if diff := cmp.Diff(x.want, feed(t, x.lines)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

func FuzzFeed(f *testing.F) {
	f.Add("x invoked oom-killer: gfp_mask=1\noom-kill:constraint=M,oom_memcg=/a,task_memcg=/b,task=c,pid=4,uid=0\n" +
		"Memory cgroup out of memory: Killed process 4 (c) anon-rss:4kB")
	f.Fuzz(func(t *testing.T, s string) {
		var p Parser
		for line := range strings.Lines(s) {
			if o, ok := p.Feed(Record{Text: line}); ok && o.PID < 0 {
				t.Error(o)
			}
		}
	})
}
