package procwalk

import (
	"math/rand/v2"
	"slices"
	"testing"
)

// family makes rows from (pid, ppid, start) triples, in PID order.
func family(triples ...[3]int) []Process {
	rows := make([]Process, len(triples))
	for i, t := range triples {
		rows[i].PID, rows[i].PPID, rows[i].StartTime = t[0], t[1], uint64(t[2])
	}
	slices.SortFunc(rows, func(a, b Process) int { return a.PID - b.PID })
	return rows
}

func order(rows []Process, t *Tree) []int {
	var pids []int
	for _, i := range t.Order {
		pids = append(pids, rows[i].PID)
	}
	return pids
}

func TestTreeOrder(t *testing.T) {
	for _, c := range []struct {
		name string
		rows []Process
		want []int
	}{
		{"empty", nil, nil},
		{"kthreadd comes before init", family([3]int{1, 0, 0}, [3]int{2, 0, 0}, [3]int{3, 2, 0}), []int{2, 3, 1}},
		{"siblings by age, not by number", family([3]int{1, 0, 0}, [3]int{5, 1, 90}, [3]int{9, 1, 50}, [3]int{7, 5, 95}),
			[]int{1, 9, 5, 7}},
		{"orphans are roots", family([3]int{4, 99, 10}, [3]int{6, 4, 20}), []int{4, 6}},
		{"own parent", family([3]int{4, 4, 10}, [3]int{6, 4, 20}), []int{4, 6}},
		{"cycle of two, cut at the older", family([3]int{4, 6, 10}, [3]int{6, 4, 20}), []int{4, 6}},
		{"tail into a cycle", family([3]int{3, 4, 1}, [3]int{4, 6, 30}, [3]int{6, 4, 20}), []int{6, 4, 3}},
	} {
		tree := newTree(c.rows)
		if got := order(c.rows, tree); !slices.Equal(got, c.want) {
			t.Errorf("%s: order %v, want %v", c.name, got, c.want)
		}
	}
}

// checkTree proves what every view relies on, for any parents whatever.
func checkTree(t *testing.T, rows []Process) *Tree {
	t.Helper()
	tree := newTree(rows)
	if len(tree.Order) != len(rows) {
		t.Fatalf("%d rows, %d in the tree", len(rows), len(tree.Order))
	}
	at := make([]int, len(rows))
	for i := range at {
		at[i] = -1
	}
	for pos, i := range tree.Order {
		if at[i] >= 0 {
			t.Fatalf("row %d stands twice", i)
		}
		at[i] = pos
		p := tree.Parent[i]
		if p < 0 {
			if tree.Depth[i] != 0 {
				t.Fatalf("root with depth %d", tree.Depth[i])
			}
			continue
		}
		if rows[p].PID != rows[i].PPID || at[p] < 0 || tree.Depth[i] != tree.Depth[p]+1 {
			t.Fatalf("row %d below %d: parent first, and one level deeper", i, p)
		}
		if pos >= at[p]+int(tree.Size[p]) {
			t.Fatalf("row %d is outside of its parent's subtree", i)
		}
	}
	return tree
}

func TestTreeHoldsEveryRowOnce(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 300 {
		rows := make([]Process, r.IntN(60))
		for i := range rows {
			rows[i].PID = i + 1
			rows[i].PPID = r.IntN(len(rows) + 5) // cycles, self-parents, orphans
			rows[i].StartTime = uint64(r.IntN(9))
		}
		checkTree(t, rows)
	}
}

func TestTreeChainAndFanOf100000(t *testing.T) {
	rows := make([]Process, 100_000) // 20 MB: one table after the other
	for i := range rows {
		rows[i].PID, rows[i].PPID = i+1, i
	}
	if d := checkTree(t, rows).Depth[99_999]; d != 99_999 {
		t.Errorf("the chain's depth is %d", d)
	}
	rows[0].PPID = len(rows) // a ring
	checkTree(t, rows)
	for i := range rows { // a fan
		rows[i].PPID = min(i, 1)
	}
	checkTree(t, rows)
}

func FuzzTree(f *testing.F) {
	f.Add([]byte{1, 0, 2, 1})
	f.Add([]byte{2, 1, 1, 2})
	f.Fuzz(func(t *testing.T, parents []byte) {
		rows := make([]Process, len(parents))
		for i, p := range parents {
			rows[i].PID, rows[i].PPID, rows[i].StartTime = i+1, int(p), uint64(p%7)
		}
		checkTree(t, rows)
	})
}
