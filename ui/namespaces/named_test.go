package namespaces_test

import (
	"strings"
	"testing"

	"bones/procwalk"
)

// TestGoToANamespaceByName: :ns takes a namespace as every command does, by its inode, with its type, or by a name.
func TestGoToANamespaceByName(t *testing.T) {
	for word, want := range map[string]procwalk.NSType{"4026531837": procwalk.Mnt, "net:[4026531838]": procwalk.Net,
		"netns:lab": procwalk.Net} {
		n := world(t, 120, 40)
		n.Type(":ns " + word + "\r")
		got := n.ns().Namespace()
		if got == nil || got.Type != want {
			t.Errorf(":ns %s: at %+v:\n%s", word, got, n.Text())
		}
	}
	n := world(t, 120, 40)
	n.Type(":ns net:[4026530000]\r")
	if !strings.Contains(n.Text(), "net:[4026530000] is not among the namespaces that are listed here; "+
		"a also lists those that no process is in") {
		t.Errorf("a namespace that is not there:\n%s", n.Text())
	}
}
