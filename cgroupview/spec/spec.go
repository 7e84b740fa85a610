// Package spec is what is known about the interface files of control groups, from the kernel's documentation and by
// trying: what each holds, whether it may be set, and how a value is written so that the kernel takes it as it was
// meant. It reads no file.
package spec

// ValueKind is the form of a value.
type ValueKind uint8

const (
	Raw       ValueKind = iota // unknown
	Int                        // one number
	Bytes                      // one number of bytes
	Micros                     // one number of microseconds
	Word                       // one of several words
	List                       // 0-3,5
	FlatKeys                   // KEY VALUE lines
	Nested                     // KEY SUB=VALUE ... lines
	PerDev                     // MAJ:MIN VALUE lines
	Quota                      // QUOTA PERIOD
	PIDs                       // a number per line
	Pressures                  // some/full avg10= ...
	Trigger                    // writing to it triggers an action
)

// Spec is what is known about an interface file, from the kernel's documentation and by trying.
type Spec struct {
	Name       string
	Version    int // 1, 2; 0 for both
	Controller string
	Kind       ValueKind
	Unit       string // "bytes", "µs", "%", "processes", ... ; empty for none
	Readable   bool
	Writable   bool   // by the kernel
	Settable   bool   // by `bones set`: not PID lists, not devices.*, not what cannot be undone or is deprecated
	Why        string // why not, where Writable and not Settable
	Unlimited  string // how "no limit" is written: "max", "-1"; empty if there is none
	Does       string // one sentence on what it does
}
