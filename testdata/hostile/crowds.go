package main

import (
	"fmt"
	"time"

	"golang.org/x/sys/unix"

	"bones/testdata/hostile/mini"
)

// crowdKinds are many. They share one address space (CLONE_VM): it is cheaper, and without it every generation of a
// chain has to copy the list of all those before it (mm/rmap.c, anon_vma_fork), which for 10,000 takes minutes.
func crowdKinds() []kind {
	return []kind{
		{name: "steady", doc: "N harmless children of one process, for the others to be compared with", n: 200,
			make: func(s *stage, n int) ([]int, error) {
				pid, err := s.start(mini.Program{Mode: mini.Fan, Count: uint64(n), Flags: unix.CLONE_VM}, "steady",
					[]string{"steady", "--lamp"})
				return []int{pid}, err
			}},
		{name: "chain", doc: "N processes, each the child of the one before", n: 10_000, make: func(s *stage, n int) ([]int,
			error) {
			pid, err := s.start(mini.Program{Mode: mini.Chain, Count: uint64(n), Flags: unix.CLONE_VM}, "chain",
				[]string{"chain", "--link"})
			return []int{pid}, err
		}},
		{name: "fan", doc: "N children of one process", n: 10_000, make: func(s *stage, n int) ([]int, error) {
			pid, err := s.start(mini.Program{Mode: mini.Fan, Count: uint64(n), Flags: unix.CLONE_VM}, "fan",
				[]string{"fan", "--blade"})
			return []int{pid}, err
		}},
		{name: "nested", doc: "pid namespaces in one another, N or as deep as the kernel allows (32)", n: 32,
			make: func(s *stage, n int) ([]int, error) {
				p := mini.Program{Mode: mini.Chain, Count: uint64(n), Flags: unix.CLONE_NEWPID}
				pid, err := s.start(p, "nested", []string{"nested", "--doll"})
				return []int{pid}, err
			}},
		{name: "storm", doc: "about N forks a second, each child living for 3 ms", n: 2_000,
			make: func(s *stage, n int) ([]int, error) {
				if n < 2 || n > 100_000 {
					return nil, fmt.Errorf("a storm has 2 to 100000 forks a second, not %d", n)
				}
				// A fork itself takes some 100 us.
				every := max(time.Second/time.Duration(n)-100*time.Microsecond, time.Microsecond)
				p := mini.Program{Mode: mini.Storm, Every: every, Life: 3 * time.Millisecond}
				pid, err := s.start(p, "storm", []string{"storm", "--drop"})
				return []int{pid}, err
			}},
	}
}
