package host

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	"bones/procwalk/effect"
	"bones/procwalk/proctest"
)

// TestJournalIsNotReadAgain: the effects of one run, and each of many runs, read as much of a journal of 32 MB as of
// one that is empty but for one change.
func TestJournalIsNotReadAgain(t *testing.T) {
	effects, changes := proctest.Soak(20, 50), proctest.Soak(2, 17) // changes of 2 MiB
	cost := func(fill int, runs bool) int64 {
		w, kinds := newWorld()
		h, _ := newHost(t, kinds)
		w.fill = strings.Repeat("x", 1<<20)
		for i := range fill {
			carry(t, h, w.set(fmt.Sprintf("r%d", i), "1"), nil)
		}
		w.fill = ""
		carry(t, h, w.set("last", "1"), nil)
		read := int64(0)
		next := New(Config{Journal: h.journal.path, Kinds: kinds})
		for i := range effects {
			if _, err := next.Perform(t.Context(), w.set("x", fmt.Sprint(i)), effect.Named); err != nil {
				t.Fatal(err)
			}
			if runs {
				read += next.journal.read
				next = New(Config{Journal: h.journal.path, Kinds: kinds})
			}
		}
		return read + next.journal.read
	}
	for _, runs := range []bool{false, true} {
		empty, full := cost(0, runs), cost(changes, runs)
		if full > empty+empty/4+16<<10 {
			t.Errorf("each a run of its own %v: %d effects read %d bytes of a journal of %d MiB, %d of an empty one", runs,
				effects, full, 2*changes, empty)
		}
	}
}

// TestRecentChangesTakeOnlyTheTail: who wants to know only what is changed from now on reads of a long journal no more
// than its end; what is changed then is told with how it ended, and of a journal that is another one by then, all.
func TestRecentChangesTakeOnlyTheTail(t *testing.T) {
	w, kinds := newWorld()
	h, _ := newHost(t, kinds)
	w.fill = strings.Repeat("x", 1<<20)
	carry(t, h, w.set("before", "1"), nil)
	w.fill = ""
	carry(t, h, w.set("last", "1"), nil)
	j := NewJournal(h.journal.path, time.Now)
	recent := func(want ...string) {
		t.Helper()
		list, err := j.Recent()
		if err != nil {
			t.Fatal(err)
		}
		defer list.Close()
		var got []string
		for _, c := range list.Changes {
			e, err := list.Entry(c)
			if err != nil || e.Result != "done" {
				t.Errorf("%+v: %v", e, err)
			}
			got = append(got, fmt.Sprint(e.N, " ", e.What.Raw()))
		}
		if !reflect.DeepEqual(got, want) || list.Skipped.Lines > 0 {
			t.Errorf("%q are told, want %q; skipped %+v", got, want, list.Skipped)
		}
	}
	if err := j.SkipToEnd(); err != nil {
		t.Fatal(err)
	}
	recent()
	if j.read > 64<<10 {
		t.Errorf("%d bytes of the journal were read", j.read)
	}
	carry(t, h, w.set("new", "1"), nil)
	recent("3 set new from  to 1")
	if j.read > 64<<10 {
		t.Errorf("%d bytes of the journal were read after a change", j.read)
	}
	if err := os.Remove(h.journal.path); err != nil {
		t.Fatal(err)
	}
	carry(t, New(Config{Journal: h.journal.path, Kinds: kinds}), w.set("other", "1"), nil)
	recent("1 set other from  to 1")
	none := NewJournal(filepath.Join(t.TempDir(), "journal.jsonl"), time.Now)
	if err := none.SkipToEnd(); err != nil {
		t.Fatal(err)
	}
	carry(t, New(Config{Journal: none.path, Kinds: kinds}), w.set("first", "1"), nil)
	j = none
	recent("1 set first from  to 1")
}

// TestBrokenLines: what is no record is left out, and bones says so; what stands around it is found.
func TestBrokenLines(t *testing.T) {
	w, kinds := newWorld()
	for what, line := range map[string]string{
		"cut":               `{"time":"2026-01-02T03:04:05Z","id":"x","phase":"int`,
		"NUL bytes":         strings.Repeat("\x00", 5000),
		"a wrong type":      `{"id":5,"phase":"intent"}`,
		"another type":      `[1,2,3]`,
		"no ID":             `{"phase":"intent"}`,
		"a long ID":         `{"phase":"intent","id":"` + strings.Repeat("x", 500) + `"}`,
		"no phase":          `{"id":"x","phase":"planned"}`,
		"a negative number": `{"id":"x","phase":"intent","n":-5}`,
		"a tail of lies":    `{"id":"x","phase":"done","tail":{"at":"here"}}`,
		"an end alone":      `{"id":"x","phase":"done"}`,
		"empty":             ``,
		"huge":              `{"id":"x","phase":"intent","what":"`,
	} {
		t.Run(what, func(t *testing.T) {
			h, _ := newHost(t, kinds)
			carry(t, h, w.set(what+"1", "1"), nil)
			f, err := os.OpenFile(h.journal.path, os.O_APPEND|os.O_WRONLY, 0)
			if err != nil {
				t.Fatal(err)
			}
			f.WriteString(line)
			if what == "huge" { // a hole: nothing has to be written
				end, err := f.Seek(0, io.SeekEnd)
				if err != nil || f.Truncate(end+maxLine) != nil {
					t.Fatal(err)
				}
				f.WriteString(`"}`)
			}
			f.Close()
			again := New(Config{Journal: h.journal.path, Kinds: kinds})
			if line != "" { // also where the line has no newline yet
				if list, err := again.journal.History(); err != nil || len(list.Changes) != 1 || list.Skipped.Lines != 1 {
					t.Fatalf("%v: %d changes, skipped %+v", err, len(list.Changes), list.Skipped)
				} else {
					list.Close()
				}
			} else {
				f, _ := os.OpenFile(h.journal.path, os.O_APPEND|os.O_WRONLY, 0)
				f.WriteString("\n")
				f.Close()
			}
			again = New(Config{Journal: h.journal.path, Kinds: kinds})
			carry(t, again, w.set(what+"2", "1"), nil)
			for i, j := range []*Journal{h.journal, again.journal, NewJournal(h.journal.path, time.Now)} {
				list, err := j.History()
				if err != nil || len(list.Changes) != 2 || list.Changes[1].N != 2 || !list.Changes[1].Undoable() {
					t.Fatalf("%v: %+v", err, list)
				}
				if list.Skipped.Lines != 1 || list.Skipped.At == 0 || !strings.Contains(list.Skipped.String(), "left out") {
					t.Errorf("skipped: %+v", list.Skipped)
				}
				if long := strings.Contains(list.Skipped.Why, "longer than"); i == 2 && long != (what == "huge") {
					t.Errorf("whoever reads it anew says that it is %s", list.Skipped.Why)
				}
				list.Close()
			}
		})
	}
}

