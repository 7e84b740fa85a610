package namespaces_test

import (
	"strconv"
	"testing"

	"bones/ui/rows"
)

// TestFoldsHideNothingThatIsLookedFor: what is filtered, searched or asked for by its number is found below a heading,
// or a parent, that is folded; the folds are as before when the filter is taken away.
func TestFoldsHideNothingThatIsLookedFor(t *testing.T) {
	for name, arrange := range map[string][]string{"ipc (2)": {"*"}, "user:[4026531841]": {"t", "*"}} {
		t.Run(name, func(t *testing.T) {
			n := world(t, 120, 40)
			own := n.ns().Key()
			inode := strconv.FormatUint(own.Inode, 10)
			n.Press(arrange...)
			folded := len(n.ns().Lines())
			hidden := func(after string) {
				t.Helper()
				if len(n.ns().Lines()) != folded {
					t.Errorf("after %s the screen is\n%s", after, n.Text())
				}
			}
			found := func(by string) {
				t.Helper()
				if n.ns().Key() != own || n.ns().Namespace() == nil {
					t.Errorf("%s goes to %v:\n%s", by, n.ns().Key(), n.Text())
				}
			}
			hidden("folding all")
			n.Press("/")
			n.Type(inode + "\r")
			found("the filter")
			n.Press("Esc")
			hidden("the filter")
			line := n.ns().Lines()[n.ns().Row()]
			if hides := rows.NSHeading(line); hides != name && line.Key.String() != name {
				t.Errorf("without the filter %v is selected, and not what hides %v", line.Key, own)
			}
			n.Press("F3")
			n.Type(inode + "\r")
			found("F3")
			n.Press("*")
			if len(n.ns().Lines()) != folded {
				n.Press("*") // all was unfolded by the first
			}
			hidden("folding all again")
			n.Type(":ns " + inode + "\r")
			found(":ns")
		})
	}
}
