package fields

import "bytes"

// InodeLink reads TYPE:[INODE], which is what the kernel writes as the target of a link to something without a path: a
// namespace below /proc/PID/ns, such as "mnt:[4026531841]", and a socket or pipe below /proc/PID/fd. kind is a part of
// link. A path of a file may end the same way: who reads links of descriptors compares kind.
//
// Source: namespaces(7); proc_pid_fd(5); fs/d_path.c, dynamic_dname.
func InodeLink(link []byte) (kind []byte, inode uint64, ok bool) {
	kind, rest, ok := bytes.Cut(link, []byte(":["))
	digits, closed := bytes.CutSuffix(rest, []byte{']'})
	inode, number := ParseUint(digits)
	if !ok || !closed || !number || len(kind) == 0 {
		return nil, 0, false
	}
	return kind, inode, true
}
