package procfile

import "testing"

func TestMaskVariable(t *testing.T) {
	for in, want := range map[string]string{"A=secret": "A=********", "A=": "A=", "": "", "bare secret": "********",
		"A=b=c": "A=********"} {
		if got := MaskVariable(in); got != want {
			t.Errorf("%q is shown as %q, want %q", in, got, want)
		}
	}
}

func TestIsEnviron(t *testing.T) {
	for p, want := range map[string][2]bool{"/environ": {true, false}, "environ": {true, false},
		"/task/7/environ": {true, false}, "/proc/1/environ": {true, true}, "/proc//self/./environ": {true, true},
		"/etc/environ": {true, false}, "/status": {false, false}} {
		if got := [2]bool{IsEnviron(p, true), IsEnviron(p, false)}; got != want {
			t.Errorf("%q: %v, want %v", p, got, want)
		}
	}
}
