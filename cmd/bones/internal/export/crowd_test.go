package export

import (
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"bones/cmd/bones/internal/ours"
	"bones/procwalk/proctest"
)

// TestCrowdKeepsNobodyOut: whoever holds all connections there may be, having asked or not, does not keep a scraper
// from its page.
func TestCrowdKeepsNobodyOut(t *testing.T) {
	proctest.Need(t, proctest.Loopback)
	for name, sends := range map[string]string{
		"nothing":     "",
		"half a head": "GET /metrics HTTP/1.1\r\nHost: x\r\nX-",
		"idle":        "GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n",
	} {
		t.Run(name, func(t *testing.T) {
			l, err := net.Listen("tcp", "127.0.0.1:0")
			if err != nil {
				t.Fatal(err)
			}
			const most = 8
			crowd := newCrowd(most)
			server := newServer(newShared(newExporter(config{Source: &fixed{moment: moment(one{name: "web", id: "a"})}})),
				crowd, slog.New(slog.DiscardHandler))
			ended := make(chan error)
			go func() { ended <- server.Serve(l) }()
			t.Cleanup(func() { server.Close(); <-ended })
			for range most {
				c, err := net.Dial("tcp", l.Addr().String())
				if err != nil {
					t.Fatal(err)
				}
				t.Cleanup(func() { c.Close() })
				if _, err := io.WriteString(c, sends); err != nil {
					t.Fatal(err)
				}
			}
			open := func() int {
				crowd.mu.Lock()
				defer crowd.mu.Unlock()
				return len(crowd.conns)
			}
			proctest.Until(t, "the connections are taken", func() bool { return open() == most })
			client := &http.Client{Timeout: proctest.Patience, Transport: &http.Transport{DisableKeepAlives: true}}
			for range 3 {
				got, err := client.Get("http://" + l.Addr().String() + "/metrics")
				if err != nil {
					t.Fatal(err)
				}
				body, err := io.ReadAll(got.Body)
				got.Body.Close()
				if got.StatusCode != 200 || err != nil || !strings.Contains(string(body), "bones_container_info") {
					t.Errorf("status %d, %v: %.200s", got.StatusCode, err, body)
				}
			}
			if n := open(); n > most {
				t.Errorf("%d connections are open", n)
			}
		})
	}
}

// reader is a scraper that does not read: what is written to it ends when it is cut off.
type reader struct {
	http.ResponseWriter
	cut chan struct{}
}

func (r *reader) SetWriteDeadline(time.Time) error { close(r.cut); return nil }

// TestSlowReadersMakeRoom: those who ask for a page and do not read it are cut off when others come.
func TestSlowReadersMakeRoom(t *testing.T) {
	var w writers
	var slow []*reader
	for range maxWriters {
		r := &reader{cut: make(chan struct{})}
		if _, ok := w.enter(r); !ok {
			t.Fatal("no room")
		}
		slow = append(slow, r)
	}
	if _, ok := w.enter(&reader{}); ok {
		t.Error("one that has only begun is cut off")
	}
	w.list[0].since = time.Now().Add(-2 * patience)
	next := &reader{cut: make(chan struct{})}
	leave, ok := w.enter(next)
	if !ok {
		t.Fatal("those that do not read keep it out")
	}
	<-slow[0].cut
	if len(w.list) != maxWriters {
		t.Errorf("%d write at a time", len(w.list))
	}
	leave()
	if len(w.list) != maxWriters-1 {
		t.Errorf("%d write after one has ended", len(w.list))
	}
}

// TestSettingsOfOthers: what another user may write does not say who may read the page, and a pipe is not opened.
func TestSettingsOfOthers(t *testing.T) {
	proctest.Need(t, proctest.Root)
	path := filepath.Join(t.TempDir(), "web.yml")
	if err := os.WriteFile(path, []byte("{}\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := checkSettings(path); err != nil {
		t.Errorf("ours: %v", err)
	}
	if err := os.Chown(path, 65534, 65534); err != nil {
		t.Fatal(err)
	}
	if err := checkSettings(path); !errors.Is(err, ours.ErrForeign) {
		t.Errorf("another's: %v", err)
	}
	if err := errors.Join(os.Chown(path, 0, 0), os.Chmod(path, 0o666)); err != nil {
		t.Fatal(err)
	}
	if err := checkSettings(path); !errors.Is(err, ours.ErrForeign) {
		t.Errorf("others may write there: %v", err)
	}
	if err := checkSettings("/dev/zero"); !errors.Is(err, ours.ErrNotPlain) {
		t.Errorf("a device: %v", err)
	}
}

// TestTextfileFollowsNoLinkOfOthers: the file is made in no directory that another user's link leads to.
func TestTextfileFollowsNoLinkOfOthers(t *testing.T) {
	proctest.Need(t, proctest.Root)
	top := t.TempDir()
	theirs, roots := filepath.Join(top, "theirs"), filepath.Join(top, "roots")
	if err := errors.Join(os.Mkdir(theirs, 0o755), os.Mkdir(roots, 0o755), os.Symlink(roots, theirs+"/metrics"),
		os.Lchown(theirs+"/metrics", 65534, 65534), os.Chown(theirs, 65534, 65534)); err != nil {
		t.Fatal(err)
	}
	if err := replace(theirs+"/metrics/bones.prom", []byte("x 1\n")); !errors.Is(err, ours.ErrForeign) {
		t.Errorf("%v", err)
	}
	if list, err := os.ReadDir(roots); err != nil || len(list) > 0 {
		t.Errorf("%v, %v", list, err)
	}
	if err := replace(theirs+"/bones.prom", []byte("x 1\n")); err != nil {
		t.Errorf("into a directory of another user's: %v", err)
	}
}

// TestTextfileOnAFullDisk: the error names the file that was asked for, and not a descriptor of bones.
func TestTextfileOnAFullDisk(t *testing.T) {
	proctest.Need(t, proctest.Mounts)
	dir := t.TempDir()
	if err := unix.Mount("tmpfs", dir, "tmpfs", 0, "size=4k"); err != nil {
		t.Fatal(err)
	}
	defer unix.Unmount(dir, unix.MNT_DETACH)
	name := filepath.Join(dir, "x.prom")
	var path *os.PathError
	if err := replace(name, make([]byte, 1<<16)); !errors.As(err, &path) || path.Path != name ||
		!errors.Is(err, unix.ENOSPC) {
		t.Error(err)
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
		t.Errorf("%v is left, %v", left, err)
	}
}
