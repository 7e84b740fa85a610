// Package netdev reads net/dev, what the kernel counts of each network device of a namespace.
package netdev

import (
	"bufio"
	"errors"
	"io"
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
func Parse(s string) ([]Device, error) {
	var devices []Device
	var err error
	for line := range strings.Lines(s) {
		var d Device
		var ok bool
		if d, ok, err = parseLine(line); err != nil {
			break
		}
		if ok {
			devices = append(devices, d)
		}
	}
	slices.SortStableFunc(devices, func(a, b Device) int { return strings.Compare(a.Name.Raw(), b.Name.Raw()) })
	return devices, err
}

// Each reads a file of any length line by line, and calls do with each device until that returns false.
func Each(r io.Reader, do func(*Device) bool) error {
	lines := bufio.NewScanner(r) // a line that is longer than 64 KiB is an error
	for lines.Scan() {
		d, ok, err := parseLine(lines.Text())
		if err != nil {
			return err
		}
		if ok && !do(&d) {
			return nil
		}
	}
	return lines.Err()
}

// parseLine reads one line; ok is false for the head.
//
// Source: proc_pid_net(5); net/core/net-procfs.c, dev_seq_printf_stats. Whoever has a network namespace chooses the
// names of its devices, which held colons until Linux 4.20 (dev_valid_name): the last colon of a line ends the name.
func parseLine(line string) (d Device, ok bool, err error) {
	colon := strings.LastIndexByte(line, ':')
	if colon < 0 {
		return Device{}, false, nil
	}
	words := strings.Fields(line[colon+1:])
	if len(words) < 16 {
		return Device{}, false, errForm
	}
	var v [16]uint64
	for i := range v {
		if v[i], err = strconv.ParseUint(words[i], 10, 64); err != nil {
			return Device{}, false, errForm
		}
	}
	return Device{Name: text.New(strings.TrimLeft(line[:colon], " ")),
		RxBytes: v[0], RxPackets: v[1], RxErrors: v[2], RxDropped: v[3],
		TxBytes: v[8], TxPackets: v[9], TxErrors: v[10], TxDropped: v[11]}, true, nil
}
