package procfile

import (
	"encoding/binary"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"bones/procwalk/text"
)

func decode(t *testing.T, path, content string) string {
	t.Helper()
	l, ok := Decode(path, []byte(content))
	if !ok {
		t.Fatalf("%s has no decoded form", path)
	}
	return strings.Join(l, "\n")
}

func TestDecode(t *testing.T) {
	word := func(n ...uint64) string {
		var b []byte
		for _, v := range n {
			b = binary.NativeEndian.AppendUint64(b, v)
		}
		return string(b)
	}
	const tcpHead = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n"
	for _, c := range []struct {
		path, content string
		want          []string
	}{
		{"/status", "Name:\tx\\ny\nVmRSS:\t    2048 " +
			"kB\nCapEff:\t00000000a80425fb\nSigCgt:\t0000000000004002\nUid:\t0\t1\t2\t3\nGid:\t5\t5\t5\t5\n" +
			"Seccomp:\t2\nNoNewPrivs:\t1\nSigQ:\t3/100\n",
			[]string{`Name        x\ny `, "2.0M (2097152)",
				"CHOWN DAC_OVERRIDE FOWNER FSETID KILL SETGID SETUID SETPCAP NET_BIND_SERVICE NET_RAW SYS_CHROOT MKNOD " +
					"AUDIT_WRITE SETFCAP", "INT TERM",
				"real 0, effective 1, saved 2, for files 3", "2 filter", "1 yes", "3 of 100"}},
		{"/stat", "12 (a) b) S 1 12 12 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 1 0 999 1048576 50 18446744073709551615\n",
			[]string{"a) b", "starttime", "999", "1.0M (1048576)", "unlimited"}},
		{"/statm", "100 50 25 1 0 30 0\n", []string{"50  resident"}},
		{"/limits", "Limit                     Soft Limit           Hard Limit           Units     \nMax open files      " +
			"      1024                 unlimited            files     \n", []string{"Max open files", "1024 files",
			"unlimited"}},
		{"/io", "rchar: 2048\nsyscr: 7\n", []string{"2.0K (2048)", "7", "calls that read"}},
		{"/schedstat", "1000000 2000 5\n", []string{"1ms on a processor", "5 turns"}},
		{"/personality", "00040000\n", []string{"0x40000", "ADDR_NO_RANDOMIZE"}},
		{"/coredump_filter", "00000033\n", []string{"shared memory of its own", "ELF headers"}},
		{"/loginuid", "4294967295", []string{"no login"}},
		{"/oom_score_adj", "-1000\n", []string{"never takes it"}},
		{"/auxv", word(6, 4096, 23, 1, 0, 0), []string{"AT_PAGESZ page size", "4096 (0x1000)", "AT_SECURE"}},
		{"/maps", "00400000-00401000 r-xp 00000000 08:01 42                         /bin/a b\n7f00-7f01 rwxs 0 00:00 " +
			"0\n7ffc0000-7ffc1000 rw-p 0 00:00 0      [stack]\n",
			[]string{"3 mappings, 8.0K of address space, 1 can be both", "/bin/a b", "rwx shared",
				"! it can be written and executed", "[stack]: of its first thread"}},
		{"/mountinfo", "36 35 98:0 /sub /data\\040x rw,nosuid shared:1 master:2 - ext4 /dev/sda1 rw\nnonsense\n",
			[]string{"1 mounts", "/data x", "/sub", "shared in group 1, gets those of group 2", "nonsense"}},
		{"/cgroup", "9:memory:/docker/x\n1:name=systemd:/\n0::/../y\n2:cpu,cpuacct:/gone (deleted)\n",
			[]string{"v1, number 9", "/docker/x", "no limits", "outside of our own cgroup namespace", "cpu cpuacct",
				"has been removed", "Only the names"}},
		{"/uid_map", "0 100000 65536\n", []string{"INSIDE", "100000", "65536"}}, {"/uid_map", "0 0 4294967295\n",
			[]string{"every ID maps to itself"}}, {"/gid_map", "", []string{"empty"}},
		{"/timens_offsets", "monotonic 100 0\nboottime 0 0\n", []string{"ahead", "as everywhere"}},
		{"/fdinfo/3", "pos:\t5\nflags:\t02100002\nmnt_id:\t14\nino:\t7\n", []string{"where it reads or writes next",
			"read and write", "closed on exec"}},
		{"/task/12/fdinfo/3", "pos:\t5\n", []string{"where it reads"}},
		{"/net/tcp", tcpHead + "   0: 0100007F:2BCB 00000000:0000 0A 00000000:00000001 00:00000000 00000000 11211        " +
			"0 4321 1 0 100 0 0 10 0\n   1: 0100007F:2BCB 0200007F:C001 01 00000400:00000000 00:0 0 0 0 77 1\n",
			[]string{"127.0.0.1:11211", "listens", "4321", "127.0.0.2:49153", "established", "1.0K"}},
		{"/net/tcp6", tcpHead + "   0: 00000000000000000000000001000000:0050 0000000000000000FFFF00000100007F:0001 01 " +
			"0:0 0:0 0 0 0 9 1\n", []string{"[::1]:80", "127.0.0.1:1"}},
		{"/net/unix", "Num       RefCount Protocol Flags    Type St Inode Path\n0: 2 0 00010000 0001 01 99 /run/a " +
			"b.sock\n0: 3 0 0 0002 03 5\n", []string{"listens", "/run/a b.sock", "datagram", "connected"}},
		{"/net/route", "Iface\tDestination\tGateway " +
			"\tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\n" +
			"eth0\t00000000\t0102A8C0\t0003\t0\t0\t5\t00000000\t0\neth0\t0002A8C0\t00000000\t1\t0\t0\t0\t00FFFFFF\t0\n",
			[]string{"everywhere else", "192.168.2.1", "192.168.2.0/24", "directly"}},
		{"/net/route", "Iface\tDestination\n", []string{"no routes"}},
		{"/net/if_inet6", "fe800000000000000000000000000001 02 40 20 80     eth0\n", []string{"fe80::1/64", "this link"}},
		{"/net/dev", "Inter-|\n face |\n  eth0: 2048 2 0 1 0 0 0 0 4096 3 0 0 0 0 0 0\n", []string{"eth0", "2.0K", "4.0K",
			"all processes in it share"}},
		{"/net/snmp", "Ip: Forwarding DefaultTTL\nIp: 1 64\nodd\n", []string{"Forwarding", "64", "odd"}},
		{"/net/snmp6", "Ip6InReceives   \t5\n", []string{"Ip6InReceives  5"}},
		{"/cmdline", "sh\x00-c\x00evil\x1b[2J\x00", []string{"0    sh", `evil\x1b[2J`}},
	} {
		got := decode(t, c.path, c.content)
		for _, want := range c.want {
			if !strings.Contains(got, want) {
				t.Errorf("%s does not say %q:\n%s", c.path, want, got)
			}
		}
	}
	for _, path := range []string{"/smaps", "/etc/status", "/net/arp", "/", ""} {
		if _, ok := Decode(path, nil); ok {
			t.Errorf("%q is decoded", path)
		}
	}
}

