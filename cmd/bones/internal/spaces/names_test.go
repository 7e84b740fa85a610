package spaces

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"
)

// TestNamesBehindMany: who types the beginning of a name finds it, whichever come before it in the directory.
func TestNamesBehindMany(t *testing.T) {
	dir := t.TempDir()
	var want []string
	for i := range mostNames + 100 {
		name := fmt.Sprintf("cni-%d", i)
		if i%50 == 0 {
			name = fmt.Sprintf("blue-%04d", i)
			want = append(want, name)
		}
		if err := os.WriteFile(filepath.Join(dir, name), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if got := namesIn(dir, "blue"); !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
	if got := namesIn(dir, ""); len(got) != mostNames {
		t.Errorf("%d names", len(got))
	}
	if got := namesIn(filepath.Join(dir, "none"), ""); len(got) > 0 {
		t.Errorf("%q", got)
	}
}
