package inventory

import (
	"strings"
	"testing"

	"bones/cgroupview/container"
	"bones/procwalk"
	"bones/procwalk/text"
)

// podHost is a host with three pods of Kubernetes, one of Podman, and a container that is called like a pod.
func podHost() (*procwalk.Snapshot, *Inventory) {
	s, x := &procwalk.Snapshot{}, &Inventory{}
	for i, c := range []struct{ namespace, pod, uid, name string }{
		{"prod", "shop-1", "u1", "POD"}, {"prod", "shop-1", "u1", "app"}, {"prod", "shop-1", "u1", "log"},
		{"test", "shop-1", "u2", "POD"}, {"test", "shop-1", "u2", "app"},
		{"prod", "idle", "u3", "POD"},
		{"", "mine", "u4", "1234-infra"}, {"", "mine", "u4", "db"},
		{"prod", "single", "u5", "POD"}, {"prod", "single", "u5", "only"},
		{"", "", "", "idle"}, {"", "", "", "prod/odd"},
	} {
		pid := 100 + i
		s.Processes = append(s.Processes, procwalk.Process{Stat: procwalk.Stat{PID: pid}})
		e := &Container{Key: c.uid + c.name, Name: text.New(c.name), PID: pid,
			ID: text.New(strings.Repeat("abcdefabcdef"[i:i+1],
				60) + "000" + string(rune('a'+i)))}
		if c.uid != "" {
			e.Info.Pod = container.PodInfo{UID: text.New(c.uid), Name: text.New(c.pod), Namespace: text.New(c.namespace)}
		}
		x.List = append(x.List, e)
	}
	return s, x
}

func TestFindPods(t *testing.T) {
	s, x := podHost()
	for word, want := range map[string]string{
		"prod/single":        "only", // the one that does its work
		"single":             "only",
		"u5":                 "only",
		"prod/single/pause":  "POD",
		"prod/single/POD":    "POD",
		"pause:single":       "POD",
		"prod/shop-1/log":    "log",
		"shop-1/log":         "log",
		"prod/shop-1":        "2 containers: ",
		"shop-1":             "3 containers: ",
		"shop-1/app":         "2 containers: ",
		"prod/idle":          "POD", // there is no other
		"pod:idle":           "POD",
		"idle":               "2 containers: ", // a container is called so, and a pod
		"name:idle":          "idle",
		"mine/db":            "db",
		"pod:mine/db":        "db",
		"prod/shop-1/nobody": "no running container",
		"prod/shop":          "no running container",
		"shop-1/":            "no running container",
		"prod/odd":           "prod/odd",
		"pod:":               "an empty pod",
	} {
		c, _, err := x.Find(s, word)
		switch {
		case err != nil:
			if !strings.Contains(err.Error(), want) || !cleanLine(err.Error()) {
				t.Errorf("%s: %v, want %q", word, err, want)
			}
			if word == "shop-1/app" && !strings.Contains(err.Error(), "prod/shop-1/app") {
				t.Errorf("%s: the message does not say by what each is named: %v", word, err)
			}
		case c.Name.Raw() != want:
			t.Errorf("%s: %s, want %q", word, c.Name, want)
		}
	}
	// What reads takes a pod whole.
	for word, want := range map[string]int{"prod/shop-1": 3, "test/shop-1": 2, "mine": 2, "prod/shop-1/app": 1,
		"shop-1": -1} {
		list, err := x.FindContainers(s, []string{word})
		if (err != nil) != (want < 0) || err == nil && len(list) != want {
			t.Errorf("%s: %d containers, %v; want %d", word, len(list), err, want)
		}
	}
	if got := x.List[0].Label().Raw(); got != "pause:shop-1" {
		t.Errorf("the pause container is shown as %q", got)
	}
	if got := x.List[2].PodTarget(); got != "prod/shop-1/log" {
		t.Errorf("the TARGET of a pod's container is %q", got)
	}
}

func TestSliceAndProject(t *testing.T) {
	for group, want := range map[string]string{
		"/docker/x": "/docker", "/x": "/", "": "", "/system.slice/docker-x.scope": "system.slice",
		"/a.slice/a-b.slice/docker-x.scope/container": "a-b.slice", "/kubepods/burstable/podx/y": "/kubepods/burstable/podx",
	} {
		c := &Container{Chain: container.Chain{{Kind: container.Container, Group: text.New(group)}}}
		if got := c.Slice().Raw(); got != want {
			t.Errorf("%s stands in %q, want %q", group, got, want)
		}
	}
	c := &Container{Info: container.Info{Labels: []container.Label{
		{Key: text.New("com.docker.compose.project"), Value: text.New("blog")}}}}
	if got := c.Project().Raw(); got != "blog" {
		t.Errorf("the project is %q", got)
	}
}
