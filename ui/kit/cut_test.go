package kit

import (
	"fmt"
	"testing"
)

func TestCuts(t *testing.T) {
	for _, c := range []struct {
		s        string
		shift, n int
		want     string
	}{
		{"memcached -m 64", 0, 20, "memcached -m 64"}, {"memcached -m 64", 0, 9, "memcache~"},
		{"memcached -m 64", 5, 9, "~hed -m ~"}, {"memcached -m 64", 11, 9, "~ 64"}, {"memcached", 40, 9, "~"},
		{"4194304", 0, 5, "#####"}, {"104857600  (100M)", 0, 14, "104857600  (~"},
		{"104857600  (100M)", 0, 15, "104857600  (~"},
		{"104857600  (100M)", 0, 10, "104857600~"}, {"104857600  (100M)", 0, 9, "#########"},
		{"--port 12345 x", 0, 10, "--port ~"}, {"/pod12345/x", 0, 8, "/pod123~"}, {"日本語プロセス", 2, 6, "~語プ~"}, {"", 3, 4, ""},
	} {
		if got := Window(c.s, c.shift, c.n); got != c.want || Width(got) > c.n {
			t.Errorf("Window(%q, %d, %d) = %q, want %q", c.s, c.shift, c.n, got, c.want)
		}
	}
	for n := range 30 {
		for _, s := range []string{"/kubepods.slice/kubepods-pod1234.slice", "日本語プロセスの名前です", "short"} {
			for _, c := range append([]cut{{skip: 3}}, cuts[:]...) {
				if got := c.apply(s, n); Width(got) > n {
					t.Errorf("%+v: %q in %d cells: %q", c, s, n, got)
				}
			}
		}
	}
}

// TestCutNamesStayApart: wherever names differ, they are cut so that one can tell them apart.
func TestCutNamesStayApart(t *testing.T) {
	at := func(i int) string { return fmt.Sprintf("%c%c", 'a'+i%26, 'a'+i/26) }
	for name, make := range map[string]func(i int) string{
		"at the end":       func(i int) string { return "/kubepods.slice/kubepods-burstable.slice/pod-" + at(i) },
		"at the beginning": func(i int) string { return at(i) + "-deployment-with-a-long-name-that-is-always-the-same" },
		"in the middle":    func(i int) string { return "/system.slice/docker-" + at(i) + ".scope/init.scope" },
	} {
		for _, n := range []int{16, 24} {
			var names []string
			for i := range 40 {
				names = append(names, make(i))
			}
			where, seen := chooseCut(names, n), map[string]bool{}
			for _, s := range names {
				seen[where.apply(s, n)] = true
			}
			if len(seen) != len(names) {
				t.Errorf("names that differ %s, in %d cells: %d of %d look alike", name, n, len(names)-len(seen)+1, len(names))
			}
		}
	}
}
