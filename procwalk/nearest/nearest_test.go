package nearest

import (
	"strings"
	"testing"
)

func TestWords(t *testing.T) {
	names := []string{"containers", "cgroup", "completion", "memcached", "web", "web-2", "web"}
	for word, want := range map[string]string{
		"contaners": "containers", "cgruop": "cgroup", "memcach": "memcached", "wbe": "web", "wed": "web",
		"cached": "memcached",
		"CGROUP": "cgroup", "web": "web,web-2", "zzz": "", "": "", "x": "", strings.Repeat("a", 100000): "",
	} {
		if got := strings.Join(Words(word, names), ","); got != want {
			t.Errorf("%.20q suggests %q, want %q", word, got, want)
		}
	}
}
