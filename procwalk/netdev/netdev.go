// Package netdev reads net/dev, what the kernel counts of each network device of a namespace.
package netdev

import (
	"errors"
	"slices"
	"strconv"
	"strings"

	"bones/procwalk/text"
)

// Device is one network device. All counts begin when the device was made; errors and drops are what its driver and
// the kernel's stack report of each direction.
type Device struct {
	Name                 text.Text
	RxBytes, RxPackets   uint64
	TxBytes, TxPackets   uint64
	RxErrors, TxErrors   uint64
	RxDropped, TxDropped uint64
}

var errForm = errors.New("net/dev has a line in an unknown form")

// Parse reads the file and returns the devices in the order of their names. At a line in an unknown form it stops, and
// returns an error beside the devices before it.
//
// Source: proc_pid_net(5); net/core/net-procfs.c, dev_seq_printf_stats. Whoever has a network namespace chooses the
// names of its devices, which held colons until Linux 4.20 (dev_valid_name): the last colon of a line ends the name.
func Parse(s string) ([]Device, error) {
	var devices []Device
	for line := range strings.Lines(s) {
		colon := strings.LastIndexByte(line, ':')
		if colon < 0 {
			continue // the head
		}
		words := strings.Fields(line[colon+1:])
		if len(words) < 16 {
			return devices, errForm
		}
		var v [16]uint64
		for i := range v {
			var err error
			if v[i], err = strconv.ParseUint(words[i], 10, 64); err != nil {
				return devices, errForm
			}
		}
		devices = append(devices, Device{Name: text.New(strings.TrimLeft(line[:colon], " ")),
			RxBytes: v[0], RxPackets: v[1], RxErrors: v[2], RxDropped: v[3],
			TxBytes: v[8], TxPackets: v[9], TxErrors: v[10], TxDropped: v[11]})
	}
	slices.SortStableFunc(devices, func(a, b Device) int { return strings.Compare(a.Name.Raw(), b.Name.Raw()) })
	return devices, nil
}
