package rootfs

import (
	"bytes"
	"encoding/binary"
	"errors"
	"slices"
	"time"
)

// A directory of 100,000 entries goes over the wire, and is held, in a form of about 60 bytes an entry: as values of
// Go with their strings they would take five times that, and most of the time.

var kinds = []FileKind{Unknown, Regular, Directory, Link, FIFO, Socket, Char, Block}

// appendInfo packs an Info.
func appendInfo(b []byte, i *Info) []byte {
	b = append(b, byte(max(slices.Index(kinds, i.Kind), 0)))
	for _, s := range [...]string{i.Name, i.Target, i.Err} {
		b = append(binary.AppendUvarint(b, uint64(len(s))), s...)
	}
	zero := int64(0)
	if i.ModTime.IsZero() {
		zero = 1
	}
	for _, v := range [...]int64{i.UIDIn, i.GIDIn, i.Size, i.ModTime.Unix(), int64(i.ModTime.Nanosecond()), zero} {
		b = binary.AppendVarint(b, v)
	}
	for _, v := range [...]uint64{uint64(i.Mode), uint64(i.UID), uint64(i.GID), i.Links, i.Dev, i.Ino, i.Rdev,
		i.MountID} {
		b = binary.AppendUvarint(b, v)
	}
	return b
}

var errPacked = errors.New("the worker sent an entry of a directory that cannot be read")

// parseInfo unpacks the first Info; its strings are copies.
func parseInfo(b []byte) (i Info, rest []byte, err error) {
	if len(b) == 0 || int(b[0]) >= len(kinds) {
		return i, nil, errPacked
	}
	i.Kind, b = kinds[b[0]], b[1:]
	for _, s := range [...]*string{&i.Name, &i.Target, &i.Err} {
		n, size := binary.Uvarint(b)
		if size <= 0 || n > uint64(len(b)-size) {
			return i, nil, errPacked
		}
		*s, b = string(b[size:size+int(n)]), b[size+int(n):]
	}
	var seconds, nanoseconds, zero int64
	for _, v := range [...]*int64{&i.UIDIn, &i.GIDIn, &i.Size, &seconds, &nanoseconds, &zero} {
		n, size := binary.Varint(b)
		if size <= 0 {
			return i, nil, errPacked
		}
		*v, b = n, b[size:]
	}
	if zero == 0 {
		i.ModTime = time.Unix(seconds, nanoseconds)
	}
	var mode, uid, gid uint64
	for _, v := range [...]*uint64{&mode, &uid, &gid, &i.Links, &i.Dev, &i.Ino, &i.Rdev, &i.MountID} {
		n, size := binary.Uvarint(b)
		if size <= 0 {
			return i, nil, errPacked
		}
		*v, b = n, b[size:]
	}
	i.Mode, i.UID, i.GID = uint32(mode), uint32(uid), uint32(gid)
	return i, b, nil
}

// Listing is the entries of a directory, packed.
type Listing struct {
	blocks [][]byte
	at     []position
}

type position struct{ block, at uint32 }

// add takes over packed entries.
func (l *Listing) add(packed []byte) error {
	block := append([]byte(nil), packed...)
	l.blocks = append(l.blocks, block)
	for rest := block; len(rest) > 0; {
		l.at = append(l.at, position{uint32(len(l.blocks) - 1), uint32(len(block) - len(rest))})
		var err error
		if rest, err = skipInfo(rest); err != nil {
			return err
		}
	}
	return nil
}

// skipInfo passes over the first Info without making anything of it.
func skipInfo(b []byte) ([]byte, error) {
	if len(b) == 0 {
		return nil, errPacked
	}
	b = b[1:]
	for range 3 {
		n, size := binary.Uvarint(b)
		if size <= 0 || n > uint64(len(b)-size) {
			return nil, errPacked
		}
		b = b[size+int(n):]
	}
	for range 14 {
		_, size := binary.Uvarint(b)
		if size <= 0 {
			return nil, errPacked
		}
		b = b[size:]
	}
	return b, nil
}

// Len is how many entries there are.
func (l *Listing) Len() int { return len(l.at) }

// At unpacks the entry at an index.
func (l *Listing) At(n int) Info {
	p := l.at[n]
	i, _, err := parseInfo(l.blocks[p.block][p.at:])
	if err != nil {
		return Info{Kind: Unknown, Err: err.Error()}
	}
	return i
}

// name is the name of an entry, in place.
func (l *Listing) name(p position) []byte {
	b := l.blocks[p.block][p.at+1:]
	n, size := binary.Uvarint(b)
	return b[size : size+int(n)]
}

// Sort orders the entries by their names.
func (l *Listing) Sort() {
	slices.SortFunc(l.at, func(a, b position) int { return bytes.Compare(l.name(a), l.name(b)) })
}
