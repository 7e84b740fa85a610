package complete

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"bones/procwalk/leaktest"
	"bones/procwalk/proctest"

	"github.com/spf13/cobra"
)

func TestMain(m *testing.M) { leaktest.Main(m) }

// TestCompleteDoesNotHang: what is not found in time is not offered.
func TestCompleteDoesNotHang(t *testing.T) {
	release := make(chan struct{})
	defer close(release)
	f := offer(func(context.Context, *cobra.Command, []string, string) ([]candidate, bool) {
		<-release
		return []candidate{{"late", ""}}, true
	})
	c := &cobra.Command{}
	c.SetContext(context.Background())
	begun := time.Now()
	if list, _ := f(c, nil, ""); len(list) > 0 || time.Since(begun) > proctest.Patience {
		t.Errorf("%q after %v", list, time.Since(begun))
	}
	// And no more than a shell can show.
	f = offer(func(context.Context, *cobra.Command, []string, string) ([]candidate, bool) {
		var list []candidate
		for i := range 3000 {
			list = append(list, candidate{fmt.Sprint("x", i), "\x1b[2J\nx\t" + strings.Repeat("y", 500)})
		}
		return list, true
	})
	list, _ := f(c, nil, "x")
	if len(list) != MaxCandidates {
		t.Errorf("%d are offered", len(list))
	}
	if _, does, _ := strings.Cut(list[0], "\t"); strings.ContainsAny(does, "\x1b\n\t") || len([]rune(does)) > 80 {
		t.Errorf("a hostile description: %q", does)
	}
}
