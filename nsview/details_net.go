package nsview

import (
	"bytes"
	"context"
	"encoding/binary"
	"net"
	"net/netip"
	"strings"
	"syscall"

	"bones/procwalk"
	"bones/procwalk/ifinet6"
	"bones/procwalk/netdev"
	"bones/procwalk/text"

	"golang.org/x/sys/unix"
)

// NetDetails are the interfaces of a network namespace.
type NetDetails struct {
	Interfaces []Interface
	// addresses of which only the namespace is known, not the interface: see Reader.netFiles
	Loose   []string
	Missing string // which file with addresses could not be read, and why
}

// Interface is one network interface. Its name was chosen by whoever made it.
type Interface struct {
	Name  text.Text
	Index int    // 0 if unknown
	MTU   int    // bytes; 0 if unknown
	Flags string // up|broadcast|...; empty if unknown
	MAC   string
	Addrs []string // as ADDRESS/PREFIX
}

// net lists the interfaces, by asking from a thread that has joined the namespace, or where that is not permitted,
// by reading the files of a process that is in it.
func (r *Reader) net(ctx context.Context, v *View, n *Namespace) (*NetDetails, error) {
	d, err := inside(ctx, r, v, n, interfaces)
	if err == nil {
		return d, nil
	}
	if files, fileErr := fromMember(r, v, n, netFiles); fileErr == nil {
		return files, nil
	}
	return nil, err
}

// interfaces asks over a netlink socket, which belongs to the network namespace of the thread that opens it.
func interfaces() (*NetDetails, error) {
	list, err := net.Interfaces()
	if err != nil {
		return nil, err
	}
	addrs, err := addresses()
	if err != nil {
		return nil, err
	}
	d := &NetDetails{}
	for _, i := range list {
		out := Interface{
			Name: text.New(i.Name), Index: i.Index, MTU: i.MTU, Flags: i.Flags.String(), MAC: i.HardwareAddr.String(),
		}
		out.Addrs = addrs[i.Index]
		d.Interfaces = append(d.Interfaces, out)
	}
	return d, nil
}

// addresses returns the addresses by the index of their interface. All come in one answer; package net would ask
// anew for each interface, of which a host may have thousands.
//
// Source: rtnetlink(7), RTM_GETADDR.
func addresses() (map[int][]string, error) {
	answer, err := syscall.NetlinkRIB(syscall.RTM_GETADDR, syscall.AF_UNSPEC)
	if err != nil {
		return nil, err
	}
	messages, err := syscall.ParseNetlinkMessage(answer)
	if err != nil {
		return nil, err
	}
	all := map[int][]string{}
	for i := range messages {
		m := &messages[i]
		if m.Header.Type != syscall.RTM_NEWADDR || len(m.Data) < syscall.SizeofIfAddrmsg {
			continue
		}
		if index, at, ok := AddressOf(m.Data); ok {
			all[index] = append(all[index], at.String())
		}
	}
	return all, nil
}

// AddressOf reads the payload of an RTM_NEWADDR message: an address, with the length of its subnet's prefix, and the
// index of the interface that has it.
//
// Source: rtnetlink(7).
func AddressOf(message []byte) (index int, at netip.Prefix, ok bool) {
	if len(message) < syscall.SizeofIfAddrmsg {
		return 0, at, false
	}
	attrs, err := syscall.ParseNetlinkRouteAttr(&syscall.NetlinkMessage{
		Header: syscall.NlMsghdr{Type: syscall.RTM_NEWADDR}, Data: message})
	if err != nil {
		return 0, at, false
	}
	// struct ifaddrmsg: family, prefix length, flags, scope, index. IFA_LOCAL is our own address on a link
	// from point to point, where IFA_ADDRESS is the other end's.
	var addr netip.Addr
	for _, a := range attrs {
		if ip, ok := netip.AddrFromSlice(a.Value); ok &&
			(a.Attr.Type == syscall.IFA_LOCAL || a.Attr.Type == syscall.IFA_ADDRESS && !addr.IsValid()) {
			addr = ip
		}
	}
	return int(binary.NativeEndian.Uint32(message[4:])), netip.PrefixFrom(addr, int(message[1])), addr.IsValid()
}

// netFiles reads net/dev, net/if_inet6 and net/fib_trie of a process, for which no privilege is needed. The last one
// has the local IPv4 addresses, but not their interfaces.
//
// Source: proc_pid_net(5).
func netFiles(dir int, _ *procwalk.Process) (*NetDetails, error) {
	dev, err := readFileAt(dir, "net/dev", 4<<20)
	if err != nil {
		return nil, err
	}
	d, err := netDevices(dev)
	if err != nil {
		return nil, err
	}
	var missing []string
	for _, f := range []struct {
		name string
		use  func([]byte)
	}{
		{"net/if_inet6", func(b []byte) { addInet6(d, b) }},
		{"net/fib_trie", func(b []byte) { d.Loose = localAddresses(b) }},
	} {
		switch b, err := readFileAt(dir, f.name, 16<<20); {
		case err == nil:
			f.use(b)
		case !errorIs(err, unix.ENOENT): // a kernel without IPv6 has no such file
			missing = append(missing, f.name+": "+err.Error())
		}
	}
	d.Missing = strings.Join(missing, ", ")
	return d, nil
}

// netDevices takes the names of the interfaces from net/dev.
func netDevices(b []byte) (*NetDetails, error) {
	devices, err := netdev.Parse(string(b))
	if err != nil {
		return nil, err
	}
	d := &NetDetails{}
	for _, dev := range devices {
		d.Interfaces = append(d.Interfaces, Interface{Name: dev.Name})
	}
	return d, nil
}

// addInet6 adds the addresses of net/if_inet6.
func addInet6(d *NetDetails, b []byte) {
	for line := range bytes.Lines(b) {
		a, ok := ifinet6.ParseLine(string(line))
		if !ok {
			continue
		}
		for i := range d.Interfaces {
			if d.Interfaces[i].Name == a.Device {
				d.Interfaces[i].Addrs = append(d.Interfaces[i].Addrs, a.Prefix.String())
			}
		}
	}
}

// localAddresses takes from net/fib_trie the leaves that are addresses of this host: "|-- ADDRESS" followed by
// "/32 host LOCAL". The table is printed twice, as main and as local.
func localAddresses(b []byte) []string {
	var all []string
	seen := map[string]bool{}
	leaf := ""
	for line := range bytes.Lines(b) {
		words := strings.Fields(string(line))
		switch {
		case len(words) == 2 && words[0] == "|--":
			leaf = words[1]
		case len(words) == 3 && words[0] == "/32" && words[1] == "host" && words[2] == "LOCAL":
			if addr, err := netip.ParseAddr(leaf); err == nil && !seen[leaf] {
				seen[leaf] = true
				all = append(all, addr.String())
			}
		}
	}
	return all
}
