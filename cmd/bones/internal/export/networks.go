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
			is, err := e.folders.readNet(e.config.ProcRoot, c.Process.ID())
			if err == nil {
				holder.net = &is
				break
			}
			if is.More { // sums over some of the devices would be too low
				e.leftOut["network"]++
				break
			}
		}
	}
	e.folders.sweep()
}

// folders holds the folders in /proc of the processes whose network devices are read again at each scrape. Through a
// folder that is held no other process is seen, so that it need not be asked whether it is still the same. An open
// net/dev would keep the whole network namespace of a container that has ended; a folder keeps nothing.
type folders struct {
	room  int // how many are held at most
	held  map[procwalk.ID]*procwalk.Folder
	asked map[procwalk.ID]bool // in this collection
}

// folderDescriptors is how many folders of processes stay open between two collections.
func folderDescriptors() int { return descriptors() / 8 }

// readNet is detail.ReadNet.
func (f *folders) readNet(root string, id procwalk.ID) (detail.Net, error) {
	folder := f.held[id]
	if folder == nil {
		var err error
		if folder, err = procwalk.OpenFolder(root, id); err != nil {
			return detail.Net{}, err
		}
		if len(f.held) >= f.room {
			defer folder.Close()
			return detail.ReadNetIn(folder)
		}
		f.held[id] = folder
	}
	f.asked[id] = true
	return detail.ReadNetIn(folder)
}

// sweep lets go of the folders that were not asked for since the last time.
func (f *folders) sweep() {
	for id, folder := range f.held {
		if !f.asked[id] {
			folder.Close()
			delete(f.held, id)
		}
	}
	clear(f.asked)
}