// TestOlderJournal: what was written without numbers is numbered as it stands, and goes on from there.
func TestOlderJournal(t *testing.T) {
	w, kinds := newWorld()
	h, _ := newHost(t, kinds)
	var b strings.Builder
	for i := range 3 {
		fmt.Fprintf(&b, `{"time":"2026-01-02T03:04:05Z","id":"o%d","phase":"intent","kind":"register","uid":%d,"pid":1,"state":{"name":"o%[1]d"}}`+"\n", i, os.Getuid())
		fmt.Fprintf(&b, `{"time":"2026-01-02T03:04:05Z","id":"o%d","phase":"done","uid":%d,"pid":1,"inverse":{"name":"o%[1]d","from":"1"},"inverse_kind":"register"}`+"\n", i, os.Getuid())
		w.held[fmt.Sprintf("o%d", i)] = "1"
	}
	if err := os.WriteFile(h.journal.path, []byte(b.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	carry(t, h, w.set("new", "1"), nil)
	fresh := New(Config{Journal: h.journal.path, Kinds: kinds})
	list, err := fresh.journal.History()
	if err != nil || len(list.Changes) != 4 || list.Changes[3].N != 4 {
		t.Fatalf("%v: %d changes", err, len(list.Changes))
	}
	list.Close()
	e, err := fresh.UndoNumber(t.Context(), 2)
	carry(t, fresh, e, err)
	if w.held["o1"] != "" || w.held["o0"] != "1" || w.held["o2"] != "1" {
		t.Errorf("undo 2 took something else back: %v", w.held)
	}
}

// TestManyWriters: several bones write to one journal at a time, and no two changes have one number.
func TestManyWriters(t *testing.T) {
	_, kinds := newWorld()
	path := filepath.Join(proctest.TempDir(t), "j")
	var all sync.WaitGroup
	for i := range 8 {
		h := New(Config{Journal: path, Kinds: kinds})
		w := &world{held: map[string]string{}}
		all.Go(func() {
			for k := range 10 {
				if _, err := h.Carry(t.Context(), w.set(fmt.Sprintf("w%d", i), fmt.Sprint(k))); err != nil {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
	list, err := NewJournal(path, time.Now).History()
	if err != nil || len(list.Changes) != 80 || list.Skipped.Lines != 0 {
		t.Fatalf("%v: %d changes, skipped %+v", err, len(list.Changes), list.Skipped)
	}
	defer list.Close()
	for i, c := range list.Changes {
		intent, done, err := list.records(c)
		if err != nil || c.N != i+1 || intent.N != c.N || done == nil || done.N != c.N {
			t.Fatalf("change %d has the number %d, its records %d and %+v: %v", i+1, c.N, intent.N, done, err)
		}
	}
}

// TestRecordKeepsZeros: no field of a record is left out for being zero.
func TestRecordKeepsZeros(t *testing.T) {
	for _, typ := range []reflect.Type{reflect.TypeFor[record](), reflect.TypeFor[tail](),
		reflect.TypeFor[openIntent]()} {
		for i := range typ.NumField() {
			if tag := typ.Field(i).Tag.Get("json"); tag == "" || strings.Contains(tag, "omit") {
				t.Errorf("%s.%s is written as %q", typ.Name(), typ.Field(i).Name, tag)
			}
		}
	}
	b, err := json.Marshal(record{})
	if err != nil || !strings.Contains(string(b), `"uid":0`) || !strings.Contains(string(b), `"started":0`) {
		t.Errorf("%s, %v", b, err)
	}
}

// TestAbandonedSaysWhatIsThereNow: by what the kind registered for it.
func TestAbandonedSaysWhatIsThereNow(t *testing.T) {
	w, kinds := newWorld()
	h, errOut := newHost(t, kinds)
	r, err := h.journal.intent(w.set("x", "1"))
	if err != nil {
		t.Fatal(err)
	}
	ended := exec.Command("true")
	if err := ended.Run(); err != nil {
		t.Fatal(err)
	}
	r.ID, r.PID, r.Started = "gone", ended.Process.Pid, 1
	if _, err := h.journal.append(r); err != nil {
		t.Fatal(err)
	}
	w.held["x"] = "7"
	h.ReportAbandoned(t.Context())
	if got := errOut.String(); strings.Count(got, "\n") != 2 || !strings.Contains(got, "x holds 7") {
		t.Errorf("said %q", got)
	}
}
