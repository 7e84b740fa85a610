package inventory

import (
	"cmp"
	"errors"
	"os"
	"slices"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"bones/procwalk"
	"bones/procwalk/text"
)

func TestParseTarget(t *testing.T) {
	const wrong, none = -1, -2 // no TARGET at all; one that nothing can have now or ever
	for _, x := range []struct {
		word  string
		kind  TargetKind
		pid   int
		value string
	}{
		{"326", ByPID, 326, ""}, {"1", ByPID, 1, ""}, {"pid:326", ByPID, 326, ""}, {"4194304", ByPID, 4194304, ""},
		{"2147483647", ByPID, 2147483647, ""},
		{"self", Self, 0, ""},
		{"name:326", ByName, 0, "326"}, {"name:self", ByName, 0, "self"}, {"name:a:b", ByName, 0, "a:b"}, {"name: ", ByName,
			0, " "},
		{"id:326", ByID, 0, "326"}, {"id:0", ByID, 0, "0"}, {"id:pid:1", ByID, 0, "pid:1"},
		{"/docker/326", ByGroup, 0, "/docker/326"}, {"cgroup:/326", ByGroup, 0, "/326"}, {"cgroup:326", ByGroup, 0, "/326"},
		{"/a/", ByGroup, 0, "/a"},
		{"cgroup:/", ByGroup, 0, "/"}, {"cgroup:name:x", ByGroup, 0, "/name:x"},
		{"cache", ByWord, 0, "cache"}, {"326a", ByWord, 0, "326a"}, {"0x146", ByWord, 0, "0x146"}, {"1e3", ByWord, 0,
			"1e3"}, {"2024-01", ByWord, 0, "2024-01"},
		{"3.26", ByWord, 0, "3.26"}, {"-", ByWord, 0, "-"}, {"a:b", ByWord, 0, "a:b"}, {"PID:1", ByWord, 0, "PID:1"},
		{"Self", ByWord, 0, "Self"}, {"sélf", ByWord, 0, "sélf"},
		{"a\x1b", ByWord, 0, "a\x1b"}, {"\xff1", ByWord, 0, "\xff1"},

		{"", wrong, 0, ""}, {" ", wrong, 0, ""}, {"\t\n", wrong, 0, ""},
		{"name:", wrong, 0, ""}, {"id:", wrong, 0, ""}, {"pid:", wrong, 0, ""}, {"cgroup:", wrong, 0, ""},
		{"/", wrong, 0, ""}, {"//", wrong, 0, ""}, {"cgroup://", wrong, 0, ""}, {"cgroup:///", wrong, 0, ""},
		{"+5", wrong, 0, ""}, {"-5", wrong, 0, ""}, {"--5", wrong, 0, ""}, {"\u22125", wrong, 0, ""}, {"pid:+5", wrong, 0,
			""}, {"pid:-5", wrong, 0, ""}, {"-0", wrong, 0, ""},
		{"007", wrong, 0, ""}, {"pid:007", wrong, 0, ""}, {"0326", wrong, 0, ""},
		{" 326", wrong, 0, ""}, {"326 ", wrong, 0, ""}, {"3 26", wrong, 0, ""}, {"326\n", wrong, 0, ""}, {"pid: 326", wrong,
			0, ""}, {"326\x00", wrong, 0, ""},
		{"32\u200b6", wrong, 0, ""}, {"\u202e326", wrong, 0, ""}, {"326\u00a0", wrong, 0, ""},
		{"３２６", wrong, 0, ""}, {"٣٢٦", wrong, 0, ""}, {"3２6", wrong, 0, ""}, {"²", wrong, 0, ""}, {"Ⅻ", wrong, 0, ""},
		{"pid:x", wrong, 0, ""}, {"pid:self", wrong, 0, ""}, {"pid:1.0", wrong, 0, ""}, {"pid:0x10", wrong, 0, ""},
		{"pid:pid:1", wrong, 0, ""},
		{"0", none, 0, ""}, {"00", none, 0, ""}, {"pid:0", none, 0, ""},
		{"2147483648", none, 0, ""}, {"4294967297", none, 0, ""}, {"18446744073709551617", none, 0, ""},
		{"pid:" + strings.Repeat("9", 300), none, 0, ""},
		{strings.Repeat("1", 64), none, 0, ""}, // an id can be digits alone
	} {
		got, err := ParseTarget(x.word)
		var bad *TargetError
		switch {
		case x.kind == wrong || x.kind == none:
			if !errors.As(err, &bad) || bad.Wrong != (x.kind == wrong) || got.Kind != 0 && x.kind == none {
				t.Errorf("%q: %+v, %v", x.word, got, err)
			} else if !cleanLine(err.Error()) {
				t.Errorf("%q: the message is not clean: %q", x.word, err)
			}
		case err != nil || got.Kind != x.kind || got.PID != x.pid || got.Value != x.value:
			t.Errorf("%q: %+v, %v; want kind %d, PID %d, %q", x.word, got, err, x.kind, x.pid, x.value)
		}
	}
	for _, word := range []string{"0", "00", "pid:0"} {
		if _, err := ParseTarget(word); !strings.Contains(err.Error(), "docker inspect") {
			t.Errorf("%s: %v", word, err)
		}
	}
}

