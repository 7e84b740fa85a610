package export

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
	"unicode/utf8"

	"bones/cgroupview"
	"bones/cgroupview/container"
	"bones/cgroupview/inventory"
	"bones/procwalk"
	"bones/procwalk/leaktest"
	"bones/procwalk/proctest"
	"bones/procwalk/text"

	dto "github.com/prometheus/client_model/go"
)

func TestMain(m *testing.M) { leaktest.Main(m) }

// fixed is a source that gives one moment again and again, when it is let.
type fixed struct {
	moment *inventory.Moment
	err    error
	hold   chan struct{} // a moment is given for each value; nil: at once
	asked  atomic.Int64
}

func (f *fixed) Moment(ctx context.Context, _ inventory.Ask) (*inventory.Moment, error) {
	f.asked.Add(1)
	if f.hold != nil {
		<-f.hold
	}
	return f.moment, f.err
}

// one is a container of a moment: what it is called and uses.
type one struct {
	name, id, image string
	user            uint32
	ino             uint64
	cpu             uint64 // microseconds
	start           uint64
}

// moment makes one with these containers, a process each.
func moment(all ...one) *inventory.Moment {
	s := &procwalk.Snapshot{Host: procwalk.Machine{TicksPerSec: 100, PageSize: 4096, CPUs: 2, Release: "6.1"}}
	d := &inventory.Data{}
	unknown := errors.New("unknown")
	m := &inventory.Moment{Snapshot: s}
	for i, o := range all {
		pid := 100 + i
		p := procwalk.Process{Stat: procwalk.Stat{PID: pid, State: 'S', StartTime: o.start, NumThreads: 1,
			UTime: uint64(i)}}
		s.Processes = append(s.Processes, p)
		chain := container.Chain{{Kind: container.Container, Runtime: container.Docker, ID: text.New(o.id),
			Group: text.New("/docker/" + o.id), Delegation: container.Delegation{Known: true, Maker: o.user}}}
		c := inventory.Container{Key: fmt.Sprint("key", i), Chain: chain, Runtime: container.Docker, ID: text.New(o.id),
			Name: text.New(o.name), Info: container.Info{Image: text.New(o.image)}, PID: pid, PIDs: []int{pid}}
		d.Containers = append(d.Containers, inventory.ContainerData{Container: c, Keys: []string{c.Key}})
		d.Members = append(d.Members, inventory.MemberData{ID: p.ID(), Chain: chain, Keys: []string{c.Key}, Key: c.Key})
	}
	m.Inventory = inventory.New(d, s)
	for i, o := range all {
		sample := cgroupview.UnknownSample(unknown)
		sample.CPU = cgroupview.Reading{Value: o.cpu}
		m.Usage = append(m.Usage, inventory.Usage{Container: m.Inventory.List[i], Process: &s.Processes[i],
			Groups: cgroupview.Groups{List: []*cgroupview.Group{{Dev: 1, Ino: o.ino}}}, Sample: sample})
	}
	return m
}

// values are those of one metric, by the label container.
func values(t *testing.T, families []*dto.MetricFamily, name string) map[string]float64 {
	t.Helper()
	got := map[string]float64{}
	for _, f := range families {
		if f.GetName() != name {
			continue
		}
		for _, m := range f.Metric {
			key := ""
			for _, l := range m.Label {
				if l.GetName() == "container" || l.GetName() == "what" {
					key = l.GetValue()
				}
			}
			if _, twice := got[key]; twice {
				t.Errorf("%s{%s} is there twice", name, key)
			}
			got[key] = m.GetCounter().GetValue() + m.GetGauge().GetValue()
		}
	}
	return got
}

