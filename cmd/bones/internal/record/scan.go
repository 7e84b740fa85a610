package record

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"

	"bones/cmd/bones/internal/ours"
	"bones/procwalk/bounded"
)

// entry is one frame of a segment, as its header tells of it.
type entry struct {
	taken  int64 // nanoseconds since 1970
	offset int64 // of the header
	length uint32
	kind   byte
	load   load
}

// end is where the next frame begins.
func (e *entry) end() int64 { return e.offset + headerSize + int64(e.length) }

// segment is one file of frames that is read. It may still grow.
type segment struct {
	name    string
	file    io.ReaderAt
	entries []entry // key frames and those against them
	seldom  []entry // Facts
	events  []entry // batches of events
	scanned int64   // up to where the headers were read
	sought  int64   // up to where a whole frame was looked for behind one that is not
	err     error   // what is wrong with what comes after the entries; nil: nothing, or a frame that is not whole yet
	doubt   error   // what seems wrong with a frame that is not whole; what comes later may show that nothing is
}

// scan reads the headers of the frames that have come since. A frame that is not whole yet is left for the next time.
// Room is how many frames the recording may still have.
func (s *segment) scan(size int64, room *int) {
	if s.err != nil {
		return
	}
	if s.scanned == 0 {
		begin := make([]byte, len(magic))
		n, err := s.file.ReadAt(begin, 0)
		switch {
		case n < len(begin) && string(begin[:n]) == magic[:n]:
			return // it was just begun
		case n == len(begin) && string(begin[:n-1]) == magic[:n-1] && begin[n-1] > magic[n-1]:
			s.err = fmt.Errorf("%s: %w (it has form %d, and this one reads form %d)", s.name, ErrLaterForm, begin[n-1],
				magic[n-1])
			return
		case string(begin[:n]) != magic[:n]:
			s.err = fmt.Errorf("%s: %w", s.name, ErrNoRecording)
			return
		case n < len(begin):
			s.err = fmt.Errorf("%s: %w", s.name, err)
			return
		}
		s.scanned = int64(len(magic))
	}
	raw := make([]byte, headerSize)
	for s.scanned+headerSize <= size {
		if _, err := s.file.ReadAt(raw, s.scanned); err != nil {
			s.err = fmt.Errorf("%s: %w", s.name, err)
			return
		}
		h := parseHeader(raw)
		if !h.plausible() {
			s.err = fmt.Errorf("%s is damaged from byte %d on: %s", s.name, s.scanned, before(len(s.entries)))
			return
		}
		e := entry{taken: h.taken, offset: s.scanned, length: h.length, kind: h.kind, load: h.load}
		if e.end() > size {
			if s.goesOn(size) {
				s.doubt = fmt.Errorf("%s seems to be damaged from byte %d on: %s", s.name, s.scanned, before(len(s.entries)))
			}
			return
		}
		if s.doubt != nil {
			if _, err := s.payload(&e); err != nil {
				s.err, s.doubt = fmt.Errorf("%w: %s", err, before(len(s.entries))), nil
				return
			}
			s.doubt = nil
		}
		if h.kind > kindChanges {
			// Of a later version, or a frame with another byte in the place of its kind: those after it may stand on it.
			if _, err := s.payload(&e); err != nil {
				s.err = fmt.Errorf("%w: %s", err, before(len(s.entries)))
				return
			}
		}
		if !s.add(e, room) {
			return
		}
		s.scanned = e.end()
	}
}

// maxSought is how far a whole frame is looked for behind one that is not, in bytes.
const maxSought = 1 << 20

// goesOn reports whether there is a whole frame behind one that seems to end after the segment does: then it was not
// cut off while it was written, but its length is another than was written. That is no proof: a frame holds what
// processes choose, such as command lines, and whoever writes what looks like a frame into one must not end what
// follows the stream.
func (s *segment) goesOn(size int64) bool {
	if s.sought == size {
		return false
	}
	s.sought = size
	b := make([]byte, min(size-s.scanned, maxSought))
	if n, err := s.file.ReadAt(b, s.scanned); err != nil && n < len(b) {
		return false
	}
	for tries := 0; len(b) > headerSize && tries < 64; {
		b = b[1:]
		if len(b) < headerSize {
			break
		}
		h := parseHeader(b)
		if h.kind == 0 || h.kind > kindChanges || b[11] != 0 || h.length == 0 ||
			int64(h.length) > int64(len(b)-headerSize) {
			continue
		}
		tries++ // what was made to look like many frames is not all summed up
		if h.check(b, b[headerSize:headerSize+h.length]) {
			return true
		}
	}
	return false
}

