package kubectl

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/spf13/cobra"
)

// TestComplete: Tab offers nodes and pods as they can be typed, and nothing that a shell would obey.
func TestComplete(t *testing.T) {
	fake := filepath.Join(t.TempDir(), "kubectl")
	if err := os.WriteFile(fake, []byte(`#!/bin/sh
case "$*" in
"get nodes --output=name") printf 'node/n1\nnode/n2\nnode/$(id)\n' ;;
"get pods --output=name") printf 'pod/shop-1\npod/-x\n' ;;
"get pods --output=name --namespace=prod") echo pod/web-1 ;;
*) echo "Error from server (Forbidden): no" >&2; exit 1 ;;
esac
`), 0o755); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ namespace, word, want string }{
		{"", "", "n1 n2 shop-1"}, {"", "n", "n1 n2"}, {"", "s", "shop-1"}, {"", "no/", "no/n1 no/n2"},
		{"", "pod/s", "pod/shop-1"}, {"", "prod/", "prod/web-1"}, {"prod", "", "web-1"}, {"prod", "pod/", "pod/web-1"},
		{"other", "", ""}, {"-x", "", ""}, {"", "-x/", ""}, {"", "-", ""},
	} {
		var got []string
		for _, one := range (&flags{program: fake, namespace: c.namespace}).places(t.Context(), c.word) {
			name, _, _ := strings.Cut(one, "\t")
			got = append(got, name)
		}
		if strings.Join(got, " ") != c.want {
			t.Errorf("%q in %q: %q, want %s", c.word, c.namespace, got, c.want)
		}
	}
	root := &cobra.Command{Use: "bones"}
	root.AddCommand(&cobra.Command{Use: "freeze TARGET", Run: func(*cobra.Command, []string) {}})
	c := &cobra.Command{Use: "kubectl"}
	root.AddCommand(c)
	if got, _ := new(flags).complete(c, []string{"n1"}, "fr"); len(got) != 1 || !strings.HasPrefix(got[0], "freeze") {
		t.Errorf("behind --: %q", got)
	}
}