func collect(t *testing.T, e *exporter) []*dto.MetricFamily {
	t.Helper()
	families, err := e.collect(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return families
}

// TestCountersGoOn: a container that comes back under its name goes on counting, whatever it counts itself.
func TestCountersGoOn(t *testing.T) {
	source := &fixed{}
	e := newExporter(config{Source: source})
	for _, step := range []struct {
		what string
		ino  uint64 // 0: it is not there
		cpu  uint64 // seconds that its group counts
		want float64
	}{
		{"first", 1, 10, 10}, {"goes on", 1, 15, 15}, {"is started again", 2, 3, 18}, {"is away", 0, 0, 0},
		{"is back with more than before", 3, 40, 58}, {"the kernel counts less for the same group", 3, 39, 58},
		{"and goes on from there", 3, 41, 60},
	} {
		source.moment = moment()
		if step.ino != 0 {
			source.moment = moment(one{name: "web", id: "a", ino: step.ino, cpu: step.cpu * 1e6})
		}
		got, ok := values(t, collect(t, e), "bones_container_cpu_usage_seconds_total")["web"]
		if got != step.want || ok != (step.ino != 0) {
			t.Errorf("%s: %v, want %v", step.what, got, step.want)
		}
	}
}

// TestLedgerIsBounded: what has gone is forgotten when there is too much of it.
func TestLedgerIsBounded(t *testing.T) {
	var l ledger
	now := time.Unix(1e9, 0)
	for i := range keptMost + 500 {
		l.open(fmt.Sprint(i), "", now.Add(time.Duration(i)*time.Second))
	}
	l.forget(now.Add(time.Hour))
	if _, oldest := l.accounts["0"]; len(l.accounts) != keptMost || oldest {
		t.Errorf("%d accounts are kept, the oldest: %v", len(l.accounts), oldest)
	}
	if l.forget(now.Add(100 * time.Hour)); len(l.accounts) != 0 {
		t.Errorf("%d accounts are kept for days", len(l.accounts))
	}
}

// TestHostileLabels: whatever somebody calls a container, the page stays one that promtool reads, and is bounded.
func TestHostileLabels(t *testing.T) {
	long := strings.Repeat("ä", 5000)
	source := &fixed{moment: moment(
		one{name: "a\"\\\n} 1\nbones_container_info{x=\"", id: "1", image: "\x1b[2J\u202e"},
		one{name: "bad \xff\xfe utf8", id: "2", image: strings.Repeat("\xc3", 600)},
		one{name: long, id: "3", image: long}, one{name: long + "2", id: "4", image: long},
		one{name: "", id: strings.Repeat("f", 64), image: "\x00"})}
	e := newExporter(config{Source: source, Processes: 3})
	families := collect(t, e)
	for _, f := range families {
		for _, m := range f.Metric {
			for _, l := range m.Label {
				v := l.GetValue()
				if !utf8.ValidString(v) || strings.ContainsFunc(v, text.Deceptive) || strings.ContainsAny(v, "\n\x00\x1b") ||
					len(v) > maxLabel+80 {
					t.Errorf("%s has a label %s of %d bytes: %q", f.GetName(), l.GetName(), len(v), v)
				}
			}
		}
	}
	if got := len(values(t, families, "bones_container_info")); got != 5 {
		t.Errorf("%d containers, want 5", got)
	}
	if n := values(t, families, "bones_exporter_cut_labels_total")[""]; n < 5 {
		t.Errorf("%v labels are said to be cut", n)
	}
	proctest.NeedPrograms(t, "promtool")
	c := exec.Command("promtool", "check", "metrics")
	c.Stdin = strings.NewReader(get(t, newShared(e), nil).Body.String())
	if out, err := c.CombinedOutput(); err != nil || len(out) > 0 {
		t.Errorf("promtool: %v\n%s", err, out)
	}
}

// TestUsersDoNotPushOut: a user's containers take neither the names nor the room of root's.
func TestUsersDoNotPushOut(t *testing.T) {
	var all []one
	for i := range maxContainers + 10 {
		all = append(all, one{name: fmt.Sprint("u", i), id: fmt.Sprint("u", i), user: 1000})
	}
	all = append(all, one{name: "web", id: "theirs", user: 1000, start: 1}, one{name: "web", id: "roots", start: 100,
		cpu: 5e6, ino: 9}, one{name: "db", id: "db", start: 200})
	e := newExporter(config{Source: &fixed{moment: moment(all...)}})
	families := collect(t, e)
	got := values(t, families, "bones_container_cpu_usage_seconds_total")
	if _, db := got["db"]; got["web"] != 5 || !db || len(got) != maxContainers {
		t.Errorf("%d containers, root's web has used %v s, its db is there: %v", len(got), got["web"], db)
	}
	if n := values(t, families, "bones_exporter_left_out")["container"]; n != 13 {
		t.Errorf("%v are said to be left out, want 13", n)
	}
}

// TestSameNames: containers with the same labels are told apart, the oldest of root's keeps its name.
func TestSameNames(t *testing.T) {
	e := newExporter(config{Source: &fixed{moment: moment(one{name: "web", id: "new", start: 9, cpu: 1e6},
		one{name: "web", id: "old", start: 2, cpu: 2e6}, one{name: "web", id: "theirs", start: 1, user: 5, cpu: 3e6})}})
	got := values(t, collect(t, e), "bones_container_cpu_usage_seconds_total")
	if want := map[string]float64{"web": 2, "web~new": 1, "web~theirs": 3}; fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("%v, want %v", got, want)
	}
}

