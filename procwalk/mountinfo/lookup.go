package mountinfo

import "strings"

// remote are beginnings of the names of file systems whose lookups another host or program answers: a server, a
// process of a container's own (FUSE), the virtual machine's host.
var remote = []string{
	"fuse", "nfs", "cifs", "smb", "9p", "ceph", "afs", "autofs", "gfs", "glusterfs", "ocfs", "lustre", "virtiofs", "coda",
	"ncpfs", "orangefs", "pvfs", "beegfs", "gpfs", "vboxsf", "vmhgfs", "prl_fs",
}

// Remote reports whether a lookup in this kind of file system may wait for somebody who does not answer, for ever. A
// file system of FUSE is one whatever it is called ("fuse.sshfs"); fusectl, the kernel's own, is none.
func Remote(fsType string) bool {
	if fsType == "fusectl" {
		return false
	}
	for _, prefix := range remote {
		if strings.HasPrefix(fsType, prefix) {
			return true
		}
	}
	return false
}

// Local reports whether the path to where m is mounted leads through local file systems only. The type of m itself
// does not count: nothing is looked up in it.
func Local(m Mount, mounts []Mount) bool {
	byID := make(map[int]Mount, len(mounts))
	for _, o := range mounts {
		byID[o.ID] = o
	}
	for range mounts {
		parent, ok := byID[m.Parent]
		if !ok || parent.ID == m.ID {
			return true
		}
		if Remote(parent.FSType.Raw()) {
			return false
		}
		m = parent
	}
	return false // the mounts are on each other in a circle: the list changed while it was read
}

// On returns the mount that a path is on: the one that a lookup ends in. The path is absolute and clean, from the root
// of whoever sees the mounts, and has no links in it. There is none where the root directory is no mount of the list,
// as in a chroot.
func On(mounts []Mount, path string) (on Mount, ok bool) {
	listed := make(map[int]bool, len(mounts))
	for _, m := range mounts {
		listed[m.ID] = true
	}
	// From the topmost mount down: the next one is mounted on the present one, at the first directory of the path that
	// has a mount. A mount that a later one hides is on a way that no lookup takes.
	for range mounts {
		next := -1
		for i, m := range mounts {
			top := !listed[m.Parent] || m.Parent == m.ID
			if top == ok || ok && m.Parent != on.ID || !Below(path, m.Point.Raw()) {
				continue
			}
			if next < 0 || len(m.Point.Raw()) <= len(mounts[next].Point.Raw()) {
				next = i
			}
		}
		if next < 0 {
			break
		}
		on, ok = mounts[next], true
	}
	return on, ok
}

// Below reports whether a path is dir or leads below it. Both are absolute and clean.
func Below(path, dir string) bool {
	dir = strings.TrimSuffix(dir, "/")
	return dir == "" || path == dir || strings.HasPrefix(path, dir+"/")
}
