package taskiter

import (
	"bytes"
	"encoding/binary"
	"strconv"

	"github.com/cilium/ebpf/asm"
)

// builder puts a program together. The first error stays, and what is added after it does not matter.
type builder struct {
	types  *types
	code   asm.Instructions
	label  string // of the next instruction
	labels int
	err    error
}

func (b *builder) add(list ...asm.Instruction) {
	if b.label != "" && len(list) > 0 {
		list[0] = list[0].WithSymbol(b.label)
		b.label = ""
	}
	b.code = append(b.code, list...)
}

// mark gives the next instruction a name, to which others can jump.
func (b *builder) mark(label string) {
	if b.label != "" { // one instruction has one name
		b.add(asm.Mov.Reg(asm.R0, asm.R0))
	}
	b.label = label
}

// newLabel returns a name that no instruction has.
func (b *builder) newLabel() string {
	b.labels++
	return "l" + strconv.Itoa(b.labels)
}

var sizes = map[uint32]asm.Size{1: asm.Byte, 2: asm.Half, 4: asm.Word, 8: asm.DWord}

// follow loads into dst what a path from the struct that base points to leads to, hop by hop. It returns how many
// bytes that is. A pointer on the way that is nil leads to 0.
func (b *builder) follow(dst, base asm.Register, hops []hop) uint32 {
	for _, h := range hops {
		size, ok := sizes[h.size]
		if !ok {
			b.fail(errBTF)
			return 8
		}
		b.add(asm.LoadMem(dst, base, int16(h.offset), size))
		base = dst
	}
	return hops[len(hops)-1].size
}

// load is follow for the first of several paths that this kernel has.
func (b *builder) load(dst, base asm.Register, from string, paths ...string) uint32 {
	var err error
	for _, path := range paths {
		var hops []hop
		if hops, err = b.types.path(from, path); err == nil {
			return b.follow(dst, base, hops)
		}
	}
	b.fail(err)
	return 8
}

// offset returns where a member is in a struct.
func (b *builder) offset(from, path string) int32 {
	hops, err := b.types.path(from, path)
	if err == nil && len(hops) != 1 {
		err = errBTF
	}
	if err != nil {
		b.fail(err)
		return 0
	}
	return int32(hops[0].offset)
}

// probe reads from the address in R3 to the stack. It is 0 there if that is no address of the kernel's memory.
func (b *builder) probe(to int16, size int32) {
	b.add(
		asm.Mov.Reg(asm.R1, asm.RFP),
		asm.Add.Imm(asm.R1, int32(to)),
		asm.Mov.Imm(asm.R2, size),
		asm.FnProbeReadKernel.Call(),
	)
}

// store writes a register to the stack.
func (b *builder) store(at int16, src asm.Register, size uint32) {
	b.add(asm.StoreMem(asm.RFP, at, src, sizes[size]))
}

// zero clears a part of the stack whose length is a multiple of eight.
func (b *builder) zero(at int16, size int) {
	b.add(asm.Mov.Imm(asm.R1, 0))
	for ; size > 0; at, size = at+8, size-8 {
		b.store(at, asm.R1, 8)
	}
}

func (b *builder) fail(err error) {
	if b.err == nil {
		b.err = err
	}
}

// finish returns the program as the kernel takes it.
func (b *builder) finish() ([]byte, error) {
	if b.err != nil {
		return nil, b.err
	}
	var out bytes.Buffer
	if err := b.code.Marshal(&out, binary.LittleEndian); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}
