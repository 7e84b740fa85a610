package export

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"bones/cgroupview"
	"bones/cgroupview/inventory"
	"bones/procwalk"

	dto "github.com/prometheus/client_model/go"
)

// Judge tells what is wrong with containers: bones health as a function of one moment after the other.
type Judge interface {
	// Judge takes the next moment. It returns the names of all that it could look for, and which of them it found, by
	// Container.Key, or hostKey. Names that begin with "host-" are of the host.
	Judge(m *inventory.Moment) (names []string, found map[string][]string)
}

// hostKey stands for the host among containers.
const hostKey = ""

// config says what an exporter reads.
type config struct {
	Source    inventory.Source
	Host      *cgroupview.FileSystem // nil: no control group can be read
	ProcRoot  string
	Processes int  // of how many processes there are metrics
	Units     bool // there are metrics of units of systemd
	Judge     Judge
}

// exporter makes the metrics of one moment after the other. It is for one goroutine at a time; see shared.
type exporter struct {
	config     config
	labels     labeller
	ledger     ledger
	ticks      map[procwalk.ID]uint64 // of the collection before
	folders    folders
	pass       *cgroupview.Pass // over the groups of units
	unitsKnown map[string]cgroupview.Groups

	collections, failures float64
	shared                atomic.Uint64
	leftOut               map[string]float64
	incomplete            bool
	unread                int
}

func newExporter(c config) *exporter {
	return &exporter{config: c, unitsKnown: map[string]cgroupview.Groups{}, leftOut: map[string]float64{},
		folders: folders{room: folderDescriptors(), held: map[procwalk.ID]*procwalk.Folder{}, asked: map[procwalk.ID]bool{}}}
}

// close gives back what the exporter holds.
func (e *exporter) close() {
	e.folders.sweep()
	if e.pass != nil {
		e.pass.Close()
	}
}

// collect reads the host once. An error means that nothing is known but the exporter's own metrics.
func (e *exporter) collect(ctx context.Context) ([]*dto.MetricFamily, error) {
	began := time.Now()
	clear(e.leftOut)
	m, err := e.config.Source.Moment(ctx, inventory.Ask{Trouble: true, Guests: true})
	e.collections++
	if err != nil {
		e.failures++
		own := readAll(ofExporter(), nil, []*cost{{e, time.Since(began)}}, noPairs, nil)
		return sorted(own), err
	}
	p := e.hostFacts(m)
	members := e.members(p, began)
	units := e.units(p, began)
	workers, virtuals := e.workers(p), e.machines(p, began)
	e.incomplete = m.Snapshot.Incomplete() != nil || m.Snapshot.Cut() != nil || m.Starved() != nil
	if m.Inventory != nil {
		e.unread = len(m.Inventory.Errors)
	}
	var all []*family
	all = append(all, readAll(slices.Concat(ofContainers(), ofContainersBesideLimits()), containerLabels, members,
		func(c *member) []*dto.LabelPair { return c.pairs }, (*member).goesOn)...)
	all = append(all, readAll(ofGroups(), unitLabels, units, func(u *unit) []*dto.LabelPair { return u.pairs },
		func(u *unit, name string, value float64, labels []string) float64 {
			return u.account.count(name, value, labels)
		})...)
	all = append(all, readAll(ofProcesses(), processLabels, workers, func(w *worker) []*dto.LabelPair { return w.pairs },
		nil)...)
	all = append(all, readAll(ofMachines(), machineLabels, virtuals, func(v *virtual) []*dto.LabelPair { return v.pairs },
		func(v *virtual, name string, value float64, labels []string) float64 {
			return v.account.count(name, value, labels)
		})...)
	all = append(all, readAll(slices.Concat(ofHost(), ofNamespaces()), nil, []*hostFacts{p},
		func(*hostFacts) []*dto.LabelPair { return nil }, nil)...)
	all = append(all, readAll(ofExporter(), nil, []*cost{{e, time.Since(began)}}, noPairs, nil)...)
	e.ledger.forget(began)
	return sorted(all), ctx.Err()
}

func noPairs(*cost) []*dto.LabelPair { return nil }

// goesOn is what a counter of a container has come to, over all that had its name.
func (c *member) goesOn(name string, value float64, labels []string) float64 {
	if strings.HasPrefix(name, networkPrefix) {
		return c.traffic.count(name, value, labels)
	}
	return c.account.count(name, value, labels)
}

