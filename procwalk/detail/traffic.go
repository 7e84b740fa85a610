package detail

import (
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"bones/procwalk/netdev"
	"bones/procwalk/text"

	"github.com/prometheus/procfs"
	"github.com/prometheus/procfs/blockdevice"
)

// Core is the time of one processor since boot, in hundredths of a second: of that it was busy, and in all.
type Core struct{ Number, Busy, All uint64 }

// Traffic is what one device of the machine has carried since it is there, in bytes: received and sent by a network
// device, read and written by a disk.
type Traffic struct {
	Name    text.Text
	In, Out uint64
}

// cores are the processors' times, by number. Guest time is part of user time already.
//
// Source: proc_stat(5).
func cores(all map[int64]procfs.CPUStat) []Core {
	var list []Core
	hundredths := func(seconds float64) uint64 { return uint64(math.Round(100 * max(seconds, 0))) }
	for n, c := range all {
		if n < 0 {
			continue
		}
		busy := c.User + c.Nice + c.System + c.IRQ + c.SoftIRQ + c.Steal
		list = append(list, Core{uint64(n), hundredths(busy), hundredths(busy + c.Idle + c.Iowait)})
	}
	slices.SortFunc(list, func(a, b Core) int { return int(a.Number) - int(b.Number) })
	return list
}

// innerDevices are how the names of network devices begin that only pass on what another one of the same machine
// carries, or that lead to its own containers and virtual machines: with them, each byte would count several times.
var innerDevices = []string{"veth", "docker", "br-", "cni", "cali", "flannel", "cilium", "lxc", "lxdbr", "incusbr",
	"podman", "virbr", "vnet", "tap", "tun", "ifb", "dummy", "kube-", "vxlan", "nodelocaldns", "wg", "bond", "team"}

// outside reports whether a network device leads out of the machine.
func outside(name string) bool {
	return name != "lo" && !strings.ContainsAny(name, ".@") && // a VLAN is within the device that it is of
		!slices.ContainsFunc(innerDevices, func(p string) bool { return strings.HasPrefix(name, p) })
}

// trafficMax is of how many devices that lead out of the machine bones tells, and allMax how many there may be in all.
// A host of containers has one for each of those, which is only passed over.
const trafficMax, allMax = 8 << 10, 64 << 10

// network are the devices that lead out of the machine, in the network namespace of PID 1. Where there are more than
// bones reads it tells of none, as rates over some of them would be too low.
func network(root string) Field[[]Traffic] {
	f, err := os.Open(filepath.Join(root, "1/net/dev"))
	if err != nil {
		return Field[[]Traffic]{Err: absent(err)}
	}
	defer f.Close()
	list, all := []Traffic{}, 0
	err = netdev.Each(f, func(d *netdev.Device) bool {
		if outside(d.Name.Raw()) {
			list = append(list, Traffic{d.Name, d.RxBytes, d.TxBytes})
		}
		all++
		return all <= allMax && len(list) <= trafficMax
	})
	switch {
	case err != nil:
		return Field[[]Traffic]{Err: absent(err)}
	case all > allMax || len(list) > trafficMax:
		return Field[[]Traffic]{Err: fmt.Errorf("there are more network devices than the %d, and %d that lead out of the "+
			"machine, of which bones tells", allMax, trafficMax)}
	}
	slices.SortStableFunc(list, func(a, b Traffic) int { return strings.Compare(a.Name.Raw(), b.Name.Raw()) })
	return Field[[]Traffic]{Value: list}
}

// sectorBytes is the unit of diskstats, whatever the disk's own sectors are.
//
// Source: Documentation/admin-guide/iostats.rst.
const sectorBytes = 512

// disks are the whole disks: neither partitions nor what is made of other disks, which would count twice.
//
// Source: proc_diskstats(5).
func disks(root string) Field[[]Traffic] {
	fs, err := blockdevice.NewFS(root, root) // nothing below /sys is asked for
	if err != nil {
		return Field[[]Traffic]{Err: absent(err)}
	}
	all, err := fs.ProcDiskstats()
	if err != nil {
		return Field[[]Traffic]{Err: absent(err)}
	}
	list := []Traffic{}
	whole := ""
	for _, d := range all {
		if made(d.DeviceName) || partition(d.DeviceName, whole) {
			continue
		}
		whole = d.DeviceName
		list = append(list, Traffic{text.New(d.DeviceName), d.ReadSectors * sectorBytes, d.WriteSectors * sectorBytes})
	}
	return Field[[]Traffic]{Value: list}
}

// made reports whether a block device is made of memory, of a file, or of other disks.
func made(name string) bool {
	return slices.ContainsFunc([]string{"loop", "ram", "zram", "dm-", "md", "sr", "fd"}, func(p string) bool {
		return strings.HasPrefix(name, p)
	})
}

// partition reports whether a device is a part of a disk, behind which the kernel lists it: sda1 of sda, nvme0n1p2 of
// nvme0n1.
func partition(name, disk string) bool {
	rest, ok := strings.CutPrefix(name, disk)
	if !ok || disk == "" || rest == "" {
		return false
	}
	if last := disk[len(disk)-1]; last >= '0' && last <= '9' {
		if rest, ok = strings.CutPrefix(rest, "p"); !ok {
			return false
		}
	}
	return rest != "" && strings.Trim(rest, "0123456789") == ""
}
