package procfile

import (
	"encoding/hex"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"bones/procwalk/ifinet6"
	"bones/procwalk/netdev"
	"bones/ui/rows"
)

func netDev(s string) []string {
	devices, err := netdev.Parse(s)
	if err != nil {
		return asIs(s)
	}
	t := table("DEVICE", ">RECEIVED", ">PACKETS", ">ERRORS", ">DROPPED", ">SENT", ">PACKETS", ">ERRORS", ">DROPPED", "")
	for _, d := range devices {
		t.add(d.Name.String(), rows.Size(d.RxBytes), decimal(d.RxPackets), decimal(d.RxErrors), decimal(d.RxDropped),
			rows.Size(d.TxBytes), decimal(d.TxPackets), decimal(d.TxErrors), decimal(d.TxDropped), "")
	}
	return append(t.lines(), "", "The devices of the network namespace: all processes in it share these numbers.")
}

// address turns the kernel's form, words of 32 bits in the byte order of the machine, into that for people.
//
// Source: net/ipv4/tcp_ipv4.c, get_tcp4_sock; both supported machines are little-endian.
func address(s string) (netip.Addr, bool) {
	b, err := hex.DecodeString(s)
	if err != nil || len(b) != 4 && len(b) != 16 {
		return netip.Addr{}, false
	}
	for i := 0; i < len(b); i += 4 {
		slices.Reverse(b[i : i+4])
	}
	a, ok := netip.AddrFromSlice(b)
	return a.Unmap(), ok
}

func endpoint(s string) (string, bool) {
	ip, port, ok := strings.Cut(s, ":")
	a, ok2 := address(ip)
	n, err := strconv.ParseUint(port, 16, 16)
	if !ok || !ok2 || err != nil {
		return clean(s), false
	}
	if n == 0 {
		if a.IsUnspecified() {
			return "*", true
		}
		return a.String(), true
	}
	if a.IsUnspecified() {
		return "*:" + decimal(n), true
	}
	return netip.AddrPortFrom(a, uint16(n)).String(), true
}

// tcpStates are by number.
//
// Source: include/net/tcp_states.h.
var tcpStates = map[string]string{"01": "established", "02": "connecting", "03": "being connected",
	"04": "closing, first", "05": "closing, second", "06": "waits out", "07": "closed",
	"08": "closed by the other", "09": "last acknowledgement", "0A": "listens", "0B": "closing", "0C": "new"}

// inet is net/tcp, net/udp and their like.
//
// Source: proc_pid_net(5), Documentation/networking/proc_net_tcp.rst.
func inet(s string) []string {
	t := table("LOCAL", "REMOTE", "STATE", ">UID", ">INODE", ">TO SEND", ">TO READ", "")
	for i, line := range lines(s) {
		f := strings.Fields(line)
		if i == 0 && strings.Contains(line, "local_address") {
			continue
		}
		if len(f) < 10 {
			t.raw(line)
			continue
		}
		local, ok1 := endpoint(f[1])
		remote, ok2 := endpoint(f[2])
		tx, rx, ok3 := strings.Cut(f[4], ":")
		out, err1 := strconv.ParseUint(tx, 16, 64)
		in, err2 := strconv.ParseUint(rx, 16, 64)
		if !ok1 || !ok2 || !ok3 || err1 != nil || err2 != nil {
			t.raw(line)
			continue
		}
		state := tcpStates[f[3]]
		if state == "" {
			state = clean(f[3])
		}
		t.add(local, remote, state, clean(f[7]), clean(f[9]), rows.Size(out), rows.Size(in), "")
	}
	return t.lines()
}

// unixSockets is net/unix.
func unixSockets(s string) []string {
	t := table("TYPE", "STATE", ">INODE", "PATH (@: not a file)")
	for i, line := range lines(s) {
		if i == 0 && strings.HasPrefix(line, "Num ") {
			continue
		}
		kind, state, inode, path, ok := unixSocket(line)
		if !ok {
			t.raw(line)
			continue
		}
		t.add(kind, state, inode, path)
	}
	return t.lines()
}

func unixSocket(line string) (kind, state, inode, path string, ok bool) {
	f := strings.Fields(line)
	if len(f) < 7 {
		return "", "", "", "", false
	}
	kind = map[string]string{"0001": "stream", "0002": "datagram", "0005": "packets"}[f[4]]
	state = map[string]string{"01": "not connected", "02": "connecting", "03": "connected", "04": "closing"}[f[5]]
	if kind == "" {
		kind = clean(f[4])
	}
	if state == "" {
		state = clean(f[5])
	}
	if f[3] == "00010000" {
		state = "listens"
	}
	if len(f) > 7 {
		path = clean(line[strings.Index(line, f[6])+len(f[6])+1:])
	}
	return kind, state, clean(f[6]), path, true
}

