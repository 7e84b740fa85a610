// Package ifinet6 reads net/if_inet6, the IPv6 addresses of a network namespace.
package ifinet6

import (
	"encoding/hex"
	"net/netip"
	"strconv"
	"strings"

	"bones/procwalk/text"
)

// Address is one address of one network device.
type Address struct {
	Prefix netip.Prefix // the address itself, with the length of its subnet's prefix in bits
	Scope  string       // of the address, two hex digits: 00 is global, 10 the host, 20 the link, 40 the site
	Device text.Text
}

// ParseLine reads one line of the file, such as "fe800000000000000000000000000001 02 40 20 80     eth0". It has the
// address in the byte order of the network, the index of the device, the length of the prefix, the scope and the
// flags, all in hex, and the name of the device. False: the line has another form.
//
// Whoever has a network namespace chooses the names of its devices. The kernel refuses blanks of ASCII in them, not
// those of Unicode: all behind the fields is the name.
//
// Source: proc_pid_net(5); net/ipv6/addrconf.c, if6_seq_show; net/core/dev.c, dev_valid_name.
func ParseLine(line string) (Address, bool) {
	var f [5]string
	rest, ok := strings.TrimSuffix(line, "\n"), true
	for i := range f {
		if f[i], rest, ok = strings.Cut(rest, " "); !ok {
			return Address{}, false
		}
	}
	name := strings.TrimLeft(rest, " ")
	raw, err := hex.DecodeString(f[0])
	bits, bitsErr := strconv.ParseUint(f[2], 16, 8)
	if err != nil || bitsErr != nil || len(raw) != 16 || bits > 128 || name == "" {
		return Address{}, false
	}
	prefix := netip.PrefixFrom(netip.AddrFrom16([16]byte(raw)), int(bits))
	return Address{Prefix: prefix, Scope: f[3], Device: text.New(name)}, true
}
