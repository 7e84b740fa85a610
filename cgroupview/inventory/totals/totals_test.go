package totals

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"bones/cgroupview"
	"bones/cgroupview/container"
	"bones/cgroupview/inventory"
	"bones/procwalk"
	"bones/procwalk/text"
)

func TestAdd(t *testing.T) {
	use := func(pid int, runtime container.Runtime, pod string, memory uint64, err error) ContainerUse {
		c := &inventory.Container{Key: fmt.Sprint(pid), PID: pid, PIDs: []int{pid, 9}, Runtime: runtime}
		if pod != "" {
			c.Info.Pod = container.PodInfo{Name: text.New(pod), Namespace: text.New("prod")}
		}
		return ContainerUse{&inventory.Usage{Container: c, Sample: cgroupview.Sample{Time: time.Unix(1, 0),
			Memory: cgroupview.Reading{Value: memory, Err: err}}}, 1.5, true}
	}
	no := errors.New("not permitted")
	list := []ContainerUse{use(1, container.CRIO, "b", 10, nil), use(2, container.Docker, "", 100, nil),
		use(3, container.CRIO, "a", 0, no), use(4, container.CRIO, "b", 5, nil), use(5, container.CRIO, "b", 0, no)}
	var got []string
	for _, total := range Add(nil, list, Pod) {
		got = append(got, fmt.Sprint(total.Group, " ", len(total.Containers), " ", total.PIDs, " ", total.CPU.Value, " ",
			total.Memory.Value, " ", total.Memory.Unknown, " ", total.Memory.Reading().Err))
	}
	want := []string{"prod/a 1 [3 9] 1.5 0 1 not permitted", "prod/b 3 [1 4 5 9] 4.5 15 1 <nil>",
		" 1 [2 9] 1.5 100 0 <nil>"}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("%q, want %q", got, want)
	}
	for i := range list {
		list[i].Info.Image = text.New([]string{"redis", "nginx"}[i%2])
		list[i].Process = &procwalk.Process{Status: &procwalk.Status{EUID: uint32(i / 2)}}
	}
	list[4].Process.Status.Err = no
	for by, want := range map[By]int{Pod: 3, Project: 1, Runtime: 2, Slice: 1, Image: 2, User: 3} {
		if n := len(Add(nil, list, by)); n != want {
			t.Errorf("by %s there are %d groups, want %d", by, n, want)
		}
	}
}

// TestNamesOfOthersAreNoTotal: what a user calls their project, pod or image is not added to what root calls so.
func TestNamesOfOthersAreNoTotal(t *testing.T) {
	use := func(pid int, maker uint32) ContainerUse {
		return ContainerUse{
			Usage: &inventory.Usage{Container: &inventory.Container{Key: fmt.Sprint(pid), PID: pid, PIDs: []int{pid},
				Chain: container.Chain{
					{Kind: container.Container, Delegation: container.Delegation{Known: true, Maker: maker}},
				},
				Info: container.Info{Image: text.New("nginx"), Pod: container.PodInfo{Name: text.New("shop")},
					Labels: []container.Label{{Key: text.New("com.docker.compose.project"), Value: text.New("shop")}}}}},
		}
	}
	const other = 4242
	for by, want := range map[By]string{Pod: "shop [1] shop (UID 4242) [2] ", Project: "shop [1] shop (UID 4242) [2] ",
		Image: "nginx [1] nginx (UID 4242) [2] ", Runtime: " [1 2] "} {
		got := ""
		for _, total := range Add(nil, []ContainerUse{use(1, 0), use(2, other)}, by) {
			got += fmt.Sprint(total.Group.Raw(), " ", total.PIDs, " ")
		}
		if got != want {
			t.Errorf("by %s: %q, want %q", by, got, want)
		}
	}
}
