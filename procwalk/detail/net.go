package detail

import (
	"fmt"
	"strings"

	"bones/procwalk"
	"bones/procwalk/netdev"
)

// netDevMax is how much of net/dev is read, in bytes: whoever has a network namespace can make any number of devices.
const netDevMax = 1 << 20

// Net are the network devices of the namespace that the process is in, which it may share with others: the kernel
// counts per device, never per process.
//
// Source: proc_pid_net(5). procfs would read a file of any length, so it is read here.
type Net struct {
	Devices []netdev.Device
	More    bool // there are more than were read
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

// ReadNet reads the network devices that one process sees. Where there are more than bones reads it is an error: a sum
// over some of them would be too low.
func ReadNet(root string, id procwalk.ID) (Net, error) {
	folder, err := procwalk.OpenFolder(root, id)
	if err != nil {
		return Net{}, err
	}
	defer folder.Close()
	return ReadNetIn(folder)
}

// ReadNetIn is ReadNet for whoever holds the folder of the process.
func ReadNetIn(folder *procwalk.Folder) (Net, error) {
	n := readNet(folder)
	if n.Err == nil && n.Value.More {
		n.Err = fmt.Errorf("there are more network devices than the first %d bytes of net/dev tell of", netDevMax)
	}
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
	devices, err := netdev.Parse(s)
	return Field[Net]{Value: Net{devices, truncated}, Err: err}
}
