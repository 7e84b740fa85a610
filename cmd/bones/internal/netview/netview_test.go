package netview

import (
	"encoding/json"
	"fmt"
	"net"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"sort"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"bones/cmd/bones/internal/target"
	"bones/nsview/sockets"
	"bones/procwalk/leaktest"
	"bones/procwalk/proctest"
	"bones/procwalk/reexec"

	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"
)

// endWord starts the test program as a process in a network namespace of its own, with sockets in it.
const endWord = "__netview-end"

func init() { proctest.Part(endWord, end) }

func TestMain(m *testing.M) { leaktest.Main(m) }

const hostile = "ev\x1b[2J"

// end opens sockets of every kind, and waits until its input is closed.
func end([]string) error {
	lo, err := netlink.LinkByName("lo")
	if err != nil {
		return err
	}
	if err := netlink.LinkSetUp(lo); err != nil {
		return err
	}
	if err := netlink.LinkAdd(&netlink.Bridge{LinkAttrs: netlink.LinkAttrs{Name: hostile}}); err != nil {
		return err
	}
	name := []byte(hostile + "\x00")
	if err := os.WriteFile("/proc/self/comm", name[:len(name)-1], 0); err != nil {
		return err
	}
	var first net.Listener
	for _, at := range [][2]string{{"tcp4", "127.0.0.1:7001"}, {"tcp", ":7002"}, {"tcp6", "[::1]:7003"},
		{"unix", "@netview" + strconv.Itoa(os.Getpid())}} {
		l, err := net.Listen(at[0], at[1])
		if err != nil {
			return err
		}
		if first == nil {
			first = l
		}
	}
	for _, at := range [][2]string{{"udp4", "0.0.0.0:7004"}, {"udp6", "[::]:7005"}} {
		if _, err := net.ListenPacket(at[0], at[1]); err != nil {
			return err
		}
	}
	out, err := net.Dial("tcp4", "127.0.0.1:7001")
	if err != nil {
		return err
	}
	in, err := first.Accept()
	if err != nil {
		return err
	}
	if _, err := fmt.Fprint(out, "hello"); err != nil {
		return err
	}
	b := make([]byte, 5)
	if _, err := in.Read(b); err != nil {
		return err
	}
	fmt.Println("ready")
	for more := make([]byte, 1); ; { // each byte that comes is sent on, for rates
		if _, err := os.Stdin.Read(more); err != nil {
			return nil
		}
		if _, err := out.Write(make([]byte, 1000)); err != nil {
			return err
		}
	}
}

func startEnd(t *testing.T) *proctest.Child {
	t.Helper()
	proctest.Need(t, proctest.Root, proctest.Namespaces)
	c := reexec.Command(endWord)
	c.SysProcAttr = &syscall.SysProcAttr{Cloneflags: unix.CLONE_NEWNET}
	return proctest.Start(t, c)
}

