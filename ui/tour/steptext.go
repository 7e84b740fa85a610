package tour

import (
	"fmt"
	"strconv"
	"strings"

	"bones/cgroupview/spec"
)

// Sample are facts of a container that does not exist, for the steps as text.
func Sample() Facts {
	return Facts{Name: "web", Runtime: "docker", PID: 4312, Inside: 1, Comm: "memcached", Parent: 4290,
		ParentComm: "containerd-shim", Host: 210, Processes: []Member{{4312, 1}, {4390, 57}}, Kernel: "6.1.0-56-amd64",
		Private: []string{"cgroup", "ipc", "mnt", "net", "pid", "uts"}, Shared: []string{"time", "user"},
		Dir: "/sys/fs/cgroup/system.slice/docker-web.scope", File: "memory.max", Value: "536870912", Before: "536870912",
		Try: "1G", Folder: "/tmp", Shell: true}
}

// Told is a step as text: what it says, the keys as they are if nobody moved them, from view 1 on and with nothing in
// the way, and why a part of it cannot be done.
func (s *Step) Told(f *Facts) (text, keys, lacks []string) {
	text, lacks = []string{}, []string{}
	for i := range s.parts {
		if why := s.parts[i].lacks(f); why != "" {
			if !strings.Contains(strings.Join(lacks, "\n"), why) {
				lacks = append(lacks, why)
			}
			continue
		}
		text = append(text, s.parts[i].say(f))
	}
	if len(lacks) == 0 {
		after := *f
		if s.Number == 9 { // nobody has changed the limit that the text says was changed
			if n, err := spec.ParseSize(f.Try, 0); err == nil {
				after.Value = strconv.FormatUint(n, 10)
			}
		}
		text = append(text, s.saw(&after))
	}
	return text, briefly(s.Number, f), lacks
}

// ByHand is the command that does, or shows, the same.
func (s *Step) ByHand(f *Facts) string { return s.hand(f) }

// briefly are the keys of a step.
func briefly(step int, f *Facts) []string {
	palette := func(words string) []string { return []string{":", `"` + words + `"`, "Enter"} }
	shell := []string{"Enter", thenInside, `"echo $$"`, "Enter", `"exit"`, "Enter"}
	pid := fmt.Sprint(f.PID)
	switch step {
	case 0:
		return palette("explain " + pid)
	case 1:
		return palette("pid " + pid)
	case 2:
		return []string{"5", "."}
	case 3:
		return []string{"2", "Enter"}
	case 4:
		return []string{"2"}
	case 5:
		return append(append([]string{"5"}, palette("cd "+f.Folder)...), "a", `"`+FileName+`"`, "Enter", "u")
	case 6:
		keys := []string{"3", "s"}
		switch {
		case f.Bones:
			return append(keys, `"bones"`, "Enter", thenInside, "q")
		case !f.Shell:
			keys = append(keys, "Up", "Space")
		}
		return append(keys, shell...)
	case 7:
		return append(palette("unshare"), shell...)
	case 8:
		return []string{"4", "Enter", "F3", `"` + f.File + `"`, "Enter"}
	case 9:
		return []string{"e", "^u", `"` + f.Try + `"`, "Enter"}
	}
	return []string{"u"}
}
