package filetree

import (
	"encoding/binary"
	"errors"
	"fmt"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// maxAttributes bounds what is copied of extended attributes, in bytes.
const maxAttributes = 64 << 10

const fileCapabilities = "security.capability"

// setTimes sets the time of modification of an open file; the time of access becomes the same.
func setTimes(fd int, at time.Time) error {
	ts, err := unix.TimeToTimespec(at)
	if err != nil {
		return err
	}
	return unix.UtimesNanoAt(unix.AT_FDCWD, selfFD(fd), []unix.Timespec{ts, ts}, 0)
}

// Attributes reads the extended attributes of an open file; nil where the file system knows none.
func Attributes(fd int) (map[string][]byte, error) {
	buf := make([]byte, maxAttributes)
	n, err := unix.Flistxattr(fd, buf)
	if err == unix.EOPNOTSUPP || err == nil && n == 0 {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("its extended attributes cannot be read: %w", err)
	}
	list := map[string][]byte{}
	value := make([]byte, maxAttributes)
	for _, name := range splitNames(buf[:n]) {
		size, err := unix.Fgetxattr(fd, name, value)
		switch {
		case err == unix.ENODATA, err == unix.EOPNOTSUPP:
			continue
		case err != nil:
			return nil, fmt.Errorf("its extended attribute %q cannot be read: %w", name, err)
		}
		list[name] = append([]byte{}, value[:size]...)
	}
	return list, nil
}

// SetAttributes gives an open file extended attributes.
func SetAttributes(fd int, list map[string][]byte) error {
	for name, value := range list {
		if err := unix.Fsetxattr(fd, name, value, 0); err != nil {
			return fmt.Errorf("its extended attribute %q cannot be kept: %w", name, err)
		}
	}
	return nil
}

func splitNames(b []byte) (list []string) {
	for start, i := 0, 0; i < len(b); i++ {
		if b[i] == 0 {
			list = append(list, string(b[start:i]))
			start = i + 1
		}
	}
	return list
}

// Identity gives a number of a user or group of one side the one that means it on the other.
type Identity func(id uint32, group bool) (uint32, bool)

// Entries of an ACL that name somebody. Source: include/uapi/linux/posix_acl_xattr.h.
const (
	aclUser  = 0x02
	aclGroup = 0x08
)

// translateACL is an ACL with the numbers that its users and groups have on the other side; false where one has none.
func translateACL(acl []byte, to Identity) ([]byte, bool) {
	if len(acl) < 4 || (len(acl)-4)%8 != 0 {
		return nil, false
	}
	out := append([]byte{}, acl...)
	for at := 4; at < len(out); at += 8 {
		tag := binary.LittleEndian.Uint16(out[at:])
		if tag != aclUser && tag != aclGroup {
			continue
		}
		id, ok := to(binary.LittleEndian.Uint32(out[at+4:]), tag == aclGroup)
		if !ok {
			return nil, false
		}
		binary.LittleEndian.PutUint32(out[at+4:], id)
	}
	return out, true
}

// Translate gives the ACLs among extended attributes the numbers of the other side; the identity may be nil.
func Translate(list map[string][]byte, to Identity) (map[string][]byte, error) {
	if to == nil {
		return list, nil
	}
	out := map[string][]byte{}
	for name, value := range list {
		if strings.HasPrefix(name, "system.posix_acl_") {
			there, ok := translateACL(value, to)
			if !ok {
				return nil, errors.New("its ACL names somebody who has no number on the other side")
			}
			value = there
		}
		out[name] = value
	}
	return out, nil
}
