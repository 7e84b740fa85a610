package rows

import (
	"strings"
	"testing"

	"bones/nsview"
	"bones/procwalk"
	"bones/procwalk/idmap"
	"bones/procwalk/mountinfo"
	"bones/procwalk/text"

	"golang.org/x/sys/unix"
)

// nsWorld is a host process, two in a network namespace of their own, and a namespace that only a mount holds.
func nsWorld(t *testing.T) *nsview.View {
	t.Helper()
	s := &procwalk.Snapshot{}
	for i, net := range []uint64{4001, 4002, 4002} {
		ns := &procwalk.Namespaces{}
		for ty := range procwalk.NSTypes {
			ns.Inode[ty] = 1000*uint64(ty+1) + 1
		}
		ns.Inode[procwalk.Net] = net
		ns.PIDForChildren, ns.TimeForChildren = ns.Inode[procwalk.PID], ns.Inode[procwalk.Time]
		s.Processes = append(s.Processes, procwalk.Process{
			Stat:    procwalk.Stat{PID: i + 1, PPID: i, StartTime: uint64(i), Comm: text.New("p\x1b[2J\n")},
			Status:  &procwalk.Status{EUID: uint32(i), NSpid: []int{i + 1, 7}},
			Cmdline: &procwalk.Cmdline{Raw: text.New("cmd\x00\u202earg\x00")},
			NS:      ns,
		})
	}
	v := nsview.Groups(s)
	for i := range v.Namespaces {
		n := &v.Namespaces[i]
		n.Relations = nsview.Relations{Known: true, Owner: nsview.Key{Type: procwalk.User, Inode: 7001}}
		if n.Type == procwalk.User {
			n.Relations = nsview.Relations{Known: true, ParentErr: nsview.ErrOutside, OwnerErr: nsview.ErrOutside}
		}
	}
	return v
}

func nsLines(rows []NSRow) []string {
	var lines []string
	for _, r := range rows {
		var cells []string
		for _, c := range r.Cells {
			cells = append(cells, c.Text)
		}
		lines = append(lines, strings.Join(cells, "|"))
	}
	return lines
}

