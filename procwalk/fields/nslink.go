package fields

import "bytes"

// NSLink reads the number of a namespace from what a link below /proc/PID/ns says, such as "mnt:[4026531841]".
//
// Source: namespaces(7).
func NSLink(link []byte) (uint64, bool) {
	open := bytes.IndexByte(link, '[')
	if open < 0 || link[len(link)-1] != ']' {
		return 0, false
	}
	return ParseUint(link[open+1 : len(link)-1])
}
