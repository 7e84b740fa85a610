// Package rootfstest has what tests need that are about the files of a hostile process.
package rootfstest

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"syscall"

	"golang.org/x/sys/unix"
)

// Deaf is a FUSE file system with one file that stops answering at one sort of request.
//
// Source: linux/fuse.h.
type Deaf struct {
	fd     int
	hangAt uint32 // the opcode that is never answered
}

// Opcodes of enum fuse_opcode, for MountDeaf.
const (
	Lookup  = 1
	forget  = 2
	Getattr = 3
	Open    = 14
	Read    = 15
	Init    = 26
	Opendir = 27
	Readdir = 28
)

// MountDeaf mounts one over the directory path. It answers once Serve runs, but for the opcode hangAt.
func MountDeaf(path string, hangAt uint32) (*Deaf, error) {
	fd, err := unix.Open("/dev/fuse", unix.O_RDWR|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, fmt.Errorf("/dev/fuse: %w", err)
	}
	if err := unix.Mount("deaf", path, "fuse", unix.MS_NOSUID|unix.MS_NODEV,
		fmt.Sprintf("fd=%d,rootmode=40000,user_id=0,group_id=0", fd)); err != nil {
		return nil, fmt.Errorf("mounting FUSE: %w", err)
	}
	return &Deaf{fd, hangAt}, nil
}

type fuseAttr struct {
	Ino, Size, Blocks         uint64
	Times                     [3]uint64
	TimesNS                   [3]uint32
	Mode, Nlink               uint32
	UID, GID, Rdev, BSize, Fl uint32
}

func attrOf(node uint64) fuseAttr {
	a := fuseAttr{Ino: node, Size: 5, Mode: unix.S_IFREG | 0o644, Nlink: 1, BSize: 4096}
	if node == 1 {
		a.Mode = unix.S_IFDIR | 0o755
	}
	return a
}

// Serve answers until the file system is gone.
func (s *Deaf) Serve() {
	buf := make([]byte, 256<<10)
	for {
		n, err := unix.Read(s.fd, buf)
		if err == unix.EINTR || err == unix.EAGAIN || err == unix.ENOENT {
			continue
		}
		if err != nil || n < 40 {
			return
		}
		opcode := binary.NativeEndian.Uint32(buf[4:])
		unique, node := binary.NativeEndian.Uint64(buf[8:]), binary.NativeEndian.Uint64(buf[16:])
		if opcode == s.hangAt || opcode == forget {
			continue
		}
		switch opcode {
		case Init:
			s.reply(unique, 0, []uint32{7, 31, 0, 0, 16 | 12<<16, 4096, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0})
		case Lookup:
			s.reply(unique, 0, struct {
				Node, Generation, Valid, AttrValid uint64
				ValidNS, AttrValidNS               uint32
				Attr                               fuseAttr
			}{Node: 2, Attr: attrOf(2)})
		case Getattr:
			s.reply(unique, 0, struct {
				Valid      uint64
				ValidNS, _ uint32
				Attr       fuseAttr
			}{Attr: attrOf(node)})
		case Open, Opendir:
			s.reply(unique, 0, []uint32{1, 0, 1, 0})
		case Read:
			if binary.NativeEndian.Uint64(buf[48:]) > 0 {
				s.reply(unique, 0, nil)
			} else {
				s.reply(unique, 0, []byte("hello"))
			}
		case Readdir:
			if binary.NativeEndian.Uint64(buf[48:]) > 0 {
				s.reply(unique, 0, nil)
				continue
			}
			// struct fuse_dirent: inode, offset, length of the name, type; padded to eight bytes.
			s.reply(unique, 0, struct {
				Ino, Off      uint64
				NameLen, Type uint32
				Name          [8]byte
			}{2, 1, 4, 8, [8]byte{'f', 'i', 'l', 'e'}})
		case 18, 29, 25: // release, releasedir, flush
			s.reply(unique, 0, nil)
		default:
			s.reply(unique, unix.ENOSYS, nil)
		}
	}
}

func (s *Deaf) reply(unique uint64, errno syscall.Errno, body any) { Reply(s.fd, unique, errno, body) }

// Reply answers one request of FUSE with an error, or 0 and a body of fixed size.
func Reply(fd int, unique uint64, errno syscall.Errno, body any) {
	var b bytes.Buffer
	if body != nil {
		_ = binary.Write(&b, binary.NativeEndian, body) // fixed sizes only
	}
	head := binary.NativeEndian.AppendUint32(nil, uint32(16+b.Len()))
	head = binary.NativeEndian.AppendUint32(head, uint32(-int32(errno)))
	head = binary.NativeEndian.AppendUint64(head, unique)
	unix.Write(fd, append(head, b.Bytes()...))
}
