package smaps

import (
	"os"
	"strings"
	"testing"

	"bones/procwalk/text"
)

func TestParseMapping(t *testing.T) {
	file := Mapping{From: 0x400000, To: 0xa01000, Read: true, Execute: true, Device: "fe:00", Inode: 17,
		Name: text.New("/usr/bin/x  y ")}
	for line, want := range map[string]Mapping{
		"00400000-00a01000 r-xp 00000000 fe:00 17                   /usr/bin/x  y \n": file,
		"7f00-7f01 -w-s 0 00:00 0\n":       {From: 0x7f00, To: 0x7f01, Write: true, Shared: true, Device: "00:00"},
		"7f00-7f01 ---p 00000000 00:00 0 ": {From: 0x7f00, To: 0x7f01, Device: "00:00"},
		"ffffffffff600000-ffffffffff601000 --xp 00000000 00:00 0                  [vsyscall]\n": {
			From: 0xffffffffff600000, To: 0xffffffffff601000, Execute: true, Device: "00:00",
			Name: text.New("[vsyscall]")},
		"": {}, "Rss:                4012 kB\n": {}, "VmFlags: rd mr mw me\n": {},
		"7f01-7f00 rw-p 0 00:00 0\n": {}, "7f00-7f01 rw-p 0 00:00\n": {}, "7f00-7f01 rwp 0 00:00 0\n": {},
		"7f00-7f01 rw-q 0 00:00 0\n": {}, "7f00 rw-p 0 00:00 0\n": {}, "7f00-7f0g rw-p 0 00:00 0\n": {},
		"7f00-7f01 rw-p 0 00:00 -1\n": {},
	} {
		got, ok := ParseMapping(line)
		if got != want || ok != (want != Mapping{}) {
			t.Errorf("%q is %+v, %v", line, got, ok)
		}
	}
}

// TestParseOurs: every line of maps that this kernel writes is known, and as many of smaps are.
func TestParseOurs(t *testing.T) {
	var counts [2]int
	for i, name := range []string{"maps", "smaps"} {
		b, err := os.ReadFile("/proc/self/" + name)
		if err != nil {
			t.Skip(err)
		}
		for line := range strings.Lines(string(b)) {
			if _, ok := ParseMapping(line); ok {
				counts[i]++
			} else if name == "maps" {
				t.Errorf("%q is not known", line)
			}
		}
	}
	if counts[0] == 0 || counts[1] == 0 {
		t.Errorf("%d mappings in maps, %d in smaps", counts[0], counts[1])
	}
}

func FuzzParseMapping(f *testing.F) {
	f.Add("00400000-00a01000 r-xp 00000000 fe:00 17 /usr/bin/x\n")
	f.Fuzz(func(t *testing.T, line string) {
		if m, ok := ParseMapping(line); !ok && m != (Mapping{}) || m.To < m.From {
			t.Errorf("%+v, %v", m, ok)
		}
	})
}