// TestOwnFiles decodes those of this very process: the kernel's form is the one that is known.
func TestOwnFiles(t *testing.T) {
	for _, name := range Names() {
		path := name
		if name == "fdinfo" {
			path = "fdinfo/0"
		}
		b, err := os.ReadFile("/proc/self/" + path)
		if os.IsNotExist(err) {
			continue // not in this kernel
		}
		if err != nil {
			t.Error(err)
			continue
		}
		l, ok := Decode("/"+path, b)
		if !ok || len(l) == 0 && len(b) > 0 {
			t.Errorf("%s: %d lines of %d bytes", path, len(l), len(b))
		}
		if About("/"+name) == "" {
			t.Errorf("%s: no sentence on what it is", name)
		}
	}
	if got := decode(t, "/status", readSelf(t, "status")); !strings.Contains(got, filepath.Base(os.Args[0])[:8]) {
		t.Error(got)
	}
}

func readSelf(t *testing.T, name string) string {
	b, err := os.ReadFile("/proc/self/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// TestEveryEntryIsExplained asks this kernel what entries there are.
func TestEveryEntryIsExplained(t *testing.T) {
	for _, dir := range []string{"", "ns/"} {
		entries, err := os.ReadDir("/proc/self/" + dir)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range entries {
			if About("/"+dir+e.Name()) == "" {
				t.Errorf("%s%s: no sentence on what it is", dir, e.Name())
			}
		}
	}
}

func TestDescriptors(t *testing.T) {
	sockets := Sockets(map[string]string{
		"tcp": "head\n 0: 0100007F:2BCB 00000000:0000 0A 0:0 0:0 0 0 0 11 1\n 1: 0100007F:2BCB 0200007F:C001 01 0:0 " +
			"0:0 0 0 0 12 1\nshort\n",
		"udp6": "head\n 0: 00000000000000000000000000000000:0035 00000000000000000000000000000000:0000 07 0:0 0:0 0 0 " +
			"0 13 1\n",
		"unix":    "head\n0: 2 0 00010000 0001 01 14 /run/\x1bx\n",
		"netlink": "head\n0 0 0 0 0 0 0 0 0 15\n",
		"packet":  "head\n0 3 3 0003 2 1 0 0 16\n",
	})
	for target, want := range map[string]string{
		"socket:[11]": "tcp, listens on 127.0.0.1:11211",
		"socket:[12]": "tcp, 127.0.0.1:11211 to 127.0.0.2:49153, established", "socket:[13]": "udp, on *:53",
		"socket:[14]": `a unix socket, stream, listens at /run/\x1bx`,
		"socket:[15]": "a netlink socket: it talks to the kernel",
		"socket:[16]": "a packet socket: it reads a network device", "socket:[17]": "a socket",
		"pipe:[5]":               "a pipe: others with the same number hold its other end",
		"anon_inode:[eventpoll]": "the kernel's own: eventpoll",
		"/memfd:x (deleted)":     "a file in memory, without a name in a directory", "/dev/pts/0": "a terminal",
		"/dev/null": "nothing: reads end, writes are dropped",
		"/dev/sda":  "a device", "/tmp/x (deleted)": "a file that was removed; its space is free once it is closed",
		"/etc/passwd": "a file", "net:[1]": "a namespace: keeps it alive", "what": "",
	} {
		if got := Descriptor(target, sockets); got != want {
			t.Errorf("%s: %q, want %q", target, got, want)
		}
	}
}

func FuzzDecode(f *testing.F) {
	for _, name := range Names() {
		if b, err := os.ReadFile("/proc/self/" + name); err == nil {
			f.Add(name, string(b[:min(len(b), 4096)]))
		}
		f.Add(name, "a:b\x1b[2J\u202e 1 2 3 4 5 6 7 8 9 10 11\n\n:::\n")
	}
	f.Fuzz(func(t *testing.T, name, content string) {
		l, ok := Decode("/"+name, []byte(content))
		if ok != slices.Contains(Names(), kind(name)) {
			t.Errorf("%q: %v", name, ok)
		}
		for _, line := range l {
			if text.Line(line) != line {
				t.Errorf("%q lets %q through", name, line)
			}
		}
		Sockets(map[string]string{name: content, "tcp": content, "unix": content})
	})
}

// TestColumnsOfWideCharacters: columns are as wide on the terminal, of whatever their cells consist.
func TestColumnsOfWideCharacters(t *testing.T) {
	s := table("NAME", ">SIZE", "REST")
	s.add("日本", "é", "x")
	s.add("e\u0301", "12345", "x")
	want := "NAME   SIZE  REST\n日本      é  x\ne\u0301     12345  x"
	if got := strings.Join(s.lines(), "\n"); got != want {
		t.Errorf("\n%s\nwant\n%s", got, want)
	}
}
