package manual

import (
	"os/exec"
	"regexp"
	"strings"
	"testing"

	"bones/procwalk/proctest"
)

// TestRoff: what a text holds means nothing to roff.
func TestRoff(t *testing.T) {
	proctest.NeedPrograms(t, "mandoc")
	lines := []string{`.so /etc/passwd`, `'br`, `a\fBb\n(.g\*x`, `--flag -x`, `"quoted"`, "`code` it's ^c ~user", `\`,
		`a.b`, `%s`}
	p := &page{}
	p.raw(".TH X 1 \"\" bones \"bones manual\"\n.SH X\n.nf")
	for _, l := range lines {
		p.line(l)
	}
	p.raw(".fi")
	for _, l := range lines {
		p.item(l, l)
	}
	c := exec.Command("mandoc", "-Tutf8", "-Owidth=120")
	c.Stdin = strings.NewReader(p.String())
	out, err := c.Output()
	if err != nil {
		t.Fatal(err)
	}
	plain := regexp.MustCompile(".\x08").ReplaceAllString(string(out), "") // bold, as a typewriter has it
	for _, l := range lines {
		if n := strings.Count(plain, l); n < 3 {
			t.Errorf("%q stands there %d times:\n%s", l, n, plain)
		}
	}
}
