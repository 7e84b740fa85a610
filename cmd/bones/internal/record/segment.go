package record

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"math/bits"
	"time"

	"bones/cmd/bones/internal/record/seldom"
	"bones/cmd/bones/internal/record/wire"
	"bones/procwalk/detail"

	"github.com/klauspost/compress/zstd"
)

// # The form of a segment
//
// A segment begins with 16 bytes: "bones-recording", and the version of the form, 1. Then come frames, each behind a
// header of 24 bytes, all numbers in little-endian order:
//
//	 0  uint32  length of the payload in bytes
//	 4  uint32  CRC-32C of the header from byte 8 on, and of the payload
//	 8  uint8   kind: 1 a key frame, 3 events, 4 what is read seldom, 5 what changed since the last key frame; readers
//	            pass over other kinds. Kind 2 is of earlier versions: a frame against the last key frame, row by row
//	 9  uint8   how busy the processors were since the frame before: 0 not known, 1 not at all, to 255 all of them
//	10  uint8   how full the memory was, in the same way
//	11  a byte of zero
//	12  int64   when it was taken, in nanoseconds since 1970 by the clock on the wall
//	20  uint32  length of the payload once decompressed
//
// The payload is a Frame as package wire writes it, compressed with zstd; that of kinds 5 and 2 with the decompressed
// key frame as dictionary. Events are those since the frame before, and come behind the frame that they lead to: an
// events.Batch as a key of package wire, compressed by itself. A frame to which nothing happened has none. What is
// read seldom is a seldom.Facts in the same form, and stands before the first frame that it is about. Nothing in a
// segment is ever written again: whoever is ended while he writes leaves at most one frame that is cut off, at the
// end.
const (
	magic       = "bones-recording\x01"
	headerSize  = 24
	kindKey     = 1
	kindDelta   = 2
	kindEvents  = 3
	kindSeldom  = 4
	kindChanges = 5
	maxPayload  = 64 << 20 // of a frame, decompressed
	keyEvery    = 60       // frames from one key frame to the next
	memoryLimit = 192 << 20
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// ErrNoRecording says that a file does not begin as a recording does.
var ErrNoRecording = errors.New("it is not a recording of bones")

// ErrLaterForm says that a file is a recording in a form that is not known yet.
var ErrLaterForm = errors.New("a later version of bones made it, and only such a version can read it")

// header is what stands before a payload.
type header struct {
	length, sum uint32
	kind        byte
	load        load
	taken       int64 // nanoseconds since 1970
	plain       uint32
}

func (h *header) append(b []byte) []byte {
	b = binary.LittleEndian.AppendUint32(b, h.length)
	b = binary.LittleEndian.AppendUint32(b, h.sum)
	b = append(b, h.kind, h.load[0], h.load[1], 0)
	b = binary.LittleEndian.AppendUint64(b, uint64(h.taken))
	return binary.LittleEndian.AppendUint32(b, h.plain)
}

func parseHeader(b []byte) header {
	return header{length: binary.LittleEndian.Uint32(b), sum: binary.LittleEndian.Uint32(b[4:]), kind: b[8],
		load: load{b[9], b[10]}, taken: int64(binary.LittleEndian.Uint64(b[12:])), plain: binary.LittleEndian.Uint32(b[20:])}
}

// plausible reports whether it may be a header: what follows is not looked for in gigabytes that are not there.
func (h *header) plausible() bool {
	return h.length <= maxPayload && h.plain <= maxPayload && h.kind != 0
}

// check reports whether header and payload are as they were written.
func (h *header) check(raw, payload []byte) bool {
	return crc32.Update(crc32.Checksum(raw[8:headerSize], castagnoli), castagnoli, payload) == h.sum
}

// Encoder makes the bytes of one frame after the other. It is for one goroutine.
type Encoder struct {
	wire  *wire.Encoder[Frame]
	delta *zstd.Encoder // with the last key frame as dictionary
	since int           // frames since that
	size  int           // of it, compressed

	machine *detail.HostFacts // of the frame before
	level   zstd.EncoderLevel
	window  int // that compressing may take at most

	seldom *wire.Encoder[seldom.Facts]
}

// NewEncoder returns an Encoder.
func NewEncoder() (*Encoder, error) { return newEncoder(zstd.SpeedDefault, 8<<20) }

// newThrifty returns one for a program that has better things to do with memory.
func newThrifty() (*Encoder, error) { return newEncoder(zstd.SpeedFastest, 1<<20) }

func newEncoder(level zstd.EncoderLevel, window int) (*Encoder, error) {
	w, err := wire.NewEncoder[Frame](known...)
	if err != nil {
		return nil, err
	}
	facts, err := wire.NewEncoder[seldom.Facts](known...)
	if err != nil {
		return nil, err
	}
	return &Encoder{wire: w, seldom: facts, level: level, window: window}, nil
}

// minWindow is the smallest window: blocks of zstd are so long at most.
const minWindow = 128 << 10

// compressor makes what compresses so many bytes. It has a buffer of the length of its window, which by default is 8
// or 16 MiB, several times what the moments of most hosts take altogether.
func (e *Encoder) compressor(length int, options ...zstd.EOption) (*zstd.Encoder, error) {
	window := 1 << bits.Len(uint(max(length, minWindow)-1))
	return zstd.NewWriter(nil, append(options, zstd.WithEncoderConcurrency(1), zstd.WithEncoderLevel(e.level),
		zstd.WithLowerEncoderMem(true), zstd.WithWindowSize(min(window, e.window)))...)
}

// compress compresses what stands on no other frame, behind room for a header. That is seldom: what does it is made
// anew each time, and is nowhere in between.
func (e *Encoder) compress(plain []byte) ([]byte, error) {
	whole, err := e.compressor(len(plain))
	if err != nil {
		return nil, err
	}
	return whole.EncodeAll(plain, make([]byte, headerSize, headerSize+len(plain)/4)), nil
}

// Fresh makes the next frame a key frame: a new segment begins with one.
func (e *Encoder) Fresh() { e.delta = nil }

// Encode returns a frame with its header, and whether it is a key frame.
func (e *Encoder) Encode(f *Frame) (b []byte, key bool, err error) {
	h := header{kind: kindChanges, taken: f.Head.Snapshot.Taken.UnixNano(), load: loadBetween(e.machine, f.Machine)}
	e.machine = f.Machine
	var plain, payload []byte
	if e.delta != nil && e.since < keyEvery {
		plain = e.wire.Changes(f)
		payload = e.delta.EncodeAll(plain, make([]byte, headerSize, headerSize+len(plain)/4))
	}
	if payload == nil || len(payload) > e.size/2 && e.since > 1 {
		// It is the first, or has so little in common with the last key that another is worth its place.
		h.kind, e.delta = kindKey, nil // and its memory is free
		plain = e.wire.Key(f)
		if payload, err = e.compress(plain); err != nil {
			return nil, false, err
		}
		// Changes are found in the key frame as far back as the window reaches.
		e.delta, err = e.compressor(len(plain)+minWindow, zstd.WithEncoderDictRaw(1, plain))
		if err != nil {
			return nil, false, err
		}
		e.since, e.size = 0, len(payload)
	}
	e.since++
	if len(plain) > maxPayload {
		e.delta = nil
		return nil, false, fmt.Errorf("the moment takes %d MiB, more than the %d MiB that a frame may", len(plain)>>20,
			maxPayload>>20)
	}
	h.seal(payload, len(plain))
	return payload, h.kind == kindKey, nil
}

// Seldom returns Facts with their header.
func (e *Encoder) Seldom(f *seldom.Facts) ([]byte, error) {
	plain := e.seldom.Key(f)
	if len(plain) > maxPayload {
		return nil, fmt.Errorf("what bones reads every few minutes takes %d MiB, more than the %d MiB that it "+
			"may", len(plain)>>20,
			maxPayload>>20)
	}
	h := header{kind: kindSeldom, taken: f.Taken.UnixNano()}
	payload, err := e.compress(plain)
	if err != nil {
		return nil, err
	}
	h.seal(payload, len(plain))
	return payload, nil
}

// seal writes the header into the place that was left for it.
func (h *header) seal(payload []byte, plain int) {
	h.length, h.plain = uint32(len(payload)-headerSize), uint32(plain)
	raw := h.append(nil)
	h.sum = crc32.Update(crc32.Checksum(raw[8:], castagnoli), castagnoli, payload[headerSize:])
	copy(payload, h.append(raw[:0]))
}

// decoder makes frames out of payloads. It keeps the key frame that it read last.
type decoder struct {
	wire  *wire.Decoder[Frame]
	whole *zstd.Decoder
	delta *zstd.Decoder

	seldom *wire.Decoder[seldom.Facts]
}

func newDecoder() (*decoder, error) {
	whole, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxMemory(maxPayload))
	if err != nil {
		return nil, err
	}
	return &decoder{wire: wire.NewDecoder[Frame](memoryLimit, known...), whole: whole,
		seldom: wire.NewDecoder[seldom.Facts](memoryLimit, known...)}, nil
}

