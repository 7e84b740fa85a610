package complete

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"bones/cgroupview/container"
	"bones/cgroupview/edit"
	"bones/cgroupview/inventory"
	"bones/procwalk"
	"bones/procwalk/leaktest"
	"bones/procwalk/proctest"
	"bones/procwalk/text"

	"github.com/spf13/cobra"
)

func TestMain(m *testing.M) { leaktest.Main(m) }

// TestPortableNamesAreOffered: Tab offers each name that `bones set` takes, and no other.
func TestPortableNamesAreOffered(t *testing.T) {
	var offered []string
	for _, p := range portable {
		offered = append(offered, p.name)
	}
	if want := edit.PortableNames(); !slices.Equal(offered, want) {
		t.Errorf("cgroupview/edit/portable.go has the names %q, and Tab offers %q: change portable in values.go", want,
			offered)
	}
}

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

// TestPodsAreOffered: each pod once, and its containers once the pod is typed.
func TestPodsAreOffered(t *testing.T) {
	d := &inventory.Data{}
	for i, name := range []string{"POD", "app", "log"} {
		d.Containers = append(d.Containers, inventory.ContainerData{Container: inventory.Container{Key: name,
			Name: text.New(name), PID: 100 + i, Info: container.Info{Pod: container.PodInfo{Name: text.New("shop-1"),
				Namespace: text.New("prod")}}}})
	}
	x := inventory.New(d, &procwalk.Snapshot{})
	words := func(typed string) string {
		var list []string
		for _, c := range podCandidates(x, typed) {
			list = append(list, c.word)
		}
		return strings.Join(list, " ")
	}
	for typed, want := range map[string]string{"": "prod/shop-1", "pro": "prod/shop-1",
		"prod/shop-1/": "prod/shop-1 prod/shop-1/pause prod/shop-1/app prod/shop-1/log",
		"pod:prod":     "pod:prod/shop-1"} {
		if got := words(typed); got != want {
			t.Errorf("after %q: %q, want %q", typed, got, want)
		}
	}
}
