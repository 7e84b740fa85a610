package record

import (
	"bones/cgroupview/inventory"
	"bones/procwalk/detail"
)

// load is how busy the processors were and how full the memory was, as it stands in the header of a frame: a line of
// time over a week of frames is drawn from the headers alone.
type load [2]byte

// loadOf takes it from a frame with its header.
func loadOf(frame []byte) load { return parseHeader(frame).load }

// shareByte writes a share of 0 to 1 into a byte, in which 0 means that it is not known.
func shareByte(x float64) byte { return byte(1 + min(max(x, 0), 1)*254 + 0.5) }

// share reads it again; -1 if it is not known.
func share(b byte) float64 {
	if b == 0 {
		return -1
	}
	return float64(b-1) / 254
}

func loadBetween(before, now *detail.HostFacts) (l load) {
	if busy, ok := inventory.MachineBusy(before, now); ok {
		l[0] = shareByte(busy)
	}
	if now == nil || now.Memory.Err != nil {
		return l
	}
	m := &now.Memory.Value
	if m.MemTotalBytes != nil && m.MemAvailableBytes != nil && *m.MemTotalBytes > 0 {
		l[1] = shareByte(1 - float64(*m.MemAvailableBytes)/float64(*m.MemTotalBytes))
	}
	return l
}
