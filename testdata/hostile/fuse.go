package main

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"os"
	"syscall"

	"bones/procwalk/rootfs/rootfstest"

	"golang.org/x/sys/unix"
)

// fuseServer serves one file, which is the root of its file system. Reading it is never answered.
//
// Source: linux/fuse.h.
type fuseServer struct {
	fd      int
	reading chan struct{} // closed when a read has come
	opens   int
}

// mountFUSE mounts the file system over the file path. Closing the descriptor, by the end of the process at the
// latest, aborts everything that waits for it.
func mountFUSE(path string) (*fuseServer, error) {
	fd, err := unix.Open("/dev/fuse", unix.O_RDWR|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, fmt.Errorf("/dev/fuse: %w", err)
	}
	// Out of the way of descriptors 0 to 2, which children get whatever they are: a victim that held this one too would
	// keep its own wait from ending, and nothing but aborting the connection would end it.
	high, err := unix.FcntlInt(uintptr(fd), unix.F_DUPFD_CLOEXEC, 100)
	unix.Close(fd)
	if err != nil {
		return nil, fmt.Errorf("/dev/fuse: %w", err)
	}
	fd = high
	options := fmt.Sprintf("fd=%d,rootmode=100000,user_id=%d,group_id=%d", fd, os.Getuid(), os.Getgid())
	if err := unix.Mount("hostile", path, "fuse", unix.MS_NOSUID|unix.MS_NODEV, options); err != nil {
		unix.Close(fd)
		return nil, fmt.Errorf("mounting FUSE: %w", err)
	}
	return &fuseServer{fd: fd, reading: make(chan struct{})}, nil
}

type fuseIn struct {
	Len, Opcode    uint32
	Unique, NodeID uint64
	UID, GID, PID  uint32
	_              uint32
}

// Opcodes of enum fuse_opcode.
const (
	fuseForget      = 2
	fuseGetattr     = 3
	fuseOpen        = 14
	fuseRead        = 15
	fuseRelease     = 18
	fuseInit        = 26
	fuseInterrupt   = 36
	fuseBatchForget = 42
)

// serve answers until the file system is gone.
func (s *fuseServer) serve() {
	buf := make([]byte, 256<<10)
	for {
		n, err := unix.Read(s.fd, buf)
		if err == unix.EINTR || err == unix.EAGAIN || err == unix.ENOENT {
			continue
		}
		if err != nil {
			return
		}
		var in fuseIn
		if binary.Read(bytes.NewReader(buf[:n]), binary.NativeEndian, &in) != nil {
			return
		}
		switch in.Opcode {
		case fuseForget, fuseBatchForget, fuseInterrupt:
		case fuseRead:
			select {
			case <-s.reading:
			default:
				close(s.reading)
			}
		case fuseInit:
			// struct fuse_init_out: version 7.31, no readahead, no flags.
			s.reply(in.Unique, 0, []uint32{7, 31, 0, 0, 16 | 12<<16, 4096, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0})
		case fuseGetattr:
			// struct fuse_attr_out: valid for a long time; inode 1, 4096 bytes, a regular file.
			s.reply(in.Unique, 0, struct {
				Valid                     uint64
				ValidNS, _                uint32
				Ino, Size, Blocks         uint64
				Times                     [3]uint64
				TimesNS                   [3]uint32
				Mode, Nlink               uint32
				UID, GID, Rdev, BSize, Fl uint32
			}{Valid: 3600, Ino: 1, Size: 4096, Blocks: 8, Mode: unix.S_IFREG | 0o644, Nlink: 1, BSize: 4096})
		case fuseOpen:
			s.opens++
			flags := uint32(2) // FOPEN_KEEP_CACHE: or the second open would wait for the page
			if s.opens > 1 {
				flags |= 1 // FOPEN_DIRECT_IO
			}
			s.reply(in.Unique, 0, []uint32{uint32(s.opens), 0, flags, 0})
		case fuseRelease:
			s.reply(in.Unique, 0, nil)
		default:
			s.reply(in.Unique, unix.ENOSYS, nil)
		}
	}
}

func (s *fuseServer) reply(unique uint64, errno syscall.Errno, body any) {
	rootfstest.Reply(s.fd, unique, errno, body)
}