func (d *decoder) facts(payload []byte) (*seldom.Facts, error) {
	plain, err := d.whole.DecodeAll(payload, nil)
	if err != nil {
		return nil, fmt.Errorf("decompressing: %w", err)
	}
	return d.seldom.Key(plain)
}

func (d *decoder) key(payload []byte) (*Frame, error) {
	plain, err := d.whole.DecodeAll(payload, nil)
	if err != nil {
		return nil, fmt.Errorf("decompressing: %w", err)
	}
	if d.delta != nil {
		d.delta.Close()
	}
	d.delta, err = zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxMemory(maxPayload),
		zstd.WithDecoderDictRaw(1, plain))
	if err != nil {
		return nil, err
	}
	return d.wire.Key(plain)
}

// against reads a frame of kindChanges, or of kindDelta.
func (d *decoder) against(kind byte, payload []byte) (*Frame, error) {
	if d.delta == nil {
		return nil, wire.ErrDamaged
	}
	plain, err := d.delta.DecodeAll(payload, nil)
	if err != nil {
		return nil, fmt.Errorf("decompressing: %w", err)
	}
	if kind == kindDelta {
		return d.wire.Delta(plain)
	}
	return d.wire.Changes(plain)
}

// Stream writes frames one after the other: to a file, or through a pipe to another host.
type Stream struct {
	w       io.Writer
	encoder *Encoder
	events  *eventCoder // nil: none was written yet
	begun   bool
	facts   []byte // that come before the next frame
}

// NewStream returns a Stream. Nothing is written yet.
func NewStream(w io.Writer) (*Stream, error) {
	e, err := NewEncoder()
	return &Stream{w: w, encoder: e}, err
}

// Write writes a frame, in one write.
func (s *Stream) Write(f *Frame) error {
	b, _, err := s.encoder.Encode(f)
	if err != nil {
		return err
	}
	b = append(s.facts, b...)
	if !s.begun {
		b = append([]byte(magic), b...)
	}
	if _, err := s.w.Write(b); err != nil {
		return err
	}
	s.begun, s.facts = true, nil
	return nil
}

// Facts has Facts written before the next frame.
func (s *Stream) Facts(f *seldom.Facts) (err error) {
	s.facts, err = s.encoder.Seldom(f)
	return err
}

// Begun reports whether anything was written.
func (s *Stream) Begun() bool { return s.begun }

// timeOf is when a frame was taken.
func timeOf(nanoseconds int64) time.Time { return time.Unix(0, nanoseconds) }