// TestNameTarget: what is shown for a name means that name again.
func TestNameTarget(t *testing.T) {
	for name, want := range map[string]string{"web": "web", "326": "name:326", "self": "name:self", "0": "name:0",
		"a:b": "a:b", "id:x": "name:id:x",
		"/x": "name:/x", "+5": "name:+5", "2024-01": "2024-01", "name:x": "name:name:x"} {
		got := NameTarget(name)
		target, err := ParseTarget(got)
		if got != want || err != nil || target.Value != name {
			t.Errorf("%s: %s, %+v, %v", name, got, target, err)
		}
	}
}

// cleanLine reports whether a message can be printed as it is.
func cleanLine(s string) bool {
	return s != "" && utf8.ValidString(s) && !strings.ContainsFunc(s, func(r rune) bool { return !unicode.IsPrint(r) })
}

// FuzzParseTarget: whatever the word, a number in it never comes to mean a container, and a message is one clean line.
func FuzzParseTarget(f *testing.F) {
	for _, word := range []string{"326", "0", "+5", "pid:1", "id:3", "name:3", "cgroup:/", "/", "３", " 3", "a", "self"} {
		f.Add(word)
	}
	f.Fuzz(func(t *testing.T, word string) {
		got, err := ParseTarget(word)
		if err != nil {
			if !cleanLine(err.Error()) {
				t.Fatalf("%q: %q", word, err)
			}
			return
		}
		digits := word != "" && strings.Trim(word, "0123456789") == ""
		if digits != (got.Kind == ByPID) && !strings.HasPrefix(word, "pid:") {
			t.Fatalf("%q: %+v", word, got)
		}
		if got.Kind != Self && got.Kind != ByPID && got.Value == "" || got.Kind == ByPID && got.PID < 1 {
			t.Fatalf("%q names nothing: %+v", word, got)
		}
		if BareID(word) && (got.Kind != ByWord || digits) {
			t.Fatalf("%q: %+v", word, got)
		}
	})
}

// aHost is a few processes, and containers that are called like some of them.
func aHost() (*procwalk.Snapshot, *Inventory) {
	s := &procwalk.Snapshot{}
	for _, pid := range []int{1, 77, 100, 200, 300, 400, 500} {
		s.Processes = append(s.Processes, procwalk.Process{Stat: procwalk.Stat{PID: pid}})
	}
	x := &Inventory{}
	for _, c := range []struct {
		id, name string
		pid      int
	}{
		{"326fad1f9e0985989408", "web", 100}, {"77aaaaaaaaaaaaaaaaaa", "300", 200}, {"12345678901234567890", "digits", 300},
		{"cafe11111111111111111", "cafe", 400}, {"cafe2222222222222222", "326fad1f9e09", 500}, {"gone", "gone", 999},
	} {
		x.List = append(x.List, &Container{ID: text.New(c.id), Name: text.New(c.name), PID: c.pid})
	}
	return s, x
}

func TestFind(t *testing.T) {
	s, x := aHost()
	s.Processes = append(s.Processes, procwalk.Process{Stat: procwalk.Stat{PID: os.Getpid()}})
	slices.SortFunc(s.Processes, func(a, b procwalk.Process) int { return cmp.Compare(a.PID, b.PID) }) // as a Snapshot is
	for _, c := range []struct {
		word string
		pid  int    // of the process that is meant or that backs it; 0 for none, -1 for wrong usage
		says string // of the message
	}{
		{"web", 100, ""}, {"300", 300, ""}, {"name:300", 200, ""}, {"77", 77, ""}, {"id:77", 200, ""}, {"77a", 200, ""},
		{"326", 0, "id:326 is the container web"}, {"pid:326", 0, "no such process"}, {"3267", 0, "no such process"},
		{"id:326", 100, ""}, {"326f", 100, ""},
		{"1234", 0, "id:1234 is the container digits"}, {"12345678901234567890", 0, "no such process"},
		{"id:12345678901234567890", 300, ""},
		{"name:326", 0, "no running container"}, {"name:web", 100, ""}, {"id:web", 0, "no running container"},
		{"cafe", 400, ""},                               // a whole name, though two ids begin so
		{"cafe1", 400, ""}, {"caf", -1, "2 containers"}, // both of which are said
		{"326fad1f9e09", -1, "2 containers"}, // the name of one, and what engines print of the other's id
		{"name:326fad1f9e09", 500, ""}, {"id:326fad1f9e09", 100, ""}, {"326fad1f9", 100, ""},
		{"gone", 0, "has ended"}, {"self", os.Getpid(), ""}, {"nothing", 0, "no running container"},
		{"2-", 0, "no running container"},
		{"0", 0, "docker inspect"}, {"cgroup:/", 0, "root group"},
	} {
		target, err := ParseTarget(c.word)
		var p *procwalk.Process
		if err == nil {
			p, _, err = x.Backing(s, target)
		}
		var bad *TargetError
		switch {
		case c.pid > 0:
			if err != nil || p.PID != c.pid {
				t.Errorf("%s: %+v, %v, want PID %d", c.word, p, err, c.pid)
			}
		case !errors.As(err, &bad) || bad.Wrong != (c.pid < 0) || !strings.Contains(err.Error(), c.says):
			t.Errorf("%s: %v", c.word, err)
		}
	}
	// Without an inventory a PID is found, and nothing is taken for one.
	var without *Inventory
	for word, found := range map[string]bool{"300": true, "self": true, "326": false, "web": false, "name:300": false,
		"/x": false} {
		target, err := ParseTarget(word)
		if err != nil {
			t.Fatal(err)
		}
		if _, _, err := without.Backing(s, target); (err == nil) != found {
			t.Errorf("%s: %v", word, err)
		}
	}
}
