package object_test

import (
	"os"
	"reflect"
	"strings"
	"testing"
	"time"

	"bones/cgroupview/container"
	"bones/cmd/bones/internal/host"
	"bones/cmd/bones/internal/object"
	"bones/nsview"
	"bones/nsview/unshare"
	"bones/nsview/unshare/demo"
	"bones/procwalk"
	"bones/procwalk/idmap"
	"bones/procwalk/mountinfo"
	"bones/procwalk/text"
	"bones/ui/rows"
)

// TestNamespaceDetails: all that is found in a namespace of each type stands in its object.
func TestNamespaceDetails(t *testing.T) {
	mount := mountinfo.Mount{Device: "8:1", Root: text.New("/r"), Point: text.New("/p"), FSType: text.New("ext4"),
		Source: text.New("/dev/sda")}
	found := map[procwalk.NSType]nsview.Details{
		procwalk.Net: {Net: &nsview.NetDetails{Loose: []string{"10.0.0.1"}, Missing: "net/if_inet6: why",
			Interfaces: []nsview.Interface{{Name: text.New("eth0"), Index: 2, MTU: 1500, Flags: "up", MAC: "02:00:00:00:00:01",
				Addrs: []string{"10.0.0.2/8"}}}}},
		procwalk.UTS: {UTS: &nsview.UTSDetails{HostName: text.New("h"), DomainName: text.New("d")}},
		procwalk.User: {User: &nsview.UserDetails{UIDs: idmap.Map{{Inside: 1, Outside: 2, Count: 3}},
			GIDs: idmap.Map{{Inside: 4, Outside: 5, Count: 6}}, Setgroups: "deny"}},
		procwalk.Mnt: {Mnt: &nsview.MntDetails{Count: 3, HostPID: 1, Same: true, Added: []mountinfo.Mount{mount},
			Missing: []mountinfo.Mount{mount}}},
		procwalk.PID:  {PID: &nsview.PIDDetails{Level: 1, Init: 9}},
		procwalk.IPC:  {IPC: &nsview.IPCDetails{Queues: 1, Semaphores: 2, SharedMemory: 3}},
		procwalk.Time: {Time: &nsview.TimeDetails{Monotonic: 1500 * time.Millisecond, Boottime: -time.Second}},
		procwalk.Cgroup: {Cgroup: &nsview.CgroupDetails{Roots: []nsview.CgroupRoot{{Controllers: text.New("cpu"),
			Path: text.New("/x")}}}},
	}
	want := map[procwalk.NSType]string{
		procwalk.Net: `{"net":{"interfaces":[{"name":"eth0","index":2,"mtu_bytes":1500,"flags":"up",` +
			`"mac":"02:00:00:00:00:01","addresses":["10.0.0.2/8"]}],"addresses":["10.0.0.1"],"missing":"net/if_inet6: why"}}`,
		procwalk.UTS: `{"uts":{"host_name":"h","domain_name":"d"}}`,
		procwalk.User: `{"user":{"uid_map":[{"inside":1,"outside":2,"count":3}],"gid_map":[{"inside":4,"outside":5,` +
			`"count":6}],"setgroups":"deny"}}`,
		procwalk.Mnt:    `{"mnt":{"mounts":3,"host_pid":1,"same_as_host":true,"added":[M],"missing":[M]}}`,
		procwalk.PID:    `{"pid":{"level":1,"init_pid":9}}`,
		procwalk.IPC:    `{"ipc":{"message_queues":1,"semaphore_sets":2,"shared_memory_segments":3}}`,
		procwalk.Time:   `{"time":{"boottime_seconds":-1,"monotonic_seconds":1.5}}`,
		procwalk.Cgroup: `{"cgroup":{"roots":[{"controllers":"cpu","path":"/x"}]}}`,
	}
	const mounted = `{"device":"8:1","root":"/r","mount_point":"/p","fstype":"ext4","source":"/dev/sda"}`
	s := &procwalk.Snapshot{Processes: []procwalk.Process{whole(10)}}
	var all []*object.NamespaceDetails
	for ty := range procwalk.NSTypes {
		s.Processes[0].NS = &procwalk.Namespaces{}
		s.Processes[0].NS.Inode[ty] = 5
		v := nsview.Groups(s)
		r := &object.Namespaces{View: v, Names: &rows.NSNames{
			Who:  func(int32) nsview.Who { return nsview.Who{Command: text.New("web"), UID: 1} },
			User: func(uint32) text.Text { return text.Text{} }}}
		details := found[ty]
		o := r.Detailed(v.Find(nsview.Key{Type: ty, Inode: 5}), details)
		if o.Details == nil || len(o.Members) != 1 {
			t.Fatalf("%s: %+v", ty, o)
		}
		all = append(all, o.Details)
		if got, want := compact(t, o.Details), strings.ReplaceAll(want[ty], "M", mounted); got != want {
			t.Errorf("%s: %s, want %s", ty, got, want)
		}
	}
	isWhole(t, all...)
}

// TestMadeWhole: what makes an object sets each of its fields from the fact of that name.
func TestMadeWhole(t *testing.T) {
	at := time.Date(2026, 1, 2, 3, 4, 5, 6, time.UTC)
	entry := object.NewHistoryEntry(&host.Entry{N: 1, Time: at, Kind: "k", What: text.New("w"), ByHand: "b", UID: 2,
		Result: "r", Error: text.New("e"), Note: text.New("n"), Undoable: true})
	isWhole(t, &entry)
	if got := compact(t, entry); got != `{"n":1,"time":"2026-01-02T03:04:05.000000006Z","kind":"k","what":"w",`+
		`"by_hand":"b","uid":2,"result":"r","error":"e","note":"n","undoable":true}` {
		t.Error(got)
	}
	boot, err := os.ReadFile("/proc/sys/kernel/random/boot_id")
	if err != nil {
		t.Fatal(err)
	}
	self, err := procwalk.ReadStat("/proc", os.Getpid())
	if err != nil {
		t.Fatal(err)
	}
	runs := object.NewDemo(demo.RecordedDemo{Name: "d", PID: os.Getpid(), StartTicks: self.StartTime,
		BootID: strings.TrimSpace(string(boot)), Started: at,
		Groups: []unshare.GroupDir{{Path: "/g", Enabled: []string{"cpu"}}}})
	isWhole(t, &runs)
	ended := object.NewDemo(demo.RecordedDemo{Name: "d", Started: at, Groups: []unshare.GroupDir{{Path: "/g"}}})
	if got := compact(t, ended); got != `{"name":"d","pid":null,"running":false,"started":"2026-01-02T03:04:05.000000006Z",`+
		`"cgroups":[{"dir":"/g"}]}` {
		t.Error(got)
	}
	status, user := 137, uint32(1000)
	stopped := object.NewStopped(container.Stopped{ID: text.New("i"), Runtime: container.Docker, Name: text.New("n"),
		Image: text.New("m"), Exit: &status, OOM: true, User: &user, Ended: at})
	unknown := object.NewStopped(container.Stopped{ID: text.New("i"), Runtime: container.Docker})
	if got := compact(t, stopped); got != `{"kind":"container","state":"exited","id":"i","runtime":"docker","name":"n",`+
		`"image":"m","pid":null,"pids":[],"exit_code":137,"oom_killed":true,"ended":"2026-01-02T03:04:05.000000006Z",`+
		`"uid":1000,"errors":{}}` {
		t.Error(got)
	}
	if unknown.State != "stopped" || unknown.Errors["exit_code"] == "" {
		t.Errorf("%+v", unknown)
	}
	comesBack(t, reflect.ValueOf(stopped))
}