// before says what of a segment is there, where what comes after so many frames is not.
func before(frames int) string {
	switch frames {
	case 0:
		return "nothing of it can be shown"
	case 1:
		return "the one frame before that is shown"
	}
	return fmt.Sprintf("the %d frames before that are shown", frames)
}

// add takes a frame; false if there are too many. Those of kinds that are passed over count, too: they take as long to
// find.
func (s *segment) add(e entry, room *int) bool {
	if *room == 0 {
		s.err = fmt.Errorf("%s: the recording has more than %d frames: those from byte %d on are not shown", s.name,
			maxFrames, e.offset)
		return false
	}
	*room--
	if e.kind == kindKey || e.kind == kindDelta || e.kind == kindChanges {
		s.entries = append(s.entries, e)
	} else if e.kind == kindSeldom {
		s.seldom = append(s.seldom, e)
	}
	if e.kind == kindEvents {
		s.events = append(s.events, e)
	}
	return true
}

// payload reads a frame and checks it.
func (s *segment) payload(e *entry) ([]byte, error) {
	b := make([]byte, headerSize+int(e.length))
	if _, err := s.file.ReadAt(b, e.offset); err != nil {
		if errors.Is(err, io.EOF) {
			err = io.ErrUnexpectedEOF
		}
		return nil, fmt.Errorf("%s, byte %d: %w", s.name, e.offset, err)
	}
	h := parseHeader(b)
	if h.length != e.length || h.kind != e.kind || !h.check(b, b[headerSize:]) {
		return nil, fmt.Errorf("%s: the frame at byte %d is damaged: its checksum does not match", s.name, e.offset)
	}
	return b[headerSize:], nil
}

// The index beside a segment has 32 bytes for each frame: when it was taken, where it is, its length, its kind, its
// two loads as in the header and a byte of zero, four of zero, and the CRC-32C of these 28. It only saves reading
// the headers of all frames: a segment without one is read all the same, and a frame counts as its own header has
// it.
const indexEntrySize = 32

func (e *entry) appendIndex(b []byte) []byte {
	start := len(b)
	b = binary.LittleEndian.AppendUint64(b, uint64(e.taken))
	b = binary.LittleEndian.AppendUint64(b, uint64(e.offset))
	b = binary.LittleEndian.AppendUint32(b, e.length)
	b = append(b, e.kind, e.load[0], e.load[1], 0, 0, 0, 0, 0)
	return binary.LittleEndian.AppendUint32(b, crc32.Checksum(b[start:], castagnoli))
}

// maxIndex is how long an index may be, in bytes: of a segment with a frame for each of a million seconds.
const maxIndex = indexEntrySize << 20

// useIndex takes the entries of the index as far as it is whole and fits the segment. scan goes on from there.
func (s *segment) useIndex(dir int, name string, size int64, room *int) {
	f, err := ours.OpenPlain(dir, name, name)
	if err != nil {
		return
	}
	defer f.Close()
	b, err := bounded.ReadAll(f, maxIndex)
	if err != nil && !errors.Is(err, bounded.ErrTooLong) {
		return
	}
	at := int64(len(magic))
	for ; len(b) >= indexEntrySize; b = b[indexEntrySize:] {
		if crc32.Checksum(b[:indexEntrySize-4], castagnoli) != binary.LittleEndian.Uint32(b[indexEntrySize-4:]) {
			break
		}
		e := entry{taken: int64(binary.LittleEndian.Uint64(b)), offset: int64(binary.LittleEndian.Uint64(b[8:])),
			length: binary.LittleEndian.Uint32(b[16:]), kind: b[20], load: load{b[21], b[22]}}
		if e.offset != at || e.length > maxPayload || e.end() > size {
			break
		}
		if !s.add(e, room) {
			break
		}
		at = e.end()
	}
	if at > int64(len(magic)) {
		s.scanned = at
	}
	if !s.bearsOut() {
		*room += len(s.entries) + len(s.seldom) + len(s.events)
		s.entries, s.seldom, s.events, s.scanned = nil, nil, nil, 0
	}
}

// bearsOut reports whether the segment is what its index tells of, as its beginning and the headers of its first and
// last frame have it. A segment that was written over keeps its index.
func (s *segment) bearsOut() bool {
	begin := make([]byte, len(magic))
	if _, err := s.file.ReadAt(begin, 0); err != nil || string(begin) != magic {
		return false
	}
	raw := make([]byte, headerSize)
	for _, i := range []int{0, len(s.entries) - 1} {
		if i < 0 || i >= len(s.entries) {
			continue
		}
		e := &s.entries[i]
		if _, err := s.file.ReadAt(raw, e.offset); err != nil {
			return false
		}
		if h := parseHeader(raw); h.length != e.length || h.kind != e.kind {
			return false
		}
	}
	return true
}
