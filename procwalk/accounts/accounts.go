// Package accounts names users and groups: from /etc/passwd or /etc/group, and what those do not have from the name
// service of the host, which also knows LDAP, SSSD and the dynamic users of systemd. bones is a static program and
// cannot ask the name service itself: getent(1) does, for many numbers at a time, and what it says is remembered.
package accounts

import (
	"bufio"
	"bytes"
	"context"
	"maps"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"bones/procwalk/crash"
)

// Database says whose names these are.
type Database struct {
	file     string // where those of the host itself stand
	database string // what getent calls them
}

// Users and Groups are the two kinds.
func Users() Database  { return Database{"/etc/passwd", "passwd"} }
func Groups() Database { return Database{"/etc/group", "group"} }

// How long the name service may take, and how much it is asked. A server that does not answer costs a command
// patience once, and then everybody is a number; the terminal UI never waits.
const (
	patience     = 2 * time.Second
	patienceLive = 10 * time.Second
	atOnce       = 256              // numbers for one getent
	asksMax      = 32               // getents of one command
	foundFor     = 10 * time.Minute // then a name is asked for again
	missingFor   = 2 * time.Minute  // then a number without a name is
	remembered   = 1 << 16          // numbers at most: a user namespace has many, and anybody can use them
	fileEvery    = 10 * time.Second // how often the file is looked at for changes
	outputMax    = 1 << 20          // bytes of what getent prints
)

// Names gives the names of one kind. It is for any number of goroutines.
type Names struct {
	kind Database
	live bool
	ask  func(ctx context.Context, database string, ids []uint32) (map[uint32]string, error)
	now  func() time.Time

	mu      sync.Mutex
	file    map[uint32]string
	stamp   stamp
	looked  time.Time // when the file was looked at last
	known   map[uint32]answer
	wanted  map[uint32]bool // asked for by Name, and not answered yet
	running bool            // a goroutine asks
	asks    int
	spent   time.Duration
}

type answer struct {
	name string // empty: it has none
	till time.Time
}

// stamp tells whether a file has changed.
type stamp struct {
	size    int64
	changed time.Time
}

// New returns the names of a kind for a command: Name may wait for the name service, for patience in all.
func New(kind Database) *Names {
	n := &Names{kind: kind, ask: asker("/usr/bin/getent", "/bin/getent"), now: time.Now, known: map[uint32]answer{},
		wanted: map[uint32]bool{}}
	n.file, n.stamp = readFile(kind.file)
	n.looked = n.now()
	return n
}

// NewLive returns them for a program that goes on: Name never waits, and knows a name some time after it was asked for
// the first time.
func NewLive(kind Database) *Names {
	n := New(kind)
	n.live = true
	return n
}

// Name returns the name of a user or group, "" if it has none, or if that is not known yet.
func (n *Names) Name(id uint32) string {
	n.mu.Lock()
	name, ok := n.lookup(id)
	if n.live {
		stale := n.now().Sub(n.looked) > fileEvery
		if !ok {
			n.wanted[id] = true
		}
		if (!ok || stale) && !n.running {
			n.running = true
			crash.Go(n.work)
		}
	}
	n.mu.Unlock()
	if !ok && !n.live {
		n.LookUpAll([]uint32{id})
		n.mu.Lock()
		name, _ = n.lookup(id)
		n.mu.Unlock()
	}
	return name
}

// lookup is what is remembered; an old name is better than none while a new one is asked for.
func (n *Names) lookup(id uint32) (name string, ok bool) {
	if name, ok = n.file[id]; ok {
		return name, true
	}
	a, ok := n.known[id]
	return a.name, ok && n.now().Before(a.till)
}

// LookUpAll asks for the names of many at once, where they are not known.
func (n *Names) LookUpAll(ids []uint32) {
	n.mu.Lock()
	var unknown []uint32
	for _, id := range ids {
		if _, ok := n.lookup(id); !ok {
			unknown = append(unknown, id)
		}
	}
	n.mu.Unlock()
	slices.Sort(unknown)
	unknown = slices.Compact(unknown)
	for part := range slices.Chunk(unknown, atOnce) {
		n.lookUpOnce(part)
	}
}

