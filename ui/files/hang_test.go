package files_test

import "testing"

// TestWhatHangsHoldsUpNothing: while one file does not answer, another one is opened, and so is the directory that the
// user goes to.
func TestWhatHangsHoldsUpNothing(t *testing.T) {
	c, s := onSlow(t, "link")
	c.Press("Enter", "g")
	c.Press("F3")
	hung := len(s.held)
	c.Type("hosts\r\r")
	if len(s.held) == hung {
		t.Fatal("the next file is not read while the first one hangs")
	}
	s.held[len(s.held)-1]()
	c.Redraw()
	c.WantText("localhost")

	c, s = onSlow(t, "hosts")
	c.Type(":cd /etc\r")
	hung = len(s.held)
	c.Type(":cd /bin\r")
	if len(s.held) == hung {
		t.Error("the next directory is not listed while the first one hangs")
	}
}
