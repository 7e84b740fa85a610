package export

import (
	"cmp"
	"slices"
	"strings"

	dto "github.com/prometheus/client_model/go"
)

// kind is what a number means to Prometheus.
type kind uint8

const (
	gauge   kind = iota // may go up and down
	counter             // only goes up; its name ends in _total
)

// String is the word for it on the page.
func (k kind) String() string {
	if k == counter {
		return "counter"
	}
	return "gauge"
}

// metric is one row of the table of metrics: what it is called and means, and how it is read. Of is what it is told
// of: a container, a process. The page, the reference and the tests are all made from the table.
type metric[Of any] struct {
	Name, Help string
	Kind       kind
	Unit       string   // bytes, seconds, ratio; empty: a plain number
	Labels     []string // beside those that everything of its kind has, in the order in which read gives their values
	// read calls say for each value that is known, with the values of Labels. What is not known is left out: a 0 would be
	// a lie.
	read func(of Of, say func(value float64, labels ...string))
}

// row is a metric without what it is read from: what the reference shows.
type row struct {
	Name, Help, Unit string
	Kind             kind
	Common, Labels   []string
	When             string // on what flag it is there; empty: always
}

// family collects the values of one metric.
type family struct {
	name, help string
	kind       dto.MetricType
	labels     []*string // of Labels
	metrics    []*dto.Metric
	block      []cell // memory of the next metrics: one allocation for many
}

// cell is the memory of one metric.
type cell struct {
	metric  dto.Metric
	counter dto.Counter
	gauge   dto.Gauge
	value   float64
}

// blockCells is for how many metrics memory is taken at once.
const blockCells = 128

func newFamily(r row) *family {
	f := &family{name: r.Name, help: r.Help, kind: dto.MetricType_GAUGE}
	if r.Kind == counter {
		f.kind = dto.MetricType_COUNTER
	}
	for _, l := range r.Labels {
		f.labels = append(f.labels, &l)
	}
	return f
}

// add takes one value. common are the labels of what it is told of, which many metrics share.
func (f *family) add(value float64, common []*dto.LabelPair, labels []string) {
	if len(f.block) == 0 {
		f.block = make([]cell, blockCells)
	}
	c := &f.block[0]
	f.block = f.block[1:]
	c.value = value
	pairs := common
	if len(labels) > 0 {
		pairs = make([]*dto.LabelPair, 0, len(common)+len(labels))
		pairs = append(pairs, common...)
		for i := range labels {
			if labels[i] != "" { // to Prometheus an empty label is none
				pairs = append(pairs, &dto.LabelPair{Name: f.labels[i], Value: &labels[i]})
			}
		}
		slices.SortFunc(pairs, func(a, b *dto.LabelPair) int { return strings.Compare(*a.Name, *b.Name) })
	}
	c.metric.Label = pairs
	if f.kind == dto.MetricType_COUNTER {
		c.counter.Value = &c.value
		c.metric.Counter = &c.counter
	} else {
		c.gauge.Value = &c.value
		c.metric.Gauge = &c.gauge
	}
	f.metrics = append(f.metrics, &c.metric)
}

// label makes one pair.
func label(name, value string) *dto.LabelPair { return &dto.LabelPair{Name: &name, Value: &value} }

// sortPairs orders labels as Prometheus wants them, and leaves empty ones out.
func sortPairs(pairs []*dto.LabelPair) []*dto.LabelPair {
	pairs = slices.DeleteFunc(pairs, func(p *dto.LabelPair) bool { return *p.Value == "" })
	slices.SortFunc(pairs, func(a, b *dto.LabelPair) int { return strings.Compare(*a.Name, *b.Name) })
	return pairs
}

// sorted are the families of one page, in the order of their names.
func sorted(list []*family) []*dto.MetricFamily {
	list = slices.DeleteFunc(list, func(f *family) bool { return len(f.metrics) == 0 })
	slices.SortFunc(list, func(a, b *family) int { return cmp.Compare(a.name, b.name) })
	all := make([]*dto.MetricFamily, len(list))
	for i, f := range list {
		all[i] = &dto.MetricFamily{Name: &f.name, Help: &f.help, Type: &f.kind, Metric: f.metrics}
	}
	return all
}

// readAll reads every metric of a table from each of many, whose common labels are beside it.
func readAll[Of any](table []metric[Of], common []string, all []Of, pairs func(Of) []*dto.LabelPair,
	counted func(of Of, name string, value float64, labels []string) float64) []*family {
	list := make([]*family, len(table))
	for i := range table {
		m := &table[i]
		f := newFamily(m.row(common, ""))
		f.metrics = make([]*dto.Metric, 0, len(all))
		for _, of := range all {
			own := pairs(of)
			m.read(of, func(value float64, labels ...string) {
				if m.Kind == counter && counted != nil {
					value = counted(of, m.Name, value, labels)
				}
				f.add(value, own, labels)
			})
		}
		list[i] = f
	}
	return list
}

func (m *metric[Of]) row(common []string, when string) row {
	return row{Name: m.Name, Help: m.Help, Unit: m.Unit, Kind: m.Kind, Common: common, Labels: m.Labels, When: when}
}