// get asks the page as a scraper does.
func get(t *testing.T, s *shared, header http.Header) *httptest.ResponseRecorder {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/metrics", nil)
	if header != nil {
		r.Header = header
	}
	w := httptest.NewRecorder()
	s.ServeHTTP(w, r)
	return w
}

// TestOneCollectionAtATime: many scrapers share one collection, and one that has given up leaves nothing behind.
func TestOneCollectionAtATime(t *testing.T) {
	source := &fixed{moment: moment(one{name: "web", id: "a"}), hold: make(chan struct{})}
	s := newShared(newExporter(config{Source: source}))
	if w := get(t, s, http.Header{"X-Prometheus-Scrape-Timeout-Seconds": {"0.01"}}); w.Code != 503 ||
		w.Header().Get("Retry-After") == "" {
		t.Errorf("a scraper that does not wait: %d", w.Code)
	}
	var all sync.WaitGroup
	var ok atomic.Int64
	for range 20 {
		all.Go(func() {
			if w := get(t, s, nil); w.Code == 200 && strings.Contains(w.Body.String(), `container="web"`) {
				ok.Add(1)
			}
		})
	}
	proctest.Until(t, "all scrapers wait", func() bool { return s.exporter.shared.Load() == 20 })
	close(source.hold)
	all.Wait()
	if ok.Load() != 20 || source.asked.Load() != 1 {
		t.Errorf("%d of 20 scrapers got the page, the host was read %d times", ok.Load(), source.asked.Load())
	}
}

// TestTooManyScrapes: those beyond the bound are refused at once.
func TestTooManyScrapes(t *testing.T) {
	source := &fixed{moment: moment(), hold: make(chan struct{})}
	s := newShared(newExporter(config{Source: source}))
	var all sync.WaitGroup
	for range maxScrapes {
		all.Go(func() { get(t, s, nil) })
	}
	proctest.Until(t, "the room is taken", func() bool { return len(s.scrapes) == maxScrapes })
	if w := get(t, s, nil); w.Code != 503 {
		t.Errorf("one more: %d", w.Code)
	}
	close(source.hold)
	all.Wait()
}

