// Package accounts names users and groups: from /etc/passwd or /etc/group, and what those do not have from the name
// service of the host, which also knows LDAP, SSSD and the dynamic users of systemd. bones is a static program and
// cannot ask the name service itself: getent(1) does, for many numbers at a time, and what it says is remembered.
package accounts

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"maps"
	"os"
	"os/exec"
	"path"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"bones/procwalk/crash"
	"bones/procwalk/passwd"
	"bones/procwalk/rootfs/inroot"

	"golang.org/x/sys/unix"
)

// Database is where the names of users and groups are looked up: on this host, or in the files of another root.
type Database struct {
	root     string // of the host whose names they are; empty: this one
	file     string // where those of the host itself stand, as it calls it
	database string // what getent calls them; empty: the name service is not asked
}

// Users names the users of the host whose proc file system is at proc. Where that is not our own /proc, as in a pod
// that has the node's files mounted, its /etc/passwd lies beside it. The name service of here knows nobody of there
// and is not asked: what that file does not have stays a number. Where there is no such file, as beside a copy of
// /proc, the names are those of here.
func Users(proc string) Database { return databaseOf(proc, "/etc/passwd", "passwd") }

// Groups names the groups, likewise by /etc/group.
func Groups(proc string) Database { return databaseOf(proc, "/etc/group", "group") }

func databaseOf(proc, file, database string) Database {
	if proc = path.Clean(proc); proc == "/proc" || proc == "." {
		return Database{"", file, database}
	}
	if _, err := os.Lstat(path.Dir(proc) + file); errors.Is(err, os.ErrNotExist) {
		return Database{"", file, database}
	}
	return Database{path.Dir(proc), file, ""}
}

// open opens the file. Links in the files of another host lead to where they lead there.
func (d Database) open() (*os.File, error) {
	if d.root == "" {
		return os.Open(d.file)
	}
	root, err := unix.Open(d.root, unix.O_PATH|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, err
	}
	defer unix.Close(root)
	dir := inroot.Dir{FD: root}
	fd, err := dir.Open(strings.TrimPrefix(d.file, "/"), 0)
	if err != nil {
		return nil, err
	}
	defer unix.Close(fd)
	var st unix.Stat_t
	if err := unix.Fstat(fd, &st); err != nil {
		return nil, err
	}
	if st.Mode&unix.S_IFMT != unix.S_IFREG {
		return nil, unix.EINVAL // a FIFO would wait for a writer
	}
	return os.Open("/proc/self/fd/" + strconv.Itoa(fd))
}

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
	n.file, n.stamp = readFile(kind)
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
	if left > 0 && n.kind.database != "" {
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
	now := stampOf(n.kind)
	var file map[uint32]string
	if now != old {
		file, now = readFile(n.kind)
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	n.looked = n.now()
	if file != nil {
		n.file, n.stamp = file, now
	}
}

func stampOf(d Database) stamp {
	f, err := d.open()
	if err != nil {
		return stamp{}
	}
	defer f.Close()
	return stampOfFile(f)
}

func stampOfFile(f *os.File) stamp {
	info, err := f.Stat()
	if err != nil {
		return stamp{}
	}
	return stamp{info.Size(), info.ModTime()}
}

// lineMax is how much of one line is looked at, in bytes: name and number are at its beginning, and a group may have
// any number of members.
const lineMax = 4 << 10

// readFile reads a file in the form of passwd(5) or group(5). An unreadable one gives no names.
func readFile(d Database) (map[uint32]string, stamp) {
	names := map[uint32]string{}
	f, err := d.open()
	if err != nil {
		return names, stamp{}
	}
	defer f.Close()
	s := stampOfFile(f) // first: what is written meanwhile is read another time
	read(bufio.NewReaderSize(f, lineMax), names)
	return names, s
}

// read reads lines of passwd(5) or group(5). Of several names for one number the first counts. Lines of another form
// are passed over.
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
	l, ok := passwd.ParseLine(line)
	if _, known := names[l.ID]; ok && !known {
		names[l.ID] = l.Name
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
