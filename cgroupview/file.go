package cgroupview

import "bones/procwalk/text"

// File is one interface file of a group and what it held when it was read.
type File struct {
	Name      text.Text
	Mode      uint32    // permission bits
	Spec      *Spec     // what is known about it; nil for a file that is in no table of ours
	Value     text.Text // without the last newline; bounded
	Truncated bool      // there was more than the bound
	Err       error     // why Value is not there
}

// Editable reports whether `bones set` may write it: the table says so and the mode does not forbid it. reason says
// why not.
func (f *File) Editable() (ok bool, reason string) { panic("to be written") }

// Kind is the form of a value.
type Kind uint8

const (
	Raw       Kind = iota // unknown
	Int                   // one number
	Bytes                 // one number of bytes
	Micros                // one number of microseconds
	Word                  // one of a few words
	List                  // 0-3,5
	FlatKeys              // KEY VALUE lines
	Nested                // KEY SUB=VALUE ... lines
	PerDev                // MAJ:MIN VALUE lines
	Quota                 // QUOTA PERIOD
	PIDs                  // a number per line
	Pressures             // some/full avg10= ...
	Trigger               // written to set something off
)

// Spec is what is known about an interface file, from the kernel's documentation and by trying.
type Spec struct {
	Name       string
	Version    int // 1, 2; 0 for both
	Controller string
	Kind       Kind
	Unit       string // "bytes", "µs", "%", "processes", ... ; empty for none
	Readable   bool
	Writable   bool   // by the kernel
	Settable   bool   // by `bones set`: not PID lists, not devices.*, not what cannot be undone or is deprecated
	Why        string // why not, where Writable and not Settable
	Unlimited  string // how "no limit" is written: "max", "-1"; empty if there is none
	Does       string // one sentence on what it does
}

// SpecOf returns what is known about a file; nil if nothing.
func SpecOf(version int, name string) *Spec { panic("to be written") }

// Files returns the interface files of a group with their values, by name.
func (h *Host) Files(g *Group) ([]File, error) { panic("to be written") }

// File reads one of them.
func (h *Host) File(g *Group, name string) (File, error) { panic("to be written") }