// hostFacts counts what there is on the host.
func (e *exporter) hostFacts(m *inventory.Moment) *hostFacts {
	p := &hostFacts{Moment: m, mode: "none", containers: map[string]int{}}
	if e.config.Host != nil {
		p.mode = e.config.Host.Mode()
	}
	var seen [procwalk.NSTypes]map[uint64]bool
	for t := range seen {
		seen[t] = map[uint64]bool{}
	}
	for i := range m.Snapshot.Processes {
		process := &m.Snapshot.Processes[i]
		p.states[stateOf(process)]++
		p.threads += process.NumThreads
		if process.NS == nil {
			continue
		}
		for t, inode := range process.NS.Inode {
			if inode != 0 && !seen[t][inode] {
				seen[t][inode] = true
				p.namespaces[t]++
			}
		}
	}
	if m.Inventory != nil {
		for _, c := range m.Inventory.List {
			if c.Sandbox() {
				p.sandboxes++
			} else {
				p.containers[cmp.Or(string(c.Runtime), "unknown")]++
			}
		}
	}
	return p
}

// members are the containers with all that their metrics are made of. Those that root's engines made come first: no
// user can push them out, or take their names.
func (e *exporter) members(p *hostFacts, now time.Time) []*member {
	list := make([]*member, 0, len(p.Usage))
	at := make(map[string]*member, len(p.Usage))
	for i := range p.Usage {
		u := &p.Usage[i]
		if !u.Sandbox() {
			list = append(list, &member{Usage: u})
		}
	}
	slices.SortStableFunc(list, func(a, b *member) int {
		return cmp.Or(cmp.Compare(a.MadeBy(), b.MadeBy()), cmp.Compare(a.Process.StartTime, b.Process.StartTime))
	})
	if more := len(list) - maxContainers; more > 0 {
		e.leftOut["container"] = float64(more)
		list = list[:maxContainers]
	}
	names := make(map[string]bool, len(list))
	for _, c := range list {
		at[c.Key] = c
		e.name(c, names, now)
		c.started = float64(p.Snapshot.Host.BootTime.Unix()) + p.Snapshot.Host.Ticks(c.Process.StartTime).Seconds()
	}
	for i := range p.Snapshot.Processes {
		process := &p.Snapshot.Processes[i]
		if in, ok := p.Inventory.Of(process); ok {
			if c := at[in.Key]; c != nil {
				c.states[stateOf(process)]++
			}
		}
	}
	e.networks(p, list)
	if e.config.Judge != nil {
		all, found := e.config.Judge.Judge(p.Moment)
		for _, name := range all {
			if strings.HasPrefix(name, "host-") {
				p.findings = append(p.findings, finding{name, slices.Contains(found[hostKey], name)})
				continue
			}
			for _, c := range list {
				c.findings = append(c.findings, finding{name, slices.Contains(found[c.Key], name)})
			}
		}
	}
	return list
}

// name gives a container its labels. Where another one has them already, the id tells them apart.
func (e *exporter) name(c *member, taken map[string]bool, now time.Time) {
	c.id = e.labels.value(c.ID)
	values := []string{e.labels.value(c.Label()), cmp.Or(string(c.Runtime), "unknown"), e.labels.value(c.Info.Image),
		e.labels.value(c.Info.Pod.Name), e.labels.value(c.Info.Pod.Namespace), e.labels.value(c.Project())}
	key := strings.Join(values, "\x00")
	if taken[key] {
		values[0] += "~" + e.labels.value(inventory.ShortID(c.ID))
		key = strings.Join(values, "\x00")
		for n := c.PID; taken[key]; n++ { // the same id twice: by two engines, or of a user's making
			values[0] += "~" + itoa(n)
			key = strings.Join(values, "\x00")
		}
	}
	taken[key] = true
	for i, name := range containerLabels {
		c.pairs = append(c.pairs, label(name, values[i]))
	}
	c.pairs = sortPairs(c.pairs)
	c.account = e.ledger.open(key, identityOf(c.Groups), now)
	network := uint64(0)
	if c.Process.NS != nil {
		network = c.Process.NS.Inode[procwalk.Net]
	}
	c.traffic = e.ledger.open(key+"\x00network", itoa(int(network)), now)
}
