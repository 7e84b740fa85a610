package object

import (
	"bones/procwalk/text"
)

// Storage is what `bones storage --json` prints. Sizes are in bytes.
type Storage struct {
	PID    int               `json:"pid"`
	Mounts []StorageMount    `json:"mounts"`
	Layer  *StorageLayer     `json:"writable_layer"` // null: there is none, or it is not known, see errors
	ByHand []string          `json:"by_hand"`
	Errors map[string]string `json:"errors"`
}

// StorageMount is one mount. The sizes are those of its file system, null where it has none or did not answer.
type StorageMount struct {
	Device     string    `json:"device"` // MAJOR:MINOR
	Root       text.Text `json:"root"`   // the directory of the file system that is mounted
	Point      text.Text `json:"mount_point"`
	FSType     text.Text `json:"fstype"`
	Source     text.Text `json:"source"`
	Kind       string    `json:"kind"` // root, volume, memory, kernel
	Options    text.Text `json:"options"`
	Size       *uint64   `json:"size_bytes"`
	Used       *uint64   `json:"used_bytes"`
	Available  *uint64   `json:"available_bytes"` // for whoever is not root
	Inodes     *uint64   `json:"inodes"`
	FreeInodes *uint64   `json:"inodes_free"`
	Error      *string   `json:"error"`
}

// StorageLayer is the writable layer of a container.
type StorageLayer struct {
	Dir     text.Text `json:"dir"`        // on the host
	Bytes   *uint64   `json:"size_bytes"` // null: not measured
	Entries *uint64   `json:"entries"`
}
