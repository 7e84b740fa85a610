package ifinet6

import (
	"os"
	"strings"
	"testing"
)

func TestParseLine(t *testing.T) {
	for line, want := range map[string]string{
		"00000000000000000000000000000001 01 80 10 80       lo\n":    "::1/128 10 lo",
		"fe800000000000000000000000000001 02 40 20 80     eth0:7\n":  "fe80::1/64 20 eth0:7",
		"00000000000000000000ffff01020304 100 60 00 80 eth0":         "::ffff:1.2.3.4/96 00 eth0",
		"fd000000000000000000000000000001 01 40 00 80    a\u3000b\n": "fd00::1/64 00 a\u3000b", // as Linux shows it
		"broken\n": "", "": "",
		"fe8000000000000000000000000001 02 40 20 80 eth0\n":   "", // 15 bytes
		"01020304 02 20 20 80 eth0\n":                         "", // of IPv4
		"fe800000000000000000000000000001 02 81 20 80 eth0\n": "", // 129 bits
		"fe800000000000000000000000000001 02 x 20 80 eth0\n":  "",
		"fe800000000000000000000000000001 02 40 20 80\n":      "",
		"fe800000000000000000000000000001 02 40 20 80     \n": "",
	} {
		got := ""
		if a, ok := ParseLine(line); ok {
			got = a.Prefix.String() + " " + a.Scope + " " + a.Device.Raw()
		}
		if got != want {
			t.Errorf("%q is %q, want %q", line, got, want)
		}
	}
}

// TestParseOurs: every line that this kernel writes is known.
func TestParseOurs(t *testing.T) {
	b, err := os.ReadFile("/proc/self/net/if_inet6")
	if err != nil {
		t.Skip(err)
	}
	for line := range strings.Lines(string(b)) {
		if _, ok := ParseLine(line); !ok {
			t.Errorf("%q is not known", line)
		}
	}
}
