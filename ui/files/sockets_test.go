package files

import (
	"context"
	"strings"
	"testing"

	"bones/procwalk"
	"bones/procwalk/rootfs"
	"bones/ui/rows/procfile"
)

// TestSocketsOfACutList: of a socket that is not in what is read of a long list, that is said.
func TestSocketsOfACutList(t *testing.T) {
	for size, want := range map[int]string{socketMax + 10: "bones reads no more", 100: ""} {
		b := &Backend{Read: func(_ context.Context, _ procwalk.ID, _ rootfs.Where, _ string, limit int64) ([]byte, error) {
			line := strings.Repeat("head", 64) + "\n"
			return []byte(strings.Repeat(line, size/len(line)+1))[:min(int64(size), limit)], nil
		}}
		got := b.sockets(context.Background(), location{}, []rootfs.Info{{Name: "3", Target: "socket:[123]"}})
		says := procfile.Descriptor("socket:[123]", got)
		if !strings.Contains(says, want) || (says == "a socket") != (want == "") {
			t.Errorf("of %d bytes: %q, want %q", size, says, want)
		}
	}
}
