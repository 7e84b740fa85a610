package export

import (
	"maps"
	"slices"
	"strings"
	"time"
)

// A container that is started again has groups of its own that count from 0 again, and one that comes and goes between
// two scrapes would hide what it used before. The ledger keeps its counters going: they begin where those of the same
// name left off, as long as the exporter runs.

// How long the counters of what has gone are kept, and of how many.
const (
	keptFor  = 24 * time.Hour
	keptMost = 4 * maxContainers
)

// account are the counters of what goes by one name.
type account struct {
	identity string // of what has the name now
	seen     time.Time
	entries  map[string]*entry // by metric and its own labels
}

// entry is one counter.
type entry struct {
	base, last float64
}

// ledger keeps the accounts by name.
type ledger struct {
	accounts map[string]*account
}

// open returns the account of what goes by a name. identity tells it from another one of the same name.
func (l *ledger) open(name, identity string, now time.Time) *account {
	if l.accounts == nil {
		l.accounts = map[string]*account{}
	}
	a := l.accounts[name]
	if a == nil {
		a = &account{identity: identity, entries: map[string]*entry{}}
		l.accounts[name] = a
	}
	if a.identity != identity {
		for _, e := range a.entries {
			e.base, e.last = e.base+e.last, 0
		}
		a.identity = identity
	}
	a.seen = now
	return a
}

// count returns the counter as it goes on, given what the kernel counts. Where that goes back without a new beginning,
// as when one of several network devices is removed, nothing was used meanwhile, as far as is known.
func (a *account) count(name string, value float64, labels []string) float64 {
	key := name
	if len(labels) > 0 {
		key += "\x00" + strings.Join(labels, "\x00")
	}
	e := a.entries[key]
	if e == nil {
		e = &entry{}
		a.entries[key] = e
	}
	if value < e.last {
		e.base += e.last - value
	}
	e.last = value
	return e.base + value
}

// forget drops accounts that nobody had for long, and the oldest where there are too many.
func (l *ledger) forget(now time.Time) {
	maps.DeleteFunc(l.accounts, func(_ string, a *account) bool { return now.Sub(a.seen) > keptFor })
	if len(l.accounts) <= keptMost {
		return
	}
	names := slices.SortedFunc(maps.Keys(l.accounts), func(a, b string) int {
		return l.accounts[a].seen.Compare(l.accounts[b].seen)
	})
	for _, name := range names[:len(names)-keptMost] {
		delete(l.accounts, name)
	}
}
