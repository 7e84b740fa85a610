package taskiter

import (
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// types is the kernel's description of its own types (BTF), as far as it takes to find where a member is.
//
// cilium/ebpf reads the same: version 0.22 took 22 ms of processor time for these types on Linux 6.18, and 0.16 100
// ms, because they make a value of each type; this takes 3 ms. `bones ps` reads 5,000 processes in 60 ms.
//
// Source: Documentation/bpf/btf.rst; include/uapi/linux/btf.h. Since Linux 5.2 with CONFIG_DEBUG_INFO_BTF.
type types struct {
	data, names []byte
	at          []uint32            // where each type is in data; 0 is void
	named       map[string][]uint32 // the types that were asked for, by name
}

// typeKind is what a type is, as BTF numbers it.
type typeKind uint32

const (
	kindInt      typeKind = 1
	kindPtr      typeKind = 2
	kindArray    typeKind = 3
	kindStruct   typeKind = 4
	kindUnion    typeKind = 5
	kindEnum     typeKind = 6
	kindTypedef  typeKind = 8
	kindVolatile typeKind = 9
	kindConst    typeKind = 10
	kindRestrict typeKind = 11
	kindFunc     typeKind = 12
	kindProto    typeKind = 13
	kindVar      typeKind = 14
	kindDatasec  typeKind = 15
	kindDeclTag  typeKind = 17
	kindTypeTag  typeKind = 18
	kindEnum64   typeKind = 19
)

var errBTF = errors.New("the kernel's description of its types (BTF) does not have the form that bones knows")

// parseTypes goes over all types and remembers where they are, and which of them have one of these names, which have
// three letters at least.
func parseTypes(raw []byte, names ...string) (*types, error) {
	le := binary.LittleEndian
	if len(raw) < 24 || le.Uint16(raw) != 0xeb9f {
		return nil, errBTF
	}
	section := func(at int) ([]byte, bool) {
		from := uint64(le.Uint32(raw[4:])) + uint64(le.Uint32(raw[at:]))
		to := from + uint64(le.Uint32(raw[at+4:]))
		if to > uint64(len(raw)) {
			return nil, false
		}
		return raw[from:to], true
	}
	data, ok := section(8)
	strings, ok2 := section(16)
	if !ok || !ok2 || len(strings) == 0 || strings[len(strings)-1] != 0 {
		return nil, errBTF
	}
	t := &types{data: data, names: strings, named: map[string][]uint32{}}
	// What is asked for is told from the other types by four bytes of its name, as they are met: to search the names for
	// it took most of the time that all of this takes. Hardly any type passes the bits, and few of those the map.
	wanted := map[uint32][]string{}
	var bits [4]uint64
	for _, n := range names {
		four := le.Uint32([]byte(n + "\x00\x00\x00\x00"))
		wanted[four] = append(wanted[four], n)
		bits[bucket(four)/64] |= 1 << (bucket(four) % 64)
	}
	t.at = make([]uint32, 1, len(data)/24+1)
	for i := 0; i < len(data); {
		if i+12 > len(data) {
			return nil, errBTF
		}
		name, info := int(le.Uint32(data[i:])), le.Uint32(data[i+4:])
		if name >= len(strings) {
			return nil, errBTF
		}
		kind := typeKind(info >> 24 & 0x1f)
		if nameable>>kind&1 == 1 && name+4 <= len(strings) {
			four := le.Uint32(strings[name:])
			if h := bucket(four); bits[h/64]>>(h%64)&1 == 1 {
				t.meet(strings[name:], wanted[four])
			}
		}
		t.at = append(t.at, uint32(i))
		i += 12 + bytesBehindHead(kind, int(info&0xffff))
		if i > len(data) {
			return nil, errBTF
		}
	}
	return t, nil
}

// nameable are the kinds of what is asked for, a bit each.
const nameable = 1<<kindStruct | 1<<kindEnum | 1<<kindFunc

// bucket makes a number below 256 of four bytes of a name.
func bucket(four uint32) uint32 { return four * 0x9e3779b1 >> 24 }

// meet notes the next type if it has one of these names.
func (t *types) meet(name []byte, wanted []string) {
	for _, n := range wanted {
		if len(name) > len(n) && string(name[:len(n)]) == n && name[len(n)] == 0 {
			t.named[n] = append(t.named[n], uint32(len(t.at)))
		}
	}
}

// bytesBehindHead is how many bytes of a type follow its first twelve.
func bytesBehindHead(k typeKind, count int) int {
	switch k {
	case kindInt, kindVar, kindDeclTag:
		return 4
	case kindArray:
		return 12
	case kindStruct, kindUnion, kindDatasec, kindEnum64:
		return 12 * count
	case kindEnum, kindProto:
		return 8 * count
	}
	return 0
}

// word returns a number of a type: the one that is so many bytes from its start. What does not exist is 0: a type that
// is void ends every search.
func (t *types) word(id uint32, offset int) uint32 {
	if id == 0 || int(id) >= len(t.at) {
		return 0
	}
	i := int(t.at[id]) + offset
	if i+4 > len(t.data) {
		return 0
	}
	return binary.LittleEndian.Uint32(t.data[i:])
}

func (t *types) kind(id uint32) typeKind { return typeKind(t.word(id, 4) >> 24 & 0x1f) }

// count is how many members or values a type has.
func (t *types) count(id uint32) int { return int(t.word(id, 4) & 0xffff) }

// called reports whether what stands there among the names is this one.
func (t *types) called(offset uint32, name string) bool {
	if int(offset) >= len(t.names) {
		return name == ""
	}
	s := t.names[offset:]
	return len(s) > len(name) && s[len(name)] == 0 && string(s[:len(name)]) == name
}

// find returns the type of this name and kind.
func (t *types) find(name string, kind typeKind) (uint32, error) {
	for _, id := range t.named[name] {
		if t.kind(id) == kind {
			return id, nil
		}
	}
	return 0, fmt.Errorf("this kernel has no type %s", name)
}

// depth bounds how far types refer to each other: nothing in the kernel comes near it.
const depth = 32

// base passes over names and qualifiers.
func (t *types) base(id uint32) uint32 {
	for range depth {
		switch t.kind(id) {
		case kindTypedef, kindVolatile, kindConst, kindRestrict, kindTypeTag:
			id = t.word(id, 8)
		default:
			return id
		}
	}
	return 0
}

// size is how many bytes a type takes; 0 if that cannot be told.
func (t *types) size(id uint32) uint32 {
	total := uint32(1)
	for range depth {
		id = t.base(id)
		switch t.kind(id) {
		case kindPtr:
			return total * 8
		case kindArray:
			total *= t.word(id, 20)
			id = t.word(id, 12)
		case kindInt, kindStruct, kindUnion, kindEnum, kindEnum64:
			return total * t.word(id, 8)
		default:
			return 0
		}
	}
	return 0
}

// member finds a member of a struct or union, also one of an anonymous struct or union in it: its offset in bytes, and
// its type.
func (t *types) member(id uint32, name string, deep int) (offset, typ uint32, ok bool) {
	if k := t.kind(id); k != kindStruct && k != kindUnion || deep > depth {
		return 0, 0, false
	}
	for i := range t.count(id) {
		at := 12 + 12*i
		bit := t.word(id, at+8)
		if t.word(id, 4)>>31 == 1 { // the struct has bit fields: the upper eight bits are a width
			if bit>>24 != 0 && t.called(t.word(id, at), name) {
				return 0, 0, false // this is one of them
			}
			bit &= 0xffffff
		}
		is := t.word(id, at+4)
		switch called := t.word(id, at); {
		case t.called(called, name):
			return bit / 8, is, true
		case t.called(called, ""):
			if o, typ, ok := t.member(t.base(is), name, deep+1); ok {
				return bit/8 + o, typ, true
			}
		}
	}
	return 0, 0, false
}

// value returns what the kernel calls a number by a name, in an enum.
func (t *types) value(enum, name string) (uint32, error) {
	id, err := t.find(enum, kindEnum)
	if err != nil {
		return 0, err
	}
	for i := range t.count(id) {
		if t.called(t.word(id, 12+8*i), name) {
			return t.word(id, 12+8*i+4), nil
		}
	}
	return 0, fmt.Errorf("this kernel's %s has no %s", enum, name)
}

// hop is one load on the way to a member: so many bytes, at an offset from a pointer. All but the last of a path load
// a pointer.
type hop struct{ offset, size uint32 }

// path finds the way from a struct to something like "signal.pids[2].level". A member that is a pointer, with more
// behind it, begins a new hop.
func (t *types) path(from, path string) ([]hop, error) {
	id, err := t.find(from, kindStruct)
	if err != nil {
		return nil, err
	}
	missing := fmt.Errorf("this kernel's %s has no %s", from, path)
	var hops []hop
	offset := uint32(0)
	words := strings.Split(path, ".")
	for i, word := range words {
		word, index, indexed := cutIndex(word)
		o, typ, ok := t.member(id, word, 0)
		if !ok {
			return nil, missing
		}
		offset += o
		typ = t.base(typ)
		if indexed {
			if t.kind(typ) != kindArray || index >= t.word(typ, 20) {
				return nil, missing
			}
			element := t.word(typ, 12)
			offset += index * t.size(element)
			typ = t.base(element)
		}
		switch {
		case i == len(words)-1:
			hops = append(hops, hop{offset, t.size(typ)})
		case t.kind(typ) == kindPtr:
			hops = append(hops, hop{offset, 8})
			offset, id = 0, t.base(t.word(typ, 8))
		default:
			id = typ
		}
	}
	for _, h := range hops {
		if h.offset > 1<<15-1 {
			return nil, fmt.Errorf("this kernel has %s of %s too far from its beginning", path, from)
		}
	}
	return hops, nil
}

// cutIndex cuts "pids[2]" into its parts.
func cutIndex(word string) (name string, index uint32, ok bool) {
	name, rest, ok := strings.Cut(word, "[")
	if !ok {
		return word, 0, false
	}
	n, err := strconv.ParseUint(strings.TrimSuffix(rest, "]"), 10, 32)
	return name, uint32(n), err == nil
}

// vmlinux is where the kernel has its types; from Linux 6.16 on it lets them be mapped, which saves a copy of 5 MB.
const vmlinux = "/sys/kernel/btf/vmlinux"

// readTypes gives the kernel's types to use, which must keep nothing of them.
func readTypes(use func(raw []byte) error) error {
	f, err := os.Open(vmlinux)
	if errors.Is(err, os.ErrNotExist) {
		return errors.New("the kernel does not say what its types are: it needs CONFIG_DEBUG_INFO_BTF, and " + vmlinux)
	}
	if err != nil {
		return err
	}
	defer f.Close()
	var fs unix.Statfs_t
	if err := unix.Fstatfs(int(f.Fd()), &fs); err != nil || fs.Type != unix.SYSFS_MAGIC {
		return errors.New(vmlinux + " is not the kernel's: no sysfs is mounted there")
	}
	st, err := f.Stat()
	if err != nil {
		return err
	}
	raw, err := unix.Mmap(int(f.Fd()), 0, int(st.Size()), unix.PROT_READ, unix.MAP_PRIVATE)
	if err == nil {
		defer unix.Munmap(raw)
		return use(raw)
	}
	if raw, err = os.ReadFile(vmlinux); err != nil {
		return err
	}
	return use(raw)
}