// Unlisted is the key of what is said of a socket that is in none of the lists; without it that is "a socket".
const Unlisted = ""

// Sockets says of each socket of a network namespace, by its inode, what it is: from net/tcp and its like, by their
// names.
func Sockets(files map[string]string) map[string]string {
	list := map[string]string{}
	for name, s := range files {
		for i, line := range lines(s) {
			f := strings.Fields(line)
			switch {
			case i == 0:
			case name == "unix":
				if kind, state, inode, path, ok := unixSocket(line); ok {
					says := "a unix socket, " + kind + ", " + state
					if path != "" {
						says += " at " + path
					}
					list[inode] = says
				}
			case name == "netlink":
				if len(f) > 9 {
					list[f[9]] = "a netlink socket: it talks to the kernel"
				}
			case name == "packet":
				if len(f) > 8 {
					list[f[8]] = "a packet socket: it reads a network device"
				}
			case len(f) > 9:
				local, ok1 := endpoint(f[1])
				remote, ok2 := endpoint(f[2])
				if !ok1 || !ok2 {
					continue
				}
				proto := strings.TrimSuffix(name, "6")
				switch {
				case proto == "tcp" && f[3] == "0A":
					list[f[9]] = "tcp, listens on " + local
				case remote == "*":
					list[f[9]] = proto + ", on " + local
				default:
					list[f[9]] = proto + ", " + local + " to " + remote
					if st := tcpStates[f[3]]; proto == "tcp" && st != "" {
						list[f[9]] += ", " + st
					}
				}
			}
		}
	}
	return list
}

// SocketFiles are the files of net that Sockets knows.
var SocketFiles = []string{"tcp", "tcp6", "udp", "udp6", "raw", "raw6", "unix", "netlink", "packet"}

// route is the main table of IPv4.
//
// Source: proc_pid_net(5); net/ipv4/fib_trie.c, fib_route_seq_show.
func route(s string) []string {
	t := table("TO", "THROUGH", "DEVICE", "METRIC")
	for i, line := range lines(s) {
		f := strings.Fields(line)
		if i == 0 && strings.HasPrefix(line, "Iface") {
			continue
		}
		if len(f) < 8 {
			t.raw(line)
			continue
		}
		to, ok1 := address(f[1])
		through, ok2 := address(f[2])
		mask, ok3 := address(f[7])
		if !ok1 || !ok2 || !ok3 || !to.Is4() || !mask.Is4() {
			t.raw(line)
			continue
		}
		bits := 0
		for _, b := range mask.As4() {
			for ; b != 0; b <<= 1 {
				bits++
			}
		}
		dest := to.String() + "/" + strconv.Itoa(bits)
		if bits == 0 {
			dest = "everywhere else"
		}
		gateway := through.String()
		if through.IsUnspecified() {
			gateway = "directly"
		}
		t.add(dest, gateway, clean(f[0]), clean(f[6]))
	}
	if len(t.rows) == 1 {
		return []string{"no routes: nothing beyond its own addresses is reached"}
	}
	return t.lines()
}

// ifInet6 is the addresses of IPv6.
func ifInet6(s string) []string {
	t := table("ADDRESS", "DEVICE", "SCOPE")
	for _, line := range lines(s) {
		a, ok := ifinet6.ParseLine(line)
		if !ok {
			t.raw(line)
			continue
		}
		scope := map[string]string{"00": "global", "10": "this host", "20": "this link", "40": "site"}[a.Scope]
		if scope == "" {
			scope = clean(a.Scope)
		}
		t.add(a.Prefix.String(), a.Device.String(), scope)
	}
	return t.lines()
}

// snmp is pairs of lines: names, then numbers.
func snmp(s string) []string {
	t := table()
	l := lines(s)
	for i := 0; i < len(l); i += 2 {
		names := strings.Fields(l[i])
		if i+1 >= len(l) || len(names) != len(strings.Fields(l[i+1])) {
			t.raw(l[i])
			i--
			continue
		}
		values := strings.Fields(l[i+1])
		for k := 1; k < len(names); k++ {
			t.add(clean(strings.TrimSuffix(names[0], ":")), clean(names[k]), clean(values[k]))
		}
	}
	return t.lines()
}

func snmp6(s string) []string {
	t := table()
	for _, line := range lines(s) {
		if f := strings.Fields(line); len(f) == 2 {
			t.add(clean(f[0]), clean(f[1]))
		} else {
			t.raw(line)
		}
	}
	return t.lines()
}