// lookUpOnce asks once, if there is time left for it.
func (n *Names) lookUpOnce(ids []uint32) {
	n.mu.Lock()
	left := patience - n.spent
	if n.live {
		left = patienceLive
	} else if n.asks++; n.asks > asksMax {
		left = 0
	}
	n.mu.Unlock()
	var names map[uint32]string
	began := n.now()
	if left > 0 {
		ctx, cancel := context.WithTimeout(context.Background(), left)
		names, _ = n.ask(ctx, n.kind.database, ids) // who is not answered for has no name
		cancel()
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	now := n.now()
	n.spent += now.Sub(began)
	if len(n.known)+len(ids) > remembered {
		clear(n.known)
	}
	for _, id := range ids {
		a := answer{names[id], now.Add(foundFor)}
		if a.name == "" {
			a.till = now.Add(missingFor)
		}
		n.known[id] = a
	}
}

// gather is how long numbers are gathered that are asked for one by one: those of a screen come together.
const gather = 20 * time.Millisecond

// work looks whether the file has changed, and asks for what is wanted, until nothing is.
func (n *Names) work() {
	for {
		time.Sleep(gather)
		n.mu.Lock()
		look, old := n.now().Sub(n.looked) > fileEvery, n.stamp
		ids := slices.Collect(maps.Keys(n.wanted))
		clear(n.wanted)
		if !look && len(ids) == 0 {
			n.running = false
			n.mu.Unlock()
			return
		}
		n.mu.Unlock()
		if look {
			n.reread(old)
		}
		n.LookUpAll(ids)
	}
}

func (n *Names) reread(old stamp) {
	now := stampOf(n.kind.file)
	var file map[uint32]string
	if now != old {
		file, now = readFile(n.kind.file)
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	n.looked = n.now()
	if file != nil {
		n.file, n.stamp = file, now
	}
}

func stampOf(file string) stamp {
	info, err := os.Stat(file)
	if err != nil {
		return stamp{}
	}
	return stamp{info.Size(), info.ModTime()}
}

// lineMax is how much of one line is looked at, in bytes: name and number are at its beginning, and a group may have
// any number of members.
const lineMax = 4 << 10

// readFile reads a file in the form of passwd(5) or group(5). An unreadable one gives no names.
func readFile(file string) (map[uint32]string, stamp) {
	names, s := map[uint32]string{}, stampOf(file)
	f, err := os.Open(file)
	if err != nil {
		return names, s
	}
	defer f.Close()
	read(bufio.NewReaderSize(f, lineMax), names)
	return names, s
}

// read reads lines of fields between colons, the first being the name, the third the number. Of several names for one
// number the first counts. Lines of another form are passed over.
func read(lines *bufio.Reader, names map[uint32]string) {
	for {
		line, more, err := lines.ReadLine()
		if err != nil {
			return
		}
		add(names, string(line))
		for more && err == nil {
			_, more, err = lines.ReadLine()
		}
	}
}

func add(names map[uint32]string, line string) {
	name, rest, ok := strings.Cut(line, ":")
	if !ok || name == "" || name[0] == '#' {
		return
	}
	_, rest, _ = strings.Cut(rest, ":")
	digits, _, _ := strings.Cut(rest, ":")
	id, err := strconv.ParseUint(digits, 10, 32)
	if err != nil {
		return
	}
	if _, known := names[uint32(id)]; !known {
		names[uint32(id)] = name
	}
}

// asker returns getent with the first of the programs that there is; no other is run, whatever PATH says.
func asker(programs ...string) func(context.Context, string, []uint32) (map[uint32]string, error) {
	return func(ctx context.Context, database string, ids []uint32) (map[uint32]string, error) {
		for _, p := range programs {
			if _, err := os.Stat(p); err == nil {
				return getent(ctx, p, database, ids)
			}
		}
		return nil, exec.ErrNotFound
	}
}

// getent asks the name service. No shell is involved, nor anything of the environment of bones.
//
// Source: getent(1): of several keys those that are found are printed; status 2 says that one was not.
func getent(ctx context.Context, program, database string, ids []uint32) (map[uint32]string, error) {
	args := []string{database}
	for _, id := range ids {
		args = append(args, strconv.FormatUint(uint64(id), 10))
	}
	c := exec.CommandContext(ctx, program, args...)
	c.Env = []string{"PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL=C"}
	c.Dir = "/"
	c.WaitDelay = time.Second
	out := &bounded{}
	c.Stdout = out
	err := c.Run()
	names := map[uint32]string{}
	read(bufio.NewReaderSize(&out.b, lineMax), names)
	for id := range names {
		if !slices.Contains(ids, id) { // a name of digits is a key as well, and then it is somebody else's number
			delete(names, id)
		}
	}
	return names, err
}

// bounded keeps so much of what is written to it, and takes the rest.
type bounded struct{ b bytes.Buffer }

func (w *bounded) Write(p []byte) (int, error) {
	w.b.Write(p[:min(len(p), max(outputMax-w.b.Len(), 0))])
	return len(p), nil
}