// TestFormats: a page is made once for each format, and there is a bound of them.
func TestFormats(t *testing.T) {
	s := newShared(newExporter(config{Source: &fixed{moment: moment(one{name: "web", id: "a"})}}))
	if w := get(t, s, http.Header{"Accept-Encoding": {"gzip, br"}}); w.Header().Get("Content-Encoding") != "gzip" {
		t.Errorf("gzip: %v", w.Header())
	}
	if w := get(t, s, http.Header{"Accept-Encoding": {"gzip;q=0"}}); w.Header().Get("Content-Encoding") == "gzip" {
		t.Errorf("no gzip: %v", w.Header())
	}
	if w := get(t, s, http.Header{"Accept": {"application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;" +
		"encoding=delimited"}}); !strings.Contains(w.Header().Get("Content-Type"), "protobuf") || w.Code != 200 {
		t.Errorf("protobuf: %d %v", w.Code, w.Header())
	}
	for i := range 40 {
		if w := get(t, s, http.Header{"Accept": {fmt.Sprintf("text/plain;version=0.0.4;escaping=x%d", i)}}); w.Code != 200 {
			t.Errorf("%d", w.Code)
		}
	}
	if n := len(s.current.pages); n > maxPages {
		t.Errorf("%d pages are kept", n)
	}
	w := httptest.NewRecorder()
	s.ServeHTTP(w, httptest.NewRequest(http.MethodPost, "/metrics", nil))
	if w.Code != http.StatusMethodNotAllowed {
		t.Errorf("POST: %d", w.Code)
	}
}

// TestFailedCollection: when the host cannot be read, the page says so, with the exporter's own metrics.
func TestFailedCollection(t *testing.T) {
	e := newExporter(config{Source: &fixed{err: errors.New("no /proc")}})
	body := get(t, newShared(e), nil).Body.String()
	if !strings.Contains(body, "bones_exporter_failed_collections_total 1\n") || strings.Contains(body, "bones_host_") {
		t.Errorf("%s", body)
	}
}

// TestTable: every metric is named and described as Prometheus wants it, and read says as many labels as it has.
func TestTable(t *testing.T) {
	seen, reference := map[string]bool{}, Reference()
	for _, r := range rows() {
		if seen[r.Name] {
			t.Errorf("%s is there twice", r.Name)
		}
		seen[r.Name] = true
		if (r.Kind == counter) != strings.HasSuffix(r.Name, "_total") {
			t.Errorf("%s is a %s", r.Name, r.Kind)
		}
		if stem := strings.TrimSuffix(r.Name, "_total"); r.Unit != "" && !strings.HasSuffix(stem, "_"+r.Unit) {
			t.Errorf("%s does not end in its unit, %s", r.Name, r.Unit)
		}
		if !strings.HasSuffix(r.Help, ".") && !strings.HasSuffix(r.Help, "1") {
			t.Errorf("%s: help is a sentence: %s", r.Name, r.Help)
		}
		if !strings.Contains(reference, "| `"+r.Name+"` |") {
			t.Errorf("%s is not in the reference", r.Name)
		}
	}
}

