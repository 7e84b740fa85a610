package rows

import (
	"fmt"
	"strings"
	"testing"

	"bones/procwalk/detail"
)

// TestExplainTellsOfThreadsLeftOut: of more threads with namespaces of their own than are told of one by one, the walk
// says how many more there are.
func TestExplainTellsOfThreadsLeftOut(t *testing.T) {
	s := explainWorld()
	for more, want := range map[int]string{0: "", 1: "and 1 more threads", 500: "and 500 more threads"} {
		f := explainFacts(s, 970)
		f.Apart = &ExplainThreads{Threads: make([]ExplainThread, threadsTold+more)}
		var said strings.Builder
		for _, section := range Explain(f).Sections() {
			fmt.Fprintln(&said, section.Lines)
		}
		if n := strings.Count(said.String(), "has namespaces of its own"); n != threadsTold ||
			!strings.Contains(said.String(), want) || strings.Contains(said.String(), "more threads") != (more > 0) {
			t.Errorf("%d more: it tells of %d: %s", more, n, &said)
		}
	}
}

// TestListsThatWereCutSaySo: of mounts and of open files that were not all read, no number is shown as if it were.
func TestListsThatWereCutSaySo(t *testing.T) {
	s := explainWorld()
	for _, more := range []bool{false, true} {
		d := &detail.Detail{}
		d.Mounts.Value = detail.Mounts{Count: 100000, More: more}
		d.FDs.Value.Count, d.FDs.Value.More = 100000, more
		said := fmt.Sprint(Details(s.Find(970), s, d, DetailOptions{}))
		if n := strings.Count(said, "100000 or more"); (n == 2) != more || (n == 0) == more {
			t.Errorf("cut %v: %d of them say so: %s", more, n, said)
		}
	}
}
