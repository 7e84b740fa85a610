package glibc

import (
	"encoding/binary"
	"os"
	"path"
	"strings"
	"time"
)

// Zone returns the time zone that ps uses: what TZ says, else /etc/localtime, else UTC. Go's time.Local does not know
// the rules that TZ may hold themselves (EST5EDT,M3.2.0,M11.1.0 or <+03>-3).
//
// Source: tzset(3); procps 4.0.2, src/ps/display.c, main.
func Zone(tz string, set bool) *time.Location {
	if !set {
		tz = "/etc/localtime"
	}
	tz = strings.TrimPrefix(tz, ":")
	if tz == "" {
		return time.UTC
	}
	if path.IsAbs(tz) {
		return zoneFile(tz)
	}
	if loc := zoneFile(path.Join("/usr/share/zoneinfo", path.Clean("/"+tz))); loc != time.UTC {
		return loc
	}
	if loc, err := time.LoadLocation(tz); err == nil {
		return loc
	}
	return zoneRule(tz)
}

func zoneFile(file string) *time.Location {
	data, err := os.ReadFile(file)
	if err != nil {
		return time.UTC
	}
	loc, err := time.LoadLocationFromTZData("local", data)
	if err != nil {
		return time.UTC
	}
	return loc
}

// zoneRule makes a zone of a POSIX rule by wrapping it as the last line of a zone file that says nothing else.
//
// Source: tzfile(5), RFC 9636.
func zoneRule(rule string) *time.Location {
	if strings.ContainsAny(rule, "\n\x00") || !strings.ContainsAny(rule, "0123456789") {
		return time.UTC
	}
	block := append([]byte("TZif2"), make([]byte, 15+12)...)
	for _, n := range []uint32{0, 1, 4} { // transitions, types, bytes of abbreviations
		block = binary.BigEndian.AppendUint32(block, n)
	}
	block = append(block, 0, 0, 0, 0, 0, 0, 'U', 'T', 'C', 0)
	data := append(append([]byte{}, block...), block...) // once with 32-bit times, once with 64-bit
	data = append(data, "\n"+rule+"\n"...)
	loc, err := time.LoadLocationFromTZData(rule, data)
	if err != nil {
		return time.UTC
	}
	return loc
}
