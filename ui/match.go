package ui

import (
	"slices"
	"strings"

	"bones/ui/kit"
)

// offered is how many processes and containers are listed at most.
const offered = 100

// match lists what the input could mean.
func (p *palette) match() {
	typed := strings.TrimLeft(p.input.Value(), " ")
	p.list, p.at, p.top, p.picked, p.left = p.list[:0], -1, 0, false, 0
	word, rest, spaced := strings.Cut(typed, " ")
	words := p.ui.allWords()
	if w := kit.FindWord(words, word); w != nil && spaced {
		p.arguments(w, word, strings.TrimLeft(rest, " "))
		for _, k := range p.ui.allKeys() { // one whose name begins with a word: "sort next"
			if kit.RankOf(k.Action, typed) <= kit.RankPrefix {
				p.add(p.action(k), typed)
			}
		}
	} else {
		typed = strings.TrimRight(typed, " ")
		same := map[string]bool{} // actions that a word stands for
		keys := p.ui.allKeys()
		for i := range words {
			w := &words[i]
			names := strings.Fields(w.Words)
			c := choice{label: strings.TrimSpace(names[0] + " " + w.Args), text: w.Help, fill: names[0],
				off: w.WhyOff(p.ui.locked()), changes: w.Changes, rank: kit.NoMatch}
			if w.Args != "" {
				c.fill += " "
			}
			for _, name := range names {
				c.rank = min(c.rank, kit.RankOf(name, typed))
			}
			if k := bindingOf(keys, w.Action); k != nil {
				c.keys, same[w.Action] = k.Keys, true
			}
			p.add(c, typed)
		}
		for _, k := range keys {
			if !same[k.Action] {
				p.add(p.action(k), typed)
			}
		}
		if typed != "" {
			var found []choice
			for _, c := range p.subjects {
				pid, name, _ := strings.Cut(c.label, " ")
				if c.rank = kit.RankOf(name, typed); pid != "container" {
					c.rank = min(c.rank, kit.RankOf(pid, typed))
				} else if strings.HasPrefix(c.id, typed) {
					c.rank = min(c.rank, kit.RankPrefix)
				}
				if c.rank < kit.RankDescribed {
					found = append(found, c)
				}
			}
			// The best are kept: one that is called so may be the last of thousands that merely have the letters.
			slices.SortStableFunc(found, func(a, b choice) int { return a.rank - b.rank })
			p.left = max(0, len(found)-offered)
			p.list = append(p.list, found[:len(found)-p.left]...)
		}
	}
	slices.SortStableFunc(p.list, func(a, b choice) int { return a.rank - b.rank })
	if len(p.list) == 0 || typed == "" || p.area.Empty() {
		return
	}
	if !isWord(typed) { // a PID, and nothing else that is called so or whose id begins so
		p.at = slices.IndexFunc(p.list, func(c choice) bool { return c.process && c.fill == typed })
		return
	}
	// What changes the system is not begun by a few letters that happen to be in its name.
	if best := &p.list[0]; best.rank <= kit.RankWordPrefix || best.rank <= kit.RankLetters && !best.changes {
		p.at = 0
	}
}

func (p *palette) action(k kit.Binding) choice {
	return choice{label: k.Action, keys: k.Keys, text: k.Help, off: k.WhyOff(p.ui.locked()),
		fill: k.Action, changes: k.Changes, rank: -1, do: func() { p.ui.act(&k) }}
}

// add lists a word or an action, if what was typed fits its name or what it does.
func (p *palette) add(c choice, typed string) {
	if c.rank < 0 {
		c.rank = kit.RankOf(c.label, typed)
	}
	if c.rank == kit.NoMatch && len(typed) >= 3 && strings.Contains(strings.ToLower(c.text), strings.ToLower(typed)) {
		c.rank = kit.RankDescribed
	}
	if c.rank < kit.NoMatch {
		p.list = append(p.list, c)
	}
}

// arguments lists what can follow a word. The mark stays away: what was typed may be meant as it is.
func (p *palette) arguments(w *kit.Word, word, rest string) {
	c := choice{label: strings.TrimSpace(word + " " + w.Args), text: w.Help, off: w.WhyOff(p.ui.locked()),
		fill: p.input.Value(), changes: w.Changes}
	// Of a path, or of what stands behind a name, seldom all is offered: where nothing fits, what the word wants is
	// shown.
	defer func() {
		if len(p.list) == 0 && (w.Offers == nil || strings.ContainsAny(rest, " /:=")) {
			c.rank = kit.RankDescribed
			p.list = append(p.list, c)
		}
	}()
	if w.Offers == nil {
		return
	}
	before, last := kit.LastWord(rest)
	for _, o := range w.Offers(rest) {
		fill, named := o.Fill()
		c := choice{label: o.Label, text: o.Text, off: c.off,
			fill: word + " " + before + fill, changes: w.Changes, rank: kit.RankOf(named, last)}
		if c.rank < kit.NoMatch {
			// The mark is only put on what stands there in full.
			if c.rank > kit.RankExact {
				c.rank += kit.RankDescribed
			}
			p.list = append(p.list, c)
		}
	}
}
