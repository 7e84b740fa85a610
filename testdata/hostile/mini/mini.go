// Package mini makes ELF programs of a few hundred bytes that do one thing and sleep: a process of one costs some
// 30 KiB of kernel memory and nothing else, so that tests and benchmarks can have tens of thousands of them.
//
// The machine code is the function mini in mini_amd64.s, copied out of the running program's own text; its parameters
// stand behind it in the file. There is no libc, no heap and no stack use.
package mini

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"runtime"
	"syscall"
	"time"
)

// Mode is what a program does. Unless said otherwise it writes one byte to descriptor 3 when everything stands, closes
// it, and sleeps for ever.
type Mode uint64

const (
	Sleep      Mode = iota // nothing more
	Chain                  // forks, the child forks, and so on: Count descendants, each the child of the one before
	Fan                    // forks Count children
	Storm                  // forks for ever, with Every between two; each child lives for Life
	Run                    // runs argv[1] with the rest of the arguments; see Usage
	VFork                  // vforks; the child sleeps, and the parent waits for it in the kernel for ever
	Zombies                // forks Count children that end and are never waited for
	DeadLeader             // starts a thread that sleeps, and ends the first one
)

// Program is a program to be made.
type Program struct {
	Mode  Mode
	Count uint64
	// Flags are the CLONE_* flags of Chain and Fan. With CLONE_NEWPID a Chain ends early where the kernel allows no
	// deeper nesting; otherwise a failing fork is a failure.
	Flags       uint64
	Name        *string       // what to call itself (PR_SET_NAME), 15 bytes; nil: by its file
	Every, Life time.Duration // of Storm
}

const (
	base         = 0x400000 // where the file is mapped
	codeAt       = 0x78     // behind the ELF header and one program header
	parametersAt = 0x800
)

type parameters struct {
	Mode, Count, Flags, Named uint64
	Name                      [16]byte
	Every, Life               [2]int64 // struct timespec
}

// ErrArch says that the machine code is not written for this processor.
var ErrArch = errors.New("mini programs are only written for amd64")

// ELF returns the file.
func (p Program) ELF() ([]byte, error) {
	if runtime.GOARCH != "amd64" {
		return nil, ErrArch
	}
	text := code()
	if codeAt+len(text) > parametersAt {
		return nil, fmt.Errorf("the code has %d bytes, more than there is room for", len(text))
	}
	q := parameters{Mode: uint64(p.Mode), Count: p.Count, Flags: p.Flags | uint64(syscall.SIGCHLD),
		Every: [2]int64{0, int64(p.Every)}, Life: [2]int64{0, int64(p.Life)}}
	if p.Name != nil {
		q.Named = 1
		copy(q.Name[:15], *p.Name)
	}
	var b bytes.Buffer
	le := func(v any) { _ = binary.Write(&b, binary.LittleEndian, v) } // a Buffer takes everything
	// Elf64_Ehdr, elf(5): 64-bit, little-endian, ET_EXEC, EM_X86_64.
	b.WriteString("\x7fELF\x02\x01\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00")
	le([]uint16{2, 62})
	le(uint32(1))
	le([]uint64{base + codeAt, 64, 0})
	le(uint32(0))
	le([]uint16{64, 56, 1, 64, 0, 0})
	// Elf64_Phdr: one PT_LOAD, readable and executable.
	size := uint64(parametersAt + binary.Size(q))
	le([]uint32{1, 5})
	le([]uint64{0, base, base, size, size, 0x1000})
	b.Write(text)
	b.Write(make([]byte, parametersAt-b.Len()))
	le(q)
	return b.Bytes(), nil
}

// Write makes the file path, executable by all.
func (p Program) Write(path string) error {
	elf, err := p.ELF()
	if err != nil {
		return err
	}
	if err := os.WriteFile(path, elf, 0o755); err != nil {
		return err
	}
	return os.Chmod(path, 0o755)
}

// Usage is what a Run program writes to its descriptor 3 when what it ran has ended. Unlike the usage that a Go
// program gets for its own children, MaxRSS is not that of the program that forked: a child that is made by vfork
// inherits the mark of its parent's memory.
type Usage struct {
	Exit   int           // as a shell counts: 128 plus the signal
	CPU    time.Duration // User and in the kernel
	User   time.Duration
	MaxRSS int64 // bytes
}

// UsageSize is how many bytes are written.
const UsageSize = 8 + 144

// ParseUsage reads what a Run program wrote: the status of wait4(2) and a struct rusage.
func ParseUsage(b []byte) (Usage, error) {
	if len(b) != UsageSize {
		return Usage{}, fmt.Errorf("the usage has %d bytes, not %d: was the program killed?", len(b), UsageSize)
	}
	at := func(i int) int64 { return int64(binary.LittleEndian.Uint64(b[8*i:])) }
	status := syscall.WaitStatus(binary.LittleEndian.Uint32(b))
	timeval := func(i int) time.Duration {
		return time.Duration(at(i))*time.Second + time.Duration(at(i+1))*time.Microsecond
	}
	u := Usage{Exit: status.ExitStatus(), CPU: timeval(1) + timeval(3), User: timeval(1), MaxRSS: at(5) << 10}
	if status.Signaled() {
		u.Exit = 128 + int(status.Signal())
	}
	return u, nil
}
