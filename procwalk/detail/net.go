package detail

import (
	"errors"
	"slices"
	"strconv"
	"strings"

	"bones/procwalk"
	"bones/procwalk/text"
)

// netDevMax is how much of net/dev is read, in bytes: whoever has a network namespace can make any number of devices.
const netDevMax = 1 << 20

// Net are the network devices of the namespace that the process is in, which it may share with others: the kernel
// counts per device, never per process.
//
// Source: proc_pid_net(5). procfs would read a file of any length, so it is read here.
type Net struct {
	Devices []NetDev
	More    bool // there are more than were read
}

// NetDev is one device, with bytes and packets since it was made.
type NetDev struct {
	Name                 text.Text
	RxBytes, RxPackets   uint64
	TxBytes, TxPackets   uint64
	RxErrors, TxErrors   uint64
	RxDropped, TxDropped uint64
}

// Total adds up all devices but lo.
func (n Net) Total() (rx, tx uint64) {
	for _, d := range n.Devices {
		if d.Name.Raw() != "lo" {
			rx += d.RxBytes
			tx += d.TxBytes
		}
	}
	return rx, tx
}

// ReadNet reads the network devices that one process sees.
func ReadNet(root string, id procwalk.ID) (Net, error) {
	folder, err := procwalk.OpenFolder(root, id)
	if err != nil {
		return Net{}, err
	}
	defer folder.Close()
	n := readNet(folder)
	return n.Value, n.Err
}

func readNet(folder *procwalk.Folder) Field[Net] {
	b, truncated, err := folder.Read("net/dev", netDevMax)
	if err != nil {
		return Field[Net]{Err: err}
	}
	s := string(b)
	if truncated {
		s = s[:strings.LastIndexByte(s, '\n')+1]
	}
	devices, err := ParseNetDev(s)
	return Field[Net]{Value: Net{devices, truncated}, Err: err}
}

// ParseNetDev reads net/dev, in the order of the names.
func ParseNetDev(s string) ([]NetDev, error) {
	var devices []NetDev
	for line := range strings.Lines(s) {
		colon := strings.LastIndexByte(line, ':') // a name may hold one
		if colon < 0 {
			continue // the head
		}
		words := strings.Fields(line[colon+1:])
		if len(words) < 16 {
			return devices, errors.New("net/dev has a line in an unknown form")
		}
		var v [16]uint64
		for i := range v {
			var err error
			if v[i], err = strconv.ParseUint(words[i], 10, 64); err != nil {
				return devices, errors.New("net/dev has a line in an unknown form")
			}
		}
		devices = append(devices, NetDev{Name: text.New(strings.TrimLeft(line[:colon], " ")),
			RxBytes: v[0], RxPackets: v[1], RxErrors: v[2], RxDropped: v[3],
			TxBytes: v[8], TxPackets: v[9], TxErrors: v[10], TxDropped: v[11]})
	}
	slices.SortStableFunc(devices, func(a, b NetDev) int { return strings.Compare(a.Name.Raw(), b.Name.Raw()) })
	return devices, nil
}
