package export

import (
	"bones/cgroupview/inventory"
	"bones/procwalk"
	"bones/procwalk/detail"
)

// networks reads the devices of each network namespace once, and tells one container of them: what the devices count
// is the traffic of all that are in the namespace, and sums over containers would count it again for each. It is the
// one that holds the namespace of a pod (pause), as cAdvisor has it, and else the one that was started first, which
// the others have joined (docker run --network container:NAME); what root's engines made goes before a user's.
func (e *exporter) networks(p *hostFacts, list []*member) {
	host := inventory.HostNamespaces(p.Snapshot)[procwalk.Net]
	if self := p.Snapshot.Find(p.Snapshot.Host.OwnPID()); host == 0 && self != nil && self.NS != nil {
		host = self.NS.Inode[procwalk.Net] // which is the host's cannot be told; that of bones is not the container's own
	}
	in := map[uint64][]*member{}
	var order []uint64
	for _, c := range list {
		if c.Process.NS == nil || c.Process.NS.Inode[procwalk.Net] == 0 || c.Process.NS.Inode[procwalk.Net] == host {
			continue
		}
		inode := c.Process.NS.Inode[procwalk.Net]
		if in[inode] == nil {
			order = append(order, inode)
		}
		in[inode] = append(in[inode], c)
	}
	for _, inode := range order {
		holder := in[inode][0]
		for _, c := range in[inode] {
			if c.Pause() {
				holder = c
				break
			}
		}
		for _, c := range in[inode] { // whoever still runs shows it
			if is, err := detail.ReadNet(e.config.ProcRoot, c.Process.ID()); err == nil {
				holder.net = &is
				break
			}
		}
	}
}
