package facts

import "testing"

// TestTry: a limit to try is higher than the one there is, or far above what is in use, and one that the kernel takes.
func TestTry(t *testing.T) {
	for _, c := range []struct {
		name string
		a    amounts
		want string
	}{
		{"a demo", amounts{limit: 128 * mebi, usage: 40 * mebi}, "1G"},
		{"no limit", amounts{usage: 40 * mebi}, "1G"},
		{"no limit, much in use", amounts{usage: 900 * mebi}, "4G"},
		{"a large one", amounts{limit: 2 * gibi, usage: gibi}, "3G"},
		{"a large one that is no number of GiB", amounts{limit: 3 * gibi, usage: gibi}, "4608M"},
		{"memory and swap together leave room", amounts{limit: 256 * mebi, together: 512 * mebi}, "512M"},
		{"memory and swap together are the limit", amounts{limit: 256 * mebi, together: 256 * mebi, usage: 50 * mebi},
			"192M"},
		{"and most is in use", amounts{limit: 256 * mebi, together: 256 * mebi, usage: 200 * mebi}, ""},
		{"less than one types", amounts{limit: 64 << 10, together: 64 << 10}, ""},
	} {
		got := c.a.try()
		if got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

func TestNumber(t *testing.T) {
	for s, want := range map[string]uint64{"max\n": 0, "134217728\n": 134217728, "9223372036854771712": 0, "": 0,
		"-1": 0} {
		if got := number(s); got != want {
			t.Errorf("%q is %d", s, got)
		}
	}
}
