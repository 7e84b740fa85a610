package main

import (
	"strings"
	"testing"
)

// TestFilesNameWholePaths: what cannot be changed is named as it was given. Of several paths the last part alone does
// not tell which one it was.
func TestFilesNameWholePaths(t *testing.T) {
	dir := t.TempDir()
	missing, there := dir+"/a/missing", dir+"/there"
	if _, errs, status := say(t, "files", "mkdir", "self", there); status != 0 {
		t.Fatal(errs)
	}
	for _, c := range []struct {
		names string
		line  []string
	}{
		{dir + "/none", []string{"rm", dir + "/none"}}, {dir + "/none", []string{"rm", "-r", dir + "/none"}},
		{dir + "/none", []string{"mv", dir + "/none", dir + "/x"}}, {there, []string{"mv", there, there}},
		{there, []string{"mkdir", there}}, {dir + "/a", []string{"mkdir", missing}},
		{dir + "/a", []string{"touch", missing}}, {missing, []string{"rm", missing}},
		{dir + "/none", []string{"cat", dir + "/none"}}, {dir + "/none", []string{"ls", dir + "/none"}},
		{dir + "/none", []string{"get", dir + "/none", dir + "/local"}},
		{dir + "/a", []string{"put", "/proc/version", missing}},
	} {
		_, errs, status := say(t, append([]string{"files", c.line[0], "self"}, c.line[1:]...)...)
		if status != exitFailed || !strings.Contains(errs, c.names) {
			t.Errorf("%q: status %d, does not name %s: %s", c.line, status, c.names, errs)
		}
	}
}
