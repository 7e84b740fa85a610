package rows

import (
	"fmt"
	"strings"
	"testing"

	"bones/nsview"
	"bones/procwalk"
	"bones/ui/rows/rowstest"
)

// nsTwo is the small host with two pid namespaces, of which one is the parent of the other.
func nsTwo() *nsview.View {
	v := nsview.Groups(rowstest.World(0))
	host := nsview.Key{Type: procwalk.PID, Inode: 4026531839}
	for i := range v.Namespaces {
		n := &v.Namespaces[i]
		n.Relations = nsview.Relations{Known: true, Owner: nsview.Key{Type: procwalk.User, Inode: 4026531841}}
		if n.Type == procwalk.PID && n.Key != host {
			n.Relations.Parent = host
		}
		if n.Type == procwalk.User {
			n.Relations.Owner = nsview.Key{}
		}
	}
	return v
}

func listed(l *NSList) string {
	var b strings.Builder
	for _, line := range l.Lines() {
		fold := ""
		if line.Folded {
			fold = fmt.Sprint("+", line.Count, " ")
		}
		if n := l.Namespace(line); n == nil {
			fmt.Fprintf(&b, "%s%s|", fold, NSHeading(line))
		} else {
			fmt.Fprintf(&b, "%s%s%s|", line.Lead, fold, n.Key)
		}
	}
	return b.String()
}

func TestNSList(t *testing.T) {
	g := ASCIIGlyphs()
	var l NSList
	l.Build(nil, &g)
	if len(l.Lines()) != 0 || l.Find(nsview.Key{}) != -1 || l.Up(0) != -1 {
		t.Error("nothing is not empty")
	}
	v := nsTwo()
	filter := func(s string) {
		t.Helper()
		f, err := ParseNSFilter(s)
		if err != nil {
			t.Fatal(err)
		}
		l.SetFilter(f)
		l.Build(v, &g)
	}
	pid := nsview.Key{Type: procwalk.PID}
	filter("pid user")
	want := "pid (2)||-pid:[4026531839]|`-pid:[4026532201]|user (1)|`-user:[4026531841]|"
	if got := listed(&l); got != want {
		t.Errorf("%s, want %s", got, want)
	}
	if l.Up(2) != 0 || l.Up(0) != -1 {
		t.Errorf("above are %d and %d", l.Up(2), l.Up(0))
	}
	l.Fold(pid, true)
	l.Build(v, &g)
	if got := listed(&l); got != "+2 pid (2)|user (1)|`-user:[4026531841]|" {
		t.Error(got)
	}
	l.Fold(pid, false)
	l.Build(v, &g)
	l.FoldAll()
	l.Build(v, &g)
	if got := listed(&l); got != "+2 pid (2)|+1 user (1)|" {
		t.Error(got)
	}
	l.FoldAll()
	l.Tree = true
	l.Build(v, &g)
	if got := listed(&l); got != "user:[4026531841]|`-pid:[4026531839]|  `-pid:[4026532201]|" {
		t.Error(got)
	}
	l.Fold(nsview.Key{Type: procwalk.PID, Inode: 4026531839}, true)
	l.Build(v, &g)
	if got := listed(&l); got != "user:[4026531841]|`-+1 pid:[4026531839]|" {
		t.Error(got)
	}
}

func TestNSFilter(t *testing.T) {
	v := nsTwo()
	for _, c := range []struct {
		filter string
		pass   int
	}{
		{"", 9}, {"net", 1}, {"type:net,mount", 2}, {"970", 1}, {"MEMCACHED", 1}, {"!memcached", 8}, {"pid !memcached", 1},
		{"4026532201", 1}, {"nothing", 0}, {"!", 9},
	} {
		f, err := ParseNSFilter(c.filter)
		if err != nil {
			t.Fatal(c.filter, err)
		}
		pass := 0
		for i := range v.Namespaces {
			if f == nil || f.Pass(v, &v.Namespaces[i], NSNames{}) {
				pass++
			}
		}
		if pass != c.pass {
			t.Errorf("%q lets %d pass, want %d", c.filter, pass, c.pass)
		}
	}
	if _, err := ParseNSFilter("type:x\x1b"); err == nil {
		t.Error("there is a type x")
	}
}

func TestNSSharedMarksWhatIsTheHosts(t *testing.T) {
	v := nsTwo()
	snap := v.Snapshot
	var row int32
	for i := range snap.Processes {
		if snap.Processes[i].PID == 970 {
			row = int32(i)
		}
	}
	h := nsview.HostOf(snap)
	s := NSShared("x", NSIsolation(v, h, v.Isolation(h, []int32{row}), NSNames{}))
	if len(s.Lines) != int(procwalk.NSTypes) {
		t.Fatalf("%d lines", len(s.Lines))
	}
	if l := s.Lines[procwalk.PID]; l.Style != Plain || !strings.Contains(l.Value, "990 sh") {
		t.Errorf("pid: %+v", l)
	}
	if l := s.Lines[procwalk.Net]; l.Style != Warn || !strings.HasPrefix(l.Value, "host ") {
		t.Errorf("net: %+v", l)
	}
	n := v.Find(nsview.Key{Type: procwalk.PID, Inode: 4026532201})
	if r := NSMemberOf(v, n, n.Members[1], NSNames{}); r.ID.PID != 990 || r.Cells[1].Text != "7" {
		t.Errorf("member %+v", r)
	}
}
