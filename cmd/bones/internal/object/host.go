package object

// HostReport is what bones finds on this host, and what it can use of it.
type HostReport struct {
	HostName     string   `json:"hostname"`
	Kernel       string   `json:"kernel"` // its release
	Arch         string   `json:"arch"`   // of bones, as Go calls it
	CPUs         int      `json:"cpus"`
	MemoryBytes  uint64   `json:"memory_bytes"`
	Machine      *Machine `json:"machine"`     // metal or virtual; null: it cannot be told
	CgroupMode   *string  `json:"cgroup_mode"` // v1, v2 or hybrid; null: no control groups are mounted
	Processes    int      `json:"processes"`
	InPIDNS      bool     `json:"in_pid_namespace"`
	InUserNS     bool     `json:"in_user_namespace"`
	HidePID      *string  `json:"hidepid"` // the mount option of /proc, if it hides anything
	Sources      []Source `json:"sources"`
	UID          int      `json:"uid"`
	Capabilities []Right  `json:"capabilities"`
}

// Source is a way to read the process table.
type Source struct {
	Name string  `json:"name"` // proc or bpf, as --source takes it
	Can  bool    `json:"can"`
	Used bool    `json:"used"` // by a command that reads the whole table now
	Why  *string `json:"why"`  // why it cannot be used or is not; else null
}

// Right is a capability that makes a difference to bones.
type Right struct {
	Name string `json:"name"`
	Has  bool   `json:"has"`
	For  string `json:"for"`
}