func open(t *testing.T) *View {
	t.Helper()
	v, err := Open(t.Context(), target.Finder{Proc: "/proc", Cgroups: "/sys/fs/cgroup"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(v.Close)
	return v
}

// spaceOf is the namespace of a process as a TARGET.
func spaceOf(t *testing.T, pid int) string {
	t.Helper()
	link, err := os.Readlink(fmt.Sprintf("/proc/%d/ns/net", pid))
	if err != nil {
		t.Fatal(err)
	}
	return link
}

func find(t *testing.T, v *View, word string) Scope {
	t.Helper()
	s, err := v.FindEnd(t.Context(), word)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// in runs a program in the network namespace of a process, and returns what it printed.
func in(t *testing.T, pid int, words ...string) string {
	t.Helper()
	out, err := exec.Command("nsenter", append([]string{"-t", strconv.Itoa(pid), "-n"}, words...)...).CombinedOutput()
	if err != nil {
		t.Fatalf("%q: %v %s", words, err, out)
	}
	return string(out)
}

var user = regexp.MustCompile(`pid=(\d+),fd=(\d+)`)

// ofSS are the lines of ss, in the form of ours.
func ofSS(out string) (list []string) {
	for line := range strings.Lines(out) {
		w := strings.Fields(line)
		if len(w) < 6 {
			continue
		}
		var users []string
		for _, m := range user.FindAllStringSubmatch(line, -1) {
			users = append(users, m[1]+"/"+m[2])
		}
		sort.Strings(users)
		list = append(list, fmt.Sprint(w[0], w[1], " ", w[2], " ", w[3], " ", w[4], " ", w[5], users))
	}
	sort.Strings(list)
	return list
}

// ofOurs are sockets in that form.
func ofOurs(ports []Port) (list []string) {
	for i := range ports {
		p := &ports[i]
		var users []string
		for _, h := range p.Holders {
			users = append(users, fmt.Sprintf("%d/%d", h.Process.PID, h.FD))
		}
		sort.Strings(users)
		list = append(list, fmt.Sprint(p.Protocol, p.State, " ", p.Rx, " ", p.Tx, " ", p.LocalText(), " ", p.PeerText(),
			users))
	}
	sort.Strings(list)
	return list
}

// TestPortsAgainstSS: in a namespace that was made, and in ours, bones lists the sockets that ss lists, with their
// queues and processes.
func TestPortsAgainstSS(t *testing.T) {
	proctest.NeedPrograms(t, "ss", "nsenter")
	c := startEnd(t)
	pid := c.Process.Pid
	ask := sockets.Ask{TCP: true, UDP: true, V4: true, V6: true}
	for _, all := range []bool{false, true} {
		ask.All = all
		flags := map[bool]string{false: "-tulpnH", true: "-tuapnH"}[all]
		var got, want []string
		proctest.Until(t, "bones and ss agree on "+flags, func() bool {
			v := open(t)
			list, err := v.Ports(t.Context(), find(t, v, spaceOf(t, pid)), ask, 0)
			if err != nil || len(v.Spaces) < 2 {
				t.Fatal(err)
			}
			got, want = ofOurs(list), ofSS(in(t, pid, "ss", flags))
			return slices.Equal(got, want)
		})
		if len(want) < 5 {
			t.Errorf("ss %s lists %d sockets: %q", flags, len(want), want)
		}
	}
	// Our own namespace: others open and close sockets in it meanwhile.
	ask.All = false
	var got, want []string
	differ := func() bool {
		v := open(t)
		own, err := os.Readlink("/proc/self/ns/net")
		if err != nil {
			t.Fatal(err)
		}
		before, err := exec.Command("ss", "-tulpnH").Output()
		if err != nil {
			t.Fatal(err)
		}
		// Of all namespaces: a process in another one may have a socket of ours open, and ss names it.
		list, err := v.Ports(t.Context(), v.All(), ask, 0)
		if err != nil {
			t.Fatal(err)
		}
		list = slices.DeleteFunc(list, func(p Port) bool { return p.Space.Key.String() != own })
		got, want = ofOurs(list), ofSS(string(before))
		return slices.Equal(got, want)
	}
	for deadline := time.Now().Add(proctest.Patience / 3); !differ(); time.Sleep(50 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("bones lists\n%q\nand ss\n%q", got, want)
		}
	}
}

// TestPortsOfAProcess: of a process the sockets that it holds alone, with what went over its connections, and how much
// goes over them now.
func TestPortsOfAProcess(t *testing.T) {
	c := startEnd(t)
	v := open(t)
	scope := find(t, v, strconv.Itoa(c.Process.Pid))
	stop := make(chan struct{})
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			select {
			case <-stop:
				return
			case <-time.After(5 * time.Millisecond):
				c.In.Write([]byte("x"))
			}
		}
	}()
	var sent *Port
	proctest.Until(t, "something goes over the connection", func() bool {
		list, err := v.Ports(t.Context(), scope, sockets.Ask{TCP: true, V4: true, V6: true, All: true}, 50*time.Millisecond)
		if err != nil {
			t.Fatal(err)
		}
		i := slices.IndexFunc(list, func(p Port) bool { return p.Peer.Port() == 7001 })
		if i < 0 {
			t.Fatalf("the connection is not among %q", ofOurs(list))
		}
		sent = &list[i]
		return sent.HasRates && sent.SentRate > 0
	})
	close(stop)
	<-done
	if !sent.HasBytes || sent.Acked < 5 || sent.ReceivedRate != 0 {
		t.Errorf("%+v", sent)
	}
	if sent.ProcessText() != `ev\x1b[2J` {
		t.Errorf("its process is printed as %q", sent.ProcessText())
	}
	for _, s := range PortSections(scope, []Port{*sent}, v.Notes) {
		for _, l := range s.Lines {
			if strings.ContainsRune(l.Value, 0x1b) {
				t.Errorf("%q goes to the terminal", l.Value)
			}
		}
	}
	few, err := v.Ports(t.Context(), scope, sockets.Ask{TCP: true, V4: true, All: true, Most: 1}, 0)
	want := fmt.Sprintf("and %d more sockets than the 1 that are listed; `bones ports TARGET` lists", v.Left)
	if err != nil || len(few) > 1 || v.Left < 1 || !slices.ContainsFunc(v.Notes, func(s string) bool {
		return strings.Contains(s, want)
	}) {
		t.Errorf("%d sockets, %v; %q does not say that there are more", len(few), err, v.Notes)
	}
}

