package edit

import (
	"os"
	"path/filepath"
	"testing"

	"bones/cgroupview"
)

// TestInverseOfFilesThatGoTogether: whatever is set in one command is taken back, also two files of which a write to
// one may change the other.
func TestInverseOfFilesThatGoTogether(t *testing.T) {
	for _, c := range []struct {
		old, new [2]string
		files    [2]string
		want     [2]string
	}{
		{[2]string{"default 100\n8:0 70", "default 30"}, [2]string{"8:0 50", "60"},
			[2]string{"io.weight", "io.bfq.weight"}, [2]string{"8:0 70", "default 30"}},
		{[2]string{"default 100", "default 30"}, [2]string{"50", "60"}, [2]string{"io.bfq.weight", "io.weight"},
			[2]string{"default 100", "default 30"}},
		{[2]string{"0-1", "member"}, [2]string{"0", "root"}, [2]string{"cpuset.cpus", "cpuset.cpus.partition"},
			[2]string{"0-1", "member"}},
		{[2]string{"0-1", "0"}, [2]string{"0", "1"}, [2]string{"cpuset.cpus", "cpu.idle"}, [2]string{"0-1", "0"}},
	} {
		group, h := fixture(t, 2, map[string]string{"g/" + c.files[0]: c.old[0], "g/" + c.files[1]: c.old[1]})
		g := group("g")
		e, err := New(h, cgroupview.Groups{List: []*cgroupview.Group{g}},
			[]Assignment{{c.files[0], c.new[0]}, {c.files[1], c.new[1]}}, cgroupview.Surroundings{})
		if err != nil {
			t.Errorf("%v: %v", c.files, err)
			continue
		}
		along := e.alongside()
		for _, change := range e.Changes() {
			if err := os.WriteFile(filepath.Join(g.Dir.Raw(), change.File), []byte(change.New+"\n"), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		got := map[string]string{}
		for _, change := range e.inverse(along).Changes() {
			got[change.File] = change.New
		}
		if len(got) != 2 || got[c.files[0]] != c.want[0] || got[c.files[1]] != c.want[1] {
			t.Errorf("%v: it would be taken back with %q, want %q", c.files, got, c.want)
		}
	}
}
