package main

import (
	"context"
	"fmt"
	"path/filepath"
	"testing"

	"bones/cgroupview/inventory"
	"bones/procwalk"
	"bones/procwalk/proctest"
)

// BenchmarkResolve finds 500 containers of ten processes, once as a command does and again as the terminal UI does.
func BenchmarkResolve(b *testing.B) {
	h := newContainerHost(b)
	ids := make([]string, 500)
	for i := range ids {
		ids[i] = fmt.Sprintf("%064x", i+1)
		h.docker(ids[i], fmt.Sprint("c", i), "/docker/"+ids[i], 100000+i*20, "var/lib/docker")
	}
	h.tree.Fill(4000, func(i int) proctest.Proc {
		id, pid := i/8, 100000+i/8*20
		return proctest.Proc{PID: pid + 7 + i%8, PPID: pid, NSpid: []int{pid + 7 + i%8, 20 + i%8},
			CgroupLines: []string{"4:pids:/docker/" + ids[id], "0::/"}}
	})
	procRoot := filepath.Join(h.root, "proc")
	w, err := procwalk.NewWalker(procRoot)
	if err != nil {
		b.Fatal(err)
	}
	defer w.Close()
	s, err := w.Snapshot(context.Background(), procwalk.Request{Want: inventory.Want})
	if err != nil {
		b.Fatal(err)
	}
	resolve := func(b *testing.B, r *inventory.Resolver) {
		x, err := r.Resolve(s)
		if err != nil || len(x.List) != 500 || len(x.List[7].PIDs) != 10 || x.List[7].Name.Len() == 0 {
			b.Fatalf("%d containers, %v", len(x.List), err)
		}
	}
	b.Run("first", func(b *testing.B) {
		for b.Loop() {
			resolve(b, inventory.NewResolver(procRoot, "/sys/fs/cgroup"))
		}
	})
	b.Run("again", func(b *testing.B) {
		r := inventory.NewResolver(procRoot, "/sys/fs/cgroup")
		resolve(b, r)
		for b.Loop() {
			resolve(b, r)
		}
	})
}