// ipLink is what ip prints of an interface.
type ipLink struct {
	Index     int    `json:"ifindex"`
	Name      string `json:"ifname"`
	MTU       int
	State     string `json:"operstate"`
	Master    string
	MAC       string `json:"address"`
	Addresses []struct {
		Local  string
		Length int `json:"prefixlen"`
	} `json:"addr_info"`
	LinkIndex int `json:"link_index"`
	Stats     struct {
		Rx, Tx struct{ Bytes, Packets uint64 }
	} `json:"stats64"`
}

// wired are four ends: a and b on one bridge of a router, d on another of it, and the router.
type wired struct{ a, b, d, router int }

// wire connects them; nothing of it is in the host's namespace.
func wire(t *testing.T) wired {
	t.Helper()
	proctest.NeedPrograms(t, "ip", "nsenter")
	w := wired{startEnd(t).Process.Pid, startEnd(t).Process.Pid, startEnd(t).Process.Pid, startEnd(t).Process.Pid}
	for i, gateway := range []string{"10.91.0.1/24", "10.92.0.1/24"} {
		name := fmt.Sprintf("br%d", i)
		in(t, w.router, "ip", "link", "add", name, "type", "bridge")
		in(t, w.router, "ip", "addr", "add", gateway, "dev", name)
		in(t, w.router, "ip", "link", "set", name, "up")
	}
	for i, e := range []struct {
		pid             int
		bridge, address string
		gateway         string
	}{{w.a, "br0", "10.91.0.2/24", "10.91.0.1"}, {w.b, "br0", "10.91.0.3/24", "10.91.0.1"},
		{w.d, "br1", "10.92.0.2/24", "10.92.0.1"}} {
		veth := fmt.Sprintf("v%d", i)
		in(t, w.router, "ip", "link", "add", veth, "type", "veth", "peer", "name", "eth0", "netns", strconv.Itoa(e.pid))
		in(t, w.router, "ip", "link", "set", veth, "master", e.bridge, "up")
		in(t, e.pid, "ip", "addr", "add", e.address, "dev", "eth0")
		in(t, e.pid, "ip", "link", "set", "eth0", "up")
		in(t, e.pid, "ip", "route", "add", "default", "via", e.gateway)
	}
	w.forward(t, false)
	return w
}

// forward has the router forward, or not.
func (w wired) forward(t *testing.T, on bool) {
	t.Helper()
	in(t, w.router, "sh", "-c", fmt.Sprintf("echo %d > /proc/sys/net/ipv4/ip_forward",
		map[bool]int{false: 0, true: 1}[on]))
}

