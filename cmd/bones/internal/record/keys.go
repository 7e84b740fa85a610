package record

import (
	"slices"

	"bones/procwalk/text"
)

// Keys name containers in frames as a reader gives back every string of ours, see package wire: the keys of an
// inventory are made of paths, and of zero bytes between those, and only that they differ counts. Whoever keeps Keys
// from one frame to the next gets the same strings and slices again, which an Encoder finds unchanged without looking
// into them. It is for one goroutine.
type Keys struct {
	safe  map[string]string
	lists map[*string]keyList // by the first element
}

// keyList is what a list of keys is called in frames.
type keyList struct{ of, safe []string }

// maxKeys is how many keys, and how many lists, are remembered: both are forgotten when there are more.
const maxKeys = 1 << 14

func (k *Keys) name(key string) string {
	if safe, ok := k.safe[key]; ok {
		return safe
	}
	if k.safe == nil || len(k.safe) >= maxKeys {
		k.safe = map[string]string{}
	}
	safe := text.Line(key)
	k.safe[key] = safe
	return safe
}

func (k *Keys) names(keys []string) []string {
	if len(keys) == 0 {
		return nil
	}
	if l, ok := k.lists[&keys[0]]; ok && slices.Equal(l.of, keys) {
		return l.safe
	}
	if k.lists == nil || len(k.lists) >= maxKeys {
		k.lists = map[*string]keyList{}
	}
	l := keyList{of: slices.Clone(keys), safe: make([]string, 0, len(keys))}
	for _, key := range keys {
		l.safe = append(l.safe, k.name(key))
	}
	k.lists[&keys[0]] = l
	return l.safe
}