func nsWant(t *testing.T, got []string, want ...string) {
	t.Helper()
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

func onlyNet(n *nsview.Namespace) bool { return n.Type == procwalk.Net }

func TestNSGroups(t *testing.T) {
	v := nsWorld(t)
	names := NSNames{
		User:      func(uid uint32) text.Text { return text.New(map[uint32]string{0: "root"}[uid]) },
		Container: func(p *procwalk.Process) text.Text { return text.New(map[int]string{2: "web\a"}[p.PID]) },
	}
	nsWant(t, nsLines(NSGroups(v, names, onlyNet)),
		`4001|net|1|1|root|-|cmd \u202earg`,
		`4002|net|2|2|1|web\x07|cmd \u202earg`)
	nsWant(t, nsLines(NSMembers(v, v.Find(nsview.Key{Type: procwalk.Net, Inode: 4002}), names)),
		`2|7|1|1|web\x07|cmd \u202earg`,
		`3|7|2|2|-|cmd \u202earg`)
	nsWant(t, nsLines(NSTree(v, names, onlyNet)),
		`7001|user|3|1|root|-|cmd \u202earg`,
		`├─4001|net|1|1|root|-|cmd \u202earg`,
		`└─4002|net|2|2|1|web\x07|cmd \u202earg`)
	if r := NSGroups(v, names, nil); len(r) != 9 || r[0].ID.PID != 1 {
		t.Errorf("%d rows, want nine", len(r))
	}
}

func TestNSWithoutProcess(t *testing.T) {
	v := nsWorld(t)
	n := &nsview.Namespace{Key: nsview.Key{Type: procwalk.Net, Inode: 4009}, Holders: []nsview.Holder{
		{Kind: nsview.ByBind, Path: text.New("/run/netns/\x1b]0;x\a"), MntNS: 3001},
		{Kind: nsview.ByFD, ID: procwalk.ID{PID: 2}, FD: 5, Path: text.New("/")},
	}}
	nsWant(t, nsLines([]NSRow{nsGroup(v, n, NSNames{}, "")}),
		`4009|net|0|-|-|-|(mounted on /run/netns/\x1b]0;x\x07 in mnt:[3001], and 1 more)`)
	n.Holders = nil
	nsWant(t, nsLines([]NSRow{nsGroup(v, n, NSNames{}, "")}), `4009|net|0|-|-|-|(not known what holds it)`)
}

func TestNSIsolationRows(t *testing.T) {
	v := nsWorld(t)
	v.Snapshot.Processes[2].NS.Inode[procwalk.Mnt], v.Snapshot.Processes[2].NS.Err[procwalk.Mnt] = 0, unix.EACCES
	h := nsview.HostOf(v.Snapshot)
	lines := nsLines(NSIsolation(v, h, v.Isolation(h, []int32{2}), NSNames{}))
	for i, want := range map[procwalk.NSType]string{
		procwalk.Net: `net|4002|neighbour|2 p\x1b[2J\n`,
		procwalk.UTS: "uts|8001|host|the host (PID 1) and 2 processes",
		procwalk.Mnt: "mnt|?|unknown|permission denied",
	} {
		if lines[i] != want {
			t.Errorf("%q, want %q", lines[i], want)
		}
	}
	diff := nsLines(NSDiff(nsview.Diff(&v.Snapshot.Processes[0], &v.Snapshot.Processes[2])))
	for i, want := range map[procwalk.NSType]string{
		procwalk.Net: "net|4001|4002|differs",
		procwalk.UTS: "uts|8001|8001|same",
		procwalk.Mnt: "mnt|3001|?|not known: permission denied",
	} {
		if diff[i] != want {
			t.Errorf("%q, want %q", diff[i], want)
		}
	}
}

func TestNSFacts(t *testing.T) {
	v := nsWorld(t)
	facts := func(ty procwalk.NSType, d nsview.Details) []string {
		var lines []string
		for _, f := range NSFacts(v, v.Find(nsview.Key{Type: ty, Inode: 1000*uint64(ty+1) + 1}), d, NSNames{}) {
			lines = append(lines, f.Name+": "+f.Value)
		}
		return lines
	}
	nsWant(t, facts(procwalk.UTS, nsview.Details{UTS: &nsview.UTSDetails{HostName: text.New("a\x1b[m"),
		DomainName: text.New("(none)")}}),
		"owner: user:[7001]", `host name: a\x1b[m`, "domain name: (none)")
	nsWant(t, facts(procwalk.Net, nsview.Details{Net: &nsview.NetDetails{Interfaces: []nsview.Interface{
		{Name: text.New("lo"), MTU: 65536, Flags: "up|loopback", Addrs: []string{"127.0.0.1/8"}}, {Name: text.New("e\n")},
	}, Loose: []string{"10.0.0.1"}}}),
		"owner: user:[7001]", "interface: lo  up  mtu 65536  127.0.0.1/8", `interface: e\n`, "address: 10.0.0.1")
	nsWant(t, facts(procwalk.Mnt, nsview.Details{Mnt: &nsview.MntDetails{Count: 3, HostPID: 1,
		Added: []mountinfo.Mount{{Point: text.New("/x\n"), Root: text.New("/sub"), FSType: text.New("tmp\x1bfs"),
			Source: text.New("s")}}}}),
		"owner: user:[7001]", "mounts: 3", "against the host: 1 more, 0 fewer than PID 1 has",
		`+ /x\n: tmp\x1bfs from s, /sub of it`)
	nsWant(t, facts(procwalk.User, nsview.Details{User: &nsview.UserDetails{UIDs: idmap.Map{{Inside: 0, Outside: 9,
		Count: 1}}}})[3:],
		"uids: 0 here is 9 outside", "gids: none mapped yet: all show as the overflow id")
	nsWant(t, facts(procwalk.IPC, nsview.Details{Err: unix.EPERM}), "owner: user:[7001]",
		"inside: not known: operation not permitted")
}