// TestInterfacesAgainstIP: the interfaces are those that ip lists, and each veth leads to its other end.
func TestInterfacesAgainstIP(t *testing.T) {
	w := wire(t)
	var v *View
	var list []Interface
	for _, pid := range []int{w.router, w.a, w.d} {
		proctest.Until(t, "bones and ip agree", func() bool {
			v = open(t)
			var err error
			if list, err = v.Interfaces(t.Context(), find(t, v, spaceOf(t, pid)), 0); err != nil {
				t.Fatal(err)
			}
			var want []ipLink
			// ip puts what is in a name into its JSON as it is.
			out := strings.ReplaceAll(in(t, pid, "ip", "-s", "-j", "addr"), "\x1b", "")
			if err := json.Unmarshal([]byte(out), &want); err != nil {
				t.Fatal(err)
			}
			return slices.EqualFunc(list, want, same)
		})
	}
	list, err := v.Interfaces(t.Context(), find(t, v, spaceOf(t, w.router)), 10*time.Millisecond)
	if err != nil {
		t.Fatal(err)
	}
	ends := map[string]int{"v0": w.a, "v1": w.b, "v2": w.d}
	for i := range list {
		l := &list[i]
		if pid := ends[l.Name.Raw()]; pid != 0 {
			if l.Other == nil || l.OtherSpace == nil || l.Other.Name.Raw() != "eth0" ||
				l.OtherSpace.First == nil || l.OtherSpace.First.PID != pid {
				t.Errorf("%s leads to %s, want eth0 of PID %d", l.Name, l.PeerText(), pid)
			}
			if l.Bridge == nil || !strings.HasPrefix(l.Bridge.Name.Raw(), "br") {
				t.Errorf("%s is a port of %s", l.Name, l.BridgeText())
			}
			delete(ends, l.Name.Raw())
		}
		if o, err := json.Marshal(l.Object()); err != nil || !l.HasRates || strings.ContainsRune(string(o), 0x1b) {
			t.Errorf("%s, %v, rates %v", o, err, l.HasRates)
		}
	}
	if len(ends) > 0 {
		t.Errorf("%v are missing", ends)
	}
	for _, s := range InterfaceSections(Scope{}, list, nil) {
		for _, l := range s.Lines {
			if strings.ContainsRune(l.Label+l.Value, 0x1b) {
				t.Errorf("%q goes to the terminal", l)
			}
		}
	}
}

func same(l Interface, want ipLink) bool {
	bridge := ""
	if l.Bridge != nil {
		bridge = l.Bridge.Name.Raw()
	}
	if l.Index != want.Index || l.MTU != want.MTU || l.State != want.State || l.MAC != want.MAC && !l.Loopback ||
		bridge != want.Master || len(l.Addresses) != len(want.Addresses) || l.Rx.Bytes != want.Stats.Rx.Bytes ||
		l.Tx.Packets != want.Stats.Tx.Packets || l.Name.Raw() != want.Name && l.Name.Raw() != hostile ||
		want.LinkIndex != 0 && l.Peer != want.LinkIndex {
		return false
	}
	for i, a := range l.Addresses {
		if w := want.Addresses[i]; a.String() != fmt.Sprintf("%s/%d", w.Local, w.Length) {
			return false
		}
	}
	return true
}

// connects tries it: whether a connection from one process to an address comes about in a second.
func connects(from int, address string) bool {
	return exec.Command("nsenter", "-t", strconv.Itoa(from), "-n", "timeout", "1", "bash", "-c",
		"exec 3<>/dev/tcp/"+strings.Replace(address, ":", "/", 1)).Run() == nil
}

