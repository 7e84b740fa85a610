package taskiter

import (
	"bytes"
	"fmt"
	"runtime"
	"unsafe"

	"golang.org/x/sys/unix"
)

// The two calls of bpf(2) that this takes are made here. cilium/ebpf's own loader reads the kernel's types once more
// and tries what the kernel can do, which took 5 ms of processor time in version 0.16 and 21 ms in 0.22.

// programAttr is the argument of BPF_PROG_LOAD.
//
// Source: include/uapi/linux/bpf.h, union bpf_attr.
type programAttr struct {
	progType, insns      uint32
	code, license        uint64
	logLevel, logSize    uint32
	log                  uint64
	version, flags       uint32
	name                 [16]byte
	ifindex, expected    uint32
	btfFD, funcSize      uint32
	funcInfo             uint64
	funcCount, lineSize  uint32
	lineInfo             uint64
	lineCount, attachBTF uint32
}

// linkAttr is the argument of BPF_LINK_CREATE, and that of BPF_ITER_CREATE as far as it goes.
type linkAttr struct{ program, target, attach, flags uint32 }

const logMax = 1 << 20 // bytes of what the kernel's verifier says against a program

// load gives the program to the kernel. The descriptor is of the link, of which a table can be read as often as one
// likes: see open.
func load(p *program) (link int, err error) {
	license := []byte("GPL\x00") // the helper that reads the kernel's memory is for programs under the GPL
	attr := programAttr{progType: unix.BPF_PROG_TYPE_TRACING, insns: uint32(len(p.code) / 8),
		code: address(p.code), license: address(license), expected: unix.BPF_TRACE_ITER, attachBTF: p.attach}
	copy(attr.name[:], "bones_tasks")
	prog, err := bpf(unix.BPF_PROG_LOAD, unsafe.Pointer(&attr), unsafe.Sizeof(attr))
	if err == unix.EACCES || err == unix.EINVAL {
		// The verifier does not like it. What it says costs time, and is asked for only now.
		log := make([]byte, logMax)
		attr.logLevel, attr.logSize, attr.log = 1, logMax, address(log)
		if prog, err = bpf(unix.BPF_PROG_LOAD, unsafe.Pointer(&attr), unsafe.Sizeof(attr)); err != nil {
			said, _, _ := bytes.Cut(log, []byte{0})
			err = fmt.Errorf("%w%s", err, lastLine(said))
		}
		runtime.KeepAlive(log)
	}
	runtime.KeepAlive(p.code)
	runtime.KeepAlive(license)
	if err != nil {
		return -1, err
	}
	defer unix.Close(prog) // the link holds it
	l := struct {
		linkAttr
		iterInfo uint64
		infoSize uint32
		_        uint32
	}{linkAttr: linkAttr{program: uint32(prog), attach: unix.BPF_TRACE_ITER}}
	return bpf(unix.BPF_LINK_CREATE, unsafe.Pointer(&l), unsafe.Sizeof(l))
}

// open returns a descriptor of which one table can be read.
func open(link int) (int, error) {
	attr := struct{ link, flags uint32 }{uint32(link), 0}
	return bpf(unix.BPF_ITER_CREATE, unsafe.Pointer(&attr), unsafe.Sizeof(attr))
}

// newMap makes a map of one element, which a program reaches by its address.
//
// Source: kernel/bpf/arraymap.c, array_map_direct_value_addr. Since Linux 5.2.
func newMap(name string, size int) (int, error) {
	attr := struct {
		mapType, keySize, valueSize, maxEntries, flags, innerFD, node uint32
		name                                                          [16]byte
	}{mapType: unix.BPF_MAP_TYPE_ARRAY, keySize: 4, valueSize: uint32(size), maxEntries: 1}
	copy(attr.name[:], name)
	return bpf(unix.BPF_MAP_CREATE, unsafe.Pointer(&attr), unsafe.Sizeof(attr))
}

// setMap sets the element of such a map.
func setMap(fd int, value unsafe.Pointer) error {
	key := new(uint32)
	attr := struct {
		fd, _             uint32
		key, value, flags uint64
	}{fd: uint32(fd), key: uint64(uintptr(unsafe.Pointer(key))), value: uint64(uintptr(value))}
	_, err := bpf(unix.BPF_MAP_UPDATE_ELEM, unsafe.Pointer(&attr), unsafe.Sizeof(attr))
	runtime.KeepAlive(key)
	return err
}

func bpf(command int, attr unsafe.Pointer, size uintptr) (int, error) {
	for {
		fd, _, errno := unix.Syscall(unix.SYS_BPF, uintptr(command), uintptr(attr), size)
		switch errno {
		case 0:
			return int(fd), nil
		case unix.EINTR, unix.EAGAIN:
		default:
			return -1, errno
		}
	}
}

func address(b []byte) uint64 { return uint64(uintptr(unsafe.Pointer(unsafe.SliceData(b)))) }

// lastLine returns the reason at the end of what the verifier says, which is statistics after it.
func lastLine(said []byte) string {
	lines := bytes.Split(bytes.TrimSpace(said), []byte{'\n'})
	for i := len(lines) - 1; i >= 0; i-- {
		if line := bytes.TrimSpace(lines[i]); len(line) > 0 && !bytes.HasPrefix(line, []byte("processed ")) {
			return ": " + string(line)
		}
	}
	return ""
}
