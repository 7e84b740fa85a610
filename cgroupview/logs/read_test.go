package logs

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"bones/cgroupview/container"
	"bones/procwalk/text"
)

var theID = strings.Repeat("ab", 32)

// engine is a directory as Docker's, with one container.
type engine struct {
	t    *testing.T
	root string
	dir  string
}

func newEngine(t *testing.T, logPath string) *engine {
	e := &engine{t: t, root: t.TempDir()}
	e.dir = filepath.Join(e.root, "var/lib/docker/containers", theID)
	if err := os.MkdirAll(e.dir, 0o755); err != nil {
		t.Fatal(err)
	}
	e.put("config.v2.json", `{"ID":"`+theID+`","Name":"/web","LogPath":"`+logPath+`","State":{}}`)
	e.put("hostconfig.json", `{"LogConfig":{"Type":"json-file","Config":{}}}`)
	return e
}

func (e *engine) put(name, s string) {
	e.t.Helper()
	if err := os.WriteFile(filepath.Join(e.dir, name), []byte(s), 0o640); err != nil {
		e.t.Fatal(err)
	}
}

func (e *engine) write(from, to int) {
	e.t.Helper()
	f, err := os.OpenFile(filepath.Join(e.dir, theID+"-json.log"), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o640)
	if err != nil {
		e.t.Fatal(err)
	}
	defer f.Close()
	if _, err := f.WriteString(lineOf(from, to)); err != nil {
		e.t.Fatal(err)
	}
}

func lineOf(from, to int) string {
	var b strings.Builder
	for i := from; i < to; i++ {
		fmt.Fprintf(&b, `{"log":"%d\n","stream":"stdout","time":"2026-01-02T03:%02d:00Z"}`+"\n", i, i)
	}
	return b.String()
}

func (e *engine) rotate() {
	e.t.Helper()
	path := filepath.Join(e.dir, theID+"-json.log")
	if _, err := os.Stat(path + ".1"); err == nil {
		if err := os.Rename(path+".1", path+".2"); err != nil {
			e.t.Fatal(err)
		}
	}
	if err := os.Rename(path, path+".1"); err != nil {
		e.t.Fatal(err)
	}
}

func (e *engine) log() (*container.Log, error) {
	return container.Open(container.Config{Root: e.root}).LogOf(container.Stopped{Runtime: container.Docker,
		ID: text.New(theID)})
}

func (e *engine) read(ask Ask) string {
	e.t.Helper()
	l, err := e.log()
	if err != nil {
		e.t.Fatal(err)
	}
	var got []string
	err = Read(context.Background(), l, ask, func(x Entry) error {
		if x.Err != nil {
			got = append(got, "!")
			return nil
		}
		got = append(got, x.Text)
		return nil
	})
	if err != nil {
		e.t.Errorf("reading: %v", err)
	}
	return strings.Join(got, " ")
}

// TestRead: all the files of a log in order, the last lines of them across a rotation, compressed ones too, and
// what is half written or broken.
func TestRead(t *testing.T) {
	e := newEngine(t, "/var/lib/docker/containers/"+theID+"/"+theID+"-json.log")
	if l, err := e.log(); err != nil || l.Form != container.LogJSON {
		t.Fatalf("%+v, %v", l, err)
	}
	var z bytes.Buffer
	w := gzip.NewWriter(&z)
	fmt.Fprint(w, lineOf(0, 3))
	w.Close()
	e.put(theID+"-json.log.3.gz", z.String())
	e.write(3, 5)
	e.rotate()
	e.write(5, 7)
	e.rotate()
	e.write(7, 9)
	for _, c := range []struct {
		ask  Ask
		want string
	}{
		{Ask{Tail: -1}, "0 1 2 3 4 5 6 7 8"}, {Ask{Tail: 0}, ""}, {Ask{Tail: 1}, "8"}, {Ask{Tail: 2}, "7 8"},
		{Ask{Tail: 3}, "6 7 8"},
		{Ask{Tail: 6}, "3 4 5 6 7 8"}, {Ask{Tail: 7}, "2 3 4 5 6 7 8"}, {Ask{Tail: 100}, "0 1 2 3 4 5 6 7 8"},
		{Ask{Tail: -1, Since: time.Date(2026, 1, 2, 3, 6, 0, 0, time.UTC)}, "6 7 8"},
	} {
		if got := e.read(c.ask); got != c.want {
			t.Errorf("%+v: %q, and it is %q", c.ask, got, c.want)
		}
	}
	e.put(theID+"-json.log", "no json\n"+lineOf(7, 8)+strings.Repeat("x", maxRecord+1)+"\n"+`{"log":"half`)
	if got := e.read(Ask{Tail: 4}); got != "6 ! 7 !" {
		t.Errorf("what is broken: %q", got)
	}
}

// TestFollow: what is written later, through rotations, comes once and in order, until the container ends.
func TestFollow(t *testing.T) {
	e := newEngine(t, "")
	l, err := e.log()
	if err != nil {
		t.Fatal(err)
	}
	e.write(0, 2)
	// Each time that all was read the log goes on: by lines, by a rotation, by two at once, and by being cut.
	steps := []func(){
		func() { e.write(2, 4) },
		func() { e.write(4, 5); e.rotate(); e.write(5, 6) },
		func() { e.write(6, 7); e.rotate(); e.write(7, 8); e.rotate(); e.write(8, 9) },
		func() { e.rotate() },
		func() { e.write(9, 10) },
	}
	var got []string
	alive := true
	ask := Ask{Tail: 1, Follow: true, Pause: time.Microsecond, Alive: func() bool { return alive }, Idle: func() {
		if len(steps) > 0 {
			steps[0]()
			steps = steps[1:]
			return
		}
		alive = false
	}}
	err = Read(context.Background(), l, ask, func(x Entry) error {
		got = append(got, x.Text)
		return x.Err
	})
	if s := strings.Join(got, " "); err != nil || s != "1 2 3 4 5 6 7 8 9" {
		t.Errorf("%q, %v", s, err)
	}
}

// TestFollowEnds with its context, and where whoever reads has gone.
func TestFollowEnds(t *testing.T) {
	e := newEngine(t, "")
	l, err := e.log()
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	var once sync.Once
	err = Read(ctx, l, Ask{Follow: true, Idle: func() { once.Do(cancel) }}, func(Entry) error { return nil })
	if !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
	e.write(0, 1)
	gone := errors.New("gone")
	if err := Read(context.Background(), l, Ask{Tail: -1}, func(Entry) error { return gone }); err != gone {
		t.Errorf("emit failed, and Read says %v", err)
	}
}