// TestNetworkIsToldOnce: the containers of a pod have one network namespace, and what its devices count is the traffic
// of all of them. One has it: the one that holds the namespace, or else the one that was started first.
func TestNetworkIsToldOnce(t *testing.T) {
	start, err := procwalk.StartTime("/proc", os.Getpid())
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		what       string
		containers []one
		spaces     []uint64 // of each; 1 is the host's
		pod        string   // all are in it
		user       int      // whose index is a user's; -1: none
		want       []string
	}{
		{"a pod", []one{{name: "app", id: "a"}, {name: "POD", id: "b", start: 5}, {name: "side", id: "c"}},
			[]uint64{7, 7, 7}, "shop", -1, []string{"pause:shop"}},
		{"a pod without pause", []one{{name: "app", id: "a", start: 9}, {name: "side", id: "c", start: 8}},
			[]uint64{7, 7}, "shop", -1, []string{"side"}},
		{"joined", []one{{name: "late", id: "a", start: 9}, {name: "web", id: "b", start: 3}, {name: "db", id: "c"}},
			[]uint64{7, 7, 8}, "", -1, []string{"db", "web"}},
		{"the host's", []one{{name: "web", id: "a"}}, []uint64{1}, "", -1, nil},
		{"a user's, earlier", []one{{name: "his", id: "a", start: 1, user: 1000}, {name: "web", id: "b", start: 3}},
			[]uint64{7, 7}, "", 0, []string{"web"}},
	} {
		source := &fixed{moment: moment(c.containers...)}
		host := procwalk.Process{Stat: procwalk.Stat{PID: 1, StartTime: 1}, NS: &procwalk.Namespaces{}}
		host.NS.Inode[procwalk.Net] = 1
		for i := range source.moment.Usage {
			u := &source.moment.Usage[i]
			p := *u.Process
			p.NS = &procwalk.Namespaces{}
			p.NS.Inode[procwalk.Net] = c.spaces[i]
			u.Process = &p
			u.Info.Pod.Name = text.New(c.pod)
		}
		e := newExporter(config{Source: source, ProcRoot: "/proc"})
		t.Cleanup(e.close)
		var list []*member
		p := e.hostFacts(source.moment)
		for _, m := range e.members(p, time.Now()) {
			list = append(list, m)
			m.net = nil
			own := *m.Process // this process stands for each: its devices can be read
			own.PID, own.StartTime = os.Getpid(), start
			m.Process = &own
		}
		all, with := *source.moment, *source.moment.Snapshot
		with.Processes = slices.Insert(slices.Clone(with.Processes), 0, host)
		all.Snapshot = &with
		p.Moment = &all
		e.networks(p, list)
		var got []string
		for _, m := range list {
			if m.net != nil {
				got = append(got, m.Label().String())
			}
		}
		slices.Sort(got)
		if !slices.Equal(got, c.want) {
			t.Errorf("%s: %q have the network, want %q", c.what, got, c.want)
		}
	}
}

// TestTooManyNetworkDevices: sums over some of the devices of a network would be too low. There are none then, and the
// exporter says so.
func TestTooManyNetworkDevices(t *testing.T) {
	tree := proctest.New(t)
	tree.Add(proctest.Proc{PID: 1})
	tree.Add(proctest.Proc{PID: 7, NS: map[string]uint64{"net": 7}})
	line := "  eth0: 1000 1 2 3 0 0 0 0 2000 4 5 6 0 0 0 0\n"
	for _, c := range []struct{ devices, left int }{{100, 0}, {1<<20/len(line) + 2, 1}} {
		tree.Write("7/net/dev", strings.Repeat(line, c.devices))
		start, err := procwalk.StartTime(tree.Root, 7)
		if err != nil {
			t.Fatal(err)
		}
		m := moment(one{name: "web", id: "a"})
		p := *m.Usage[0].Process
		p.PID, p.StartTime, p.NS = 7, start, &procwalk.Namespaces{}
		p.NS.Inode[procwalk.Net] = 7
		m.Usage[0].Process = &p
		e := newExporter(config{Source: &fixed{moment: m}, ProcRoot: tree.Root})
		families := collect(t, e)
		e.close()
		got := values(t, families, "bones_exporter_left_out")["network"]
		_, told := values(t, families, "bones_container_network_receive_bytes_total")["web"]
		if int(got) != c.left || told != (c.left == 0) {
			t.Errorf("%d devices: %v networks are left out, %v", c.devices, got, told)
		}
	}
}

// TestAddressesAreChecked: what is wrong with an address is said in words of bones, before anything is opened.
func TestAddressesAreChecked(t *testing.T) {
	for address, want := range map[string]string{"nowhere": "give HOST:PORT", "1.2.3.4:999999": "from 0 to 65535",
		"[::1]:9777": "", ":http": ""} {
		err := (&flags{path: "/metrics", listen: []string{address}}).check()
		if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("%s: %v", address, err)
		}
	}
}
