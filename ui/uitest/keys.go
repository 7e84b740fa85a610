package uitest

import (
	"testing"

	"bones/ui/kit"
	"bones/ui/uitest/fakehost"
)

// Case is what the test of one key presses, and whether the view is as it must be then.
type Case[R any] = struct {
	Keys []string
	OK   func(R) bool
}

// screen is what a Rig and what stands on one can do.
type screen interface {
	View() kit.View
	Press(keys ...string)
	Safe()
	Text() string
}

// EveryKey tries each key that a view adds, by its name, in a view of its own. A key without a case, and a case
// without a key, fail the test. In a read-only UI each key that changes something must be off, with a reason.
func EveryKey[R screen](t *testing.T, show func(...Change) R, cases map[string]Case[R]) {
	t.Helper()
	table := show().View().Keys()
	fakehost.AllTested(t, table, cases)
	for _, name := range fakehost.KeyNames(table) {
		c, ok := cases[name]
		if !ok {
			continue
		}
		t.Run(name, func(t *testing.T) {
			r := show()
			r.Press(c.Keys...)
			r.Safe()
			if !c.OK(r) {
				t.Errorf("after %q the screen is\n%s", c.Keys, r.Text())
			}
		})
	}
	for _, k := range show(ReadOnly).View().Keys() {
		if k.Changes && k.WhyOff("locked") == "" {
			t.Errorf("%s is not greyed", k.Action)
		}
	}
}
