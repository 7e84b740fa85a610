package export

import (
	"bones/cgroupview/spec"
	"bones/procwalk/netdev"
)

// ofContainersBesideLimits are the metrics of a container that are not limits: network, pressure and findings.
func ofContainersBesideLimits() []metric[*member] {
	list := []metric[*member]{
		{Name: "bones_container_pressure_waiting_seconds_total", Kind: counter, Unit: "seconds",
			Labels: []string{"resource"},
			Help:   "How long at least one process waited for a resource (PSI, some); cgroup v2 only.",
			read:   func(c *member, emit emitter) { pressure(c.counted().Pressure, false, emit) }},
		{Name: "bones_container_pressure_stalled_seconds_total", Kind: counter, Unit: "seconds",
			Labels: []string{"resource"},
			Help:   "How long all processes waited for a resource at once (PSI, full); cgroup v2 only.",
			read:   func(c *member, emit emitter) { pressure(c.counted().Pressure, true, emit) }},
		{Name: "bones_container_finding", Labels: []string{"finding"},
			Help: "1 where bones health finds something wrong with the container, 0 where it looked and found nothing.",
			read: func(c *member, emit emitter) {
				for _, f := range c.findings {
					emit(bit(f.found), f.name)
				}
			}},
	}
	for _, n := range []struct {
		name, help, unit string
		of               func(*netdev.Device) uint64
	}{
		{"receive_bytes", "Received by the devices of its network namespace but lo; once for each, see above.", "bytes",
			func(d *netdev.Device) uint64 { return d.RxBytes }},
		{"transmit_bytes", "Sent by the devices of its network namespace but lo; once for each, see above.", "bytes",
			func(d *netdev.Device) uint64 { return d.TxBytes }},
		{"receive_packets", "Packets received.", "", func(d *netdev.Device) uint64 { return d.RxPackets }},
		{"transmit_packets", "Packets sent.", "", func(d *netdev.Device) uint64 { return d.TxPackets }},
		{"receive_errors", "Packets received with an error.", "", func(d *netdev.Device) uint64 { return d.RxErrors }},
		{"transmit_errors", "Packets that could not be sent.", "", func(d *netdev.Device) uint64 { return d.TxErrors }},
		{"receive_dropped", "Packets received and dropped.", "", func(d *netdev.Device) uint64 { return d.RxDropped }},
		{"transmit_dropped", "Packets dropped before they were sent.", "",
			func(d *netdev.Device) uint64 { return d.TxDropped }},
	} {
		list = append(list, metric[*member]{Name: networkPrefix + n.name + "_total", Kind: counter, Unit: n.unit,
			Help: n.help, read: func(c *member, emit emitter) {
				if c.net == nil {
					return
				}
				sum := uint64(0)
				for i := range c.net.Devices {
					if d := &c.net.Devices[i]; d.Name.Raw() != "lo" {
						sum += n.of(d)
					}
				}
				emit(float64(sum))
			}})
	}
	return list
}

const networkPrefix = "bones_container_network_"

// pressure emits the times of one kind, by resource.
func pressure(list []spec.Pressure, full bool, emit emitter) {
	for i := range list {
		if list[i].Full == full {
			emit(float64(list[i].TotalMicros)*micro, list[i].Resource)
		}
	}
}

// finding is one thing that may be wrong.
type finding struct {
	name  string
	found bool
}
