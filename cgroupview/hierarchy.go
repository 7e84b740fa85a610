package cgroupview

// Hierarchy is one mounted cgroup hierarchy.
type Hierarchy struct {
	Version     int      // 1 or 2
	Controllers []string // v1: as mounted together; v2: what its root offers
	Name        string   // of a named v1 hierarchy: systemd for name=systemd
	Mount       string   // where it is mounted
	Root        string   // the group that is seen there, "/" as a rule
	ReadOnly    bool     // mounted read-only
	Dev         uint64   // st_dev of the mount point
}

// String names it as /proc/PID/cgroup does: "memory", "cpu,cpuacct", "name=systemd"; "v2" for version 2.
func (h *Hierarchy) String() string { panic("to be written") }

// Has reports whether a controller is in it.
func (h *Hierarchy) Has(controller string) bool { panic("to be written") }
