package accounts

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"bones/procwalk/proctest"
)

// service is a name service that is told what to say.
type service struct {
	mu    sync.Mutex
	names map[uint32]string
	asked [][]uint32
	hangs bool
}

func (s *service) ask(ctx context.Context, _ string, ids []uint32) (map[uint32]string, error) {
	s.mu.Lock()
	s.asked = append(s.asked, slices.Clone(ids))
	hangs := s.hangs
	s.mu.Unlock()
	if hangs {
		<-ctx.Done()
		return nil, ctx.Err()
	}
	found := map[uint32]string{}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, id := range ids {
		if name := s.names[id]; name != "" {
			found[id] = name
		}
	}
	return found, errors.New("exit status 2")
}

func (s *service) asks() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.asked)
}

func with(t *testing.T, s *service, file string, live bool) *Names {
	t.Helper()
	name := filepath.Join(t.TempDir(), "passwd")
	if err := os.WriteFile(name, []byte(file), 0o600); err != nil {
		t.Fatal(err)
	}
	n := New(Database{"", name, "passwd"})
	n.ask, n.live = s.ask, live
	return n
}

// TestFileFirst: what the file has is not asked for, what it has not is asked for once, whether there is a name or
// not.
func TestFileFirst(t *testing.T) {
	s := &service{names: map[uint32]string{0: "impostor", 4000000000: "ada.lovelace@example.org"}}
	n := with(t, s, "root:x:0:0::/:/bin/sh\n", false)
	for range 100 {
		for id, want := range map[uint32]string{0: "root", 4000000000: "ada.lovelace@example.org", 77: ""} {
			if got := n.Name(id); got != want {
				t.Fatalf("%d is %q, want %q", id, got, want)
			}
		}
	}
	if s.asks() != 2 {
		t.Errorf("asked %d times: %v", s.asks(), s.asked)
	}
	// Many are asked for together.
	var many []uint32
	for id := range uint32(600) {
		many = append(many, 100000+id%300)
	}
	n.LookUpAll(many)
	if s.asks() != 4 || len(s.asked[2]) != atOnce {
		t.Errorf("300 numbers took %d questions", s.asks()-2)
	}
}

// TestBounded: however many numbers there are, and however long each takes, there is an end to it.
func TestBounded(t *testing.T) {
	s := &service{}
	n := with(t, s, "", false)
	for id := range uint32(1000) {
		n.Name(id)
	}
	if s.asks() > asksMax {
		t.Errorf("asked %d times", s.asks())
	}
	slow := &service{hangs: true}
	n = with(t, slow, "", false)
	began := time.Now()
	for id := range uint32(1000) {
		n.Name(id)
	}
	if slow.asks() != 1 {
		t.Errorf("a service that does not answer was asked %d times, for %v", slow.asks(), time.Since(began))
	}
}

// TestLiveNeverWaits: the number is shown first, and the name when it is known; the file is read again.
func TestLiveNeverWaits(t *testing.T) {
	slow := &service{hangs: true}
	n := with(t, slow, "", true)
	began := time.Now()
	for range 1000 {
		if n.Name(5) != "" {
			t.Fatal("a name out of nothing")
		}
	}
	if took := time.Since(began); took > patience {
		t.Errorf("1000 rows took %v", took)
	}
	s := &service{names: map[uint32]string{5: "dyn"}}
	n = with(t, s, "root:x:0:\n", true)
	proctest.Until(t, "the name is known", func() bool { return n.Name(5) == "dyn" })
	if s.asks() != 1 {
		t.Errorf("asked %d times", s.asks())
	}
	if err := os.WriteFile(n.kind.file, []byte("root:x:0:\nnew:x:9:\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	var mu sync.Mutex
	later := time.Now()
	n.mu.Lock()
	n.now = func() time.Time {
		mu.Lock()
		defer mu.Unlock()
		return later
	}
	n.mu.Unlock()
	mu.Lock()
	later = later.Add(2 * fileEvery)
	mu.Unlock()
	proctest.Until(t, "what is new in the file is known", func() bool { return n.Name(9) == "new" })
	mu.Lock()
	later = later.Add(2 * foundFor)
	mu.Unlock()
	s.mu.Lock()
	s.names[5] = "other"
	s.mu.Unlock()
	proctest.Until(t, "a name is asked for again in the end", func() bool { return n.Name(5) == "other" })
	proctest.Until(t, "nobody asks any more", func() bool {
		n.mu.Lock()
		defer n.mu.Unlock()
		return !n.running
	})
}

// TestGetent: the real one, without a shell, and with an environment of its own.
func TestGetent(t *testing.T) {
	proctest.NeedPrograms(t, "getent")
	names, _ := asker("/usr/bin/getent", "/bin/getent")(t.Context(), "passwd", []uint32{0, 3999999999})
	if len(names) != 1 || names[0] != "root" {
		t.Errorf("%v", names)
	}
	fake := filepath.Join(t.TempDir(), "getent")
	script := "#!/bin/sh\n[ \"$1\" = passwd ] || exit 1\nshift\nfor k; do echo \"user-$k-${HOME-clean}:x:$k:\"; done\n" +
		"echo stranger:x:12345:\nyes long:x:99: | head -c 3000000\n"
	if err := os.WriteFile(fake, []byte(script), 0o700); err != nil {
		t.Fatal(err)
	}
	names, err := asker(fake+"-not-there", fake)(t.Context(), "passwd", []uint32{61184, 5})
	if err != nil || len(names) != 2 || names[61184] != "user-61184-clean" || names[5] != "user-5-clean" {
		t.Errorf("%v, %v", names, err)
	}
	if names, err := asker(fake+"-not-there")(t.Context(), "passwd", []uint32{5}); err == nil || len(names) > 0 {
		t.Errorf("without getent: %v, %v", names, err)
	}
}

// TestFileForms: a group may have any number of members, and those behind it have names all the same.
func TestFileForms(t *testing.T) {
	members := strings.Repeat("somebody,", 300_000)
	n := with(t, &service{}, "wheel:x:10:\nall:x:100:"+members+"last\nadm:x:4:a,b\r\n# "+
		"x:y:7:\nbroken\n:x:8:\nagain:x:10:\nend:x:5:",
		false)
	for id, want := range map[uint32]string{10: "wheel", 100: "all", 4: "adm", 5: "end", 7: "", 8: "", 9: ""} {
		if got := n.Name(id); got != want {
			t.Errorf("%d is %q, want %q", id, got, want)
		}
	}
	if got, _ := readFile(Database{"", n.kind.file + "x", ""}); len(got) != 0 {
		t.Error(fmt.Sprint("a file that is not there has ", got))
	}
}
