package main

import (
	"encoding/json"
	"fmt"
	"os"
	"strconv"
	"strings"
	"testing"

	"bones/procwalk/proctest"
)

// compareNetwork has two containers on one network of the engine, one of them with a published port, and a third on
// another: whose ports they are, where their veths lead, and who reaches whom.
func compareNetwork(t *testing.T, e *engine, m made) {
	tag := strconv.Itoa(os.Getpid())
	network := func(name string, more ...string) string {
		id, err := e.run(append(append([]string{"network", "create"}, more...), name)...)
		if err != nil {
			proctest.Missing(t, "this kernel lets the engine make no bridge: %v", err)
		}
		t.Cleanup(func() { e.try("network", "rm", name) })
		return "br-" + id[:12]
	}
	bridge := network("bonesone" + tag)
	network("bonestwo"+tag, "--internal")
	start := func(name, network string, more ...string) int {
		e.must(append(append([]string{"run", "-d", "--name", name, "--network", network}, more...), "memcached:test")...)
		t.Cleanup(func() { e.try("rm", "-f", name) })
		pid, _ := strconv.Atoi(e.must("inspect", "-f", "{{.State.Pid}}", name))
		return pid
	}
	web, db, far := "neta"+tag, "netb"+tag, "netc"+tag
	pid := start(web, "bonesone"+tag, "-p", "127.0.0.1:0:11211")
	start(db, "bonesone"+tag)
	start(far, "bonestwo"+tag)
	published := strings.Fields(e.must("port", web))
	address := published[len(published)-1] // 127.0.0.1:PORT

	type port struct {
		Protocol  string
		Local     struct{ Port int }
		Container *struct{ Name string }
		Processes []struct {
			PID  int
			Comm string
		}
	}
	var list []port
	proctest.Until(t, "memcached listens", func() bool {
		list = nil
		out := m.ask(t, "ports", "--json", web)
		if err := json.Unmarshal([]byte(out), &list); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		return len(list) > 0
	})
	for _, p := range list {
		// Docker's own resolver listens in there, too, on its loopback.
		if p.Local.Port == 11211 && (p.Container == nil || p.Container.Name != web || len(p.Processes) != 1 ||
			p.Processes[0].PID != pid || p.Processes[0].Comm != "memcached") {
			t.Errorf("%+v, want memcached, PID %d, of %s", p, pid, web)
		}
	}
	if all := m.ask(t, "ports"); !strings.Contains(all, address) || !strings.Contains(all, "docker-proxy") {
		t.Errorf("the published port %s is not listed:\n%s", address, all)
	}

	var links []struct {
		Name  string
		NetNS struct{ Name string }
		Peer  *struct {
			Name  string
			NetNS *struct{ Name string }
		}
		Bridge *string
	}
	if err := json.Unmarshal([]byte(m.ask(t, "net", "--json")), &links); err != nil {
		t.Fatal(err)
	}
	found := false
	for _, l := range links {
		if l.NetNS.Name == "host" && l.Peer != nil && l.Peer.NetNS != nil && l.Peer.NetNS.Name == web {
			found = true
			if l.Peer.Name != "eth0" || l.Bridge == nil || *l.Bridge != bridge {
				t.Errorf("%+v, want a port of %s that leads to eth0", l, bridge)
			}
		}
	}
	if !found {
		t.Errorf("no veth of the host leads to %s: %+v", web, links)
	}

	for _, c := range []struct{ a, b, verdict, why string }{
		{web, db, "yes", "both are on the bridge " + bridge + " of host"},
		{"host", web, "yes", "bridge " + bridge},
		// Whether an internal network has no route, or rules of the firewall alone, depends on the release of the engine.
		{far, web, "no perhaps", ""},
	} {
		var answer struct {
			Ways []struct {
				Verdict, Why string
				Ports        []struct{ Local struct{ Port int } }
			}
		}
		out := m.ask(t, "reach", "--json", c.a, c.b)
		if err := json.Unmarshal([]byte(out), &answer); err != nil || len(answer.Ways) != 2 {
			t.Fatalf("%v\n%s", err, out)
		}
		w := answer.Ways[0]
		if !strings.Contains(c.verdict, w.Verdict) || !strings.Contains(w.Why, c.why) {
			t.Errorf("reach %s %s: %s", c.a, c.b, fmt.Sprint(w))
		}
		if c.verdict == "yes" && !strings.Contains(fmt.Sprint(w.Ports), "11211") {
			t.Errorf("reach %s %s does not name memcached's port: %v", c.a, c.b, w.Ports)
		}
	}
}
