package kubectl

import "testing"

// TestLastLine: of a cluster that does not answer, kubectl logs each try before it says so.
func TestLastLine(t *testing.T) {
	for said, want := range map[string]string{
		"E1126 memcache.go:265] \"Unhandled Error\"\nE1126 memcache.go:265] \"Unhandled Error\"\n" +
			"The connection to the server db1:8080 was refused\n": "The connection to the server db1:8080 was refused",
		"Error from server (Forbidden): pods\n": "Error from server (Forbidden): pods",
		"":                                      "",
	} {
		if got := lastLine(said); got != want {
			t.Errorf("%q: %q, want %q", said, got, want)
		}
	}
}