// TestReach: what bones says of two ends is what a connection meets.
func TestReach(t *testing.T) {
	proctest.NeedPrograms(t, "bash")
	w := wire(t)
	ask := func(a, b int) *Direction {
		v := open(t)
		r, err := v.Reach(t.Context(), find(t, v, strconv.Itoa(a)), find(t, v, strconv.Itoa(b)))
		if err != nil {
			t.Fatal(err)
		}
		if len(r.Namespaces) < 7 || len(r.Ways) != 2 || len(r.Object().ByHand) < 3 || len(r.Sections()) != 5 {
			t.Errorf("%+v", r)
		}
		for _, n := range r.Namespaces {
			if n.Shared != (n.Type.String() != "net" || a == b) {
				t.Errorf("%s: shared is %v", n.Type, n.Shared)
			}
		}
		for _, f := range r.Ways[0].Facts { // what bones prints to be typed by hand works
			if out, err := exec.Command("sh", "-c", f.ByHand).CombinedOutput(); err != nil && f.ByHand != "" && !f.Against {
				t.Errorf("%s: %v %s", f.ByHand, err, out)
			}
		}
		return &r.Ways[0]
	}
	check := func(what string, d *Direction, verdict Verdict, why string, from int, address string, reached bool) {
		t.Helper()
		if d.Verdict != verdict || !strings.Contains(d.Why, why) {
			t.Errorf("%s: %s: %s, want %s: %s\n%+v", what, d.Verdict, d.Why, verdict, why, d.Facts)
		}
		if reached {
			proctest.Until(t, what+": a connection to "+address, func() bool { return connects(from, address) })
		} else if connects(from, address) {
			t.Errorf("%s: %s was reached", what, address)
		}
	}
	d := ask(w.a, w.b)
	check("one bridge", d, Yes, "both are on the bridge br0 of PID", w.a, "10.91.0.3:7002", true)
	if len(d.Ports) != 2 || d.Ports[0].Local.Port()+d.Ports[1].Local.Port() != 7002+7004 && d.Inner < 2 {
		t.Errorf("ports %q, %d inside", ofOurs(d.Ports), d.Inner)
	}
	check("no forwarding", ask(w.a, w.d), No, "does not forward", w.a, "10.92.0.2:7002", false)
	w.forward(t, true)
	check("a router", ask(w.a, w.d), Perhaps, "its firewall decides", w.a, "10.92.0.2:7002", true)
	check("its gateway", ask(w.a, w.router), Yes, "", w.a, "10.91.0.1:7002", true)
	check("the bridge's own", ask(w.router, w.d), Yes, "bridge br1", w.router, "10.92.0.2:7002", true)
	in(t, w.d, "ip", "route", "del", "default")
	check("no way back", ask(w.a, w.d), No, "no route back", w.a, "10.92.0.2:7002", false)
	check("no route", ask(w.d, w.a), No, "no route to 10.91.0.2", w.d, "10.91.0.2:7002", false)
	// The same subnet on two bridges.
	in(t, w.d, "ip", "addr", "add", "10.91.0.9/24", "dev", "eth0")
	in(t, w.d, "ip", "addr", "del", "10.92.0.2/24", "dev", "eth0")
	check("two bridges", ask(w.a, w.d), No, "different links stand between", w.a, "10.91.0.9:7002", false)
	in(t, w.b, "ip", "link", "set", "eth0", "down")
	check("down", ask(w.a, w.b), No, "is down", w.a, "10.91.0.3:7002", false)
	check("itself", ask(w.a, w.a), Yes, "the same network namespace", w.a, "127.0.0.1:7001", true)
}

// TestNamedSpace: a namespace that nothing but a name keeps is seen, and one that there is not is no target.
func TestNamedSpace(t *testing.T) {
	proctest.NeedPrograms(t, "ip")
	proctest.Need(t, proctest.Root, proctest.Namespaces, proctest.Mounts)
	name := "bones-test-" + strconv.Itoa(os.Getpid())
	if out, err := exec.Command("ip", "netns", "add", name).CombinedOutput(); err != nil {
		proctest.Missing(t, "ip netns add: %v %s", err, out)
	}
	t.Cleanup(func() {
		if out, err := exec.Command("ip", "netns", "delete", name).CombinedOutput(); err != nil {
			t.Errorf("ip netns delete: %v %s", err, out)
		}
	})
	v := open(t)
	scope := find(t, v, "netns:"+name)
	list, err := v.Interfaces(t.Context(), scope, 0)
	if err != nil || len(list) != 1 || !list[0].Loopback || scope.Name != "netns:"+name || scope.Only != nil {
		t.Errorf("%+v %+v %v", scope, list, err)
	}
	if !slices.Contains(v.Spaces, scope.Spaces[0]) {
		t.Error("it is not among all that there are")
	}
	if out, err := exec.Command("sh", "-c", scope.Spaces[0].ByHand("ip", "-brief", "link")).Output(); err != nil ||
		!strings.HasPrefix(string(out), "lo ") {
		t.Errorf("by hand: %s: %v %s", scope.Spaces[0].ByHand("ip", "-brief", "link"), err, out)
	}
	for _, word := range []string{"netns:nosuch", "ns:1", "mnt:[4026531841]", "nosuchcontainer"} {
		if s, err := v.FindEnd(t.Context(), word); err == nil {
			t.Errorf("%s is %+v", word, s)
		}
	}
}
