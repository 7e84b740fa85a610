package rows

// Glyphs are what the forest is drawn with: two cells a level, and a blank before the name.
type Glyphs struct {
	Tee, Corner, Bar, Gap string
	Fold                  string // before the name of a row whose descendants are hidden
}

// UnicodeGlyphs and ASCIIGlyphs return the two sets there are.
func UnicodeGlyphs() Glyphs { return Glyphs{"├─", "└─", "│ ", "  ", "▸ "} }

// ASCIIGlyphs are for terminals and locales without Unicode.
func ASCIIGlyphs() Glyphs { return Glyphs{"|-", "`-", "| ", "  ", "+ "} }

// Forest appends what stands before the name of a row, at most levels levels of it: a row that is deeper gets its
// depth as a number instead of the outermost ones. Drawing a row takes as many steps as it has levels drawn.
func (m *Model) Forest(dst []byte, r Row, g *Glyphs, levels int) []byte {
	if !m.Flat && r.Depth > 0 {
		dst = append(m.branches(dst, r, g, levels), ' ')
	}
	if r.Folded {
		dst = append(dst, g.Fold...)
	}
	return dst
}

func (m *Model) branches(dst []byte, r Row, g *Glyphs, levels int) []byte {
	depth := int(r.Depth)
	drawn := min(depth, max(levels, 1))
	if drawn < depth {
		dst = append(appendInt(append(dst, '<'), depth), '>')
	}
	// From the row upwards: what each drawn level shows is known only on the way, so it is put in backwards.
	start := len(dst)
	parent := m.facts.Tree.Parent
	at := r.Index
	if r.Thread >= 0 { // a thread hangs below its process, which has no row of its own in between
		var bar string
		if m.hasNextThread(r) || m.kids[r.Index] > 0 && !m.foldedRow(r.Index) {
			bar = g.Tee
		} else {
			bar = g.Corner
		}
		dst = appendReversed(dst, bar)
		drawn--
	} else {
		if r.Last {
			dst = appendReversed(dst, g.Corner)
		} else {
			dst = appendReversed(dst, g.Tee)
		}
		at = parent[at]
		drawn--
	}
	for ; drawn > 0 && at >= 0 && parent[at] >= 0; drawn-- {
		if m.last[parent[at]] == at {
			dst = appendReversed(dst, g.Gap)
		} else {
			dst = appendReversed(dst, g.Bar)
		}
		at = parent[at]
	}
	for i, j := start, len(dst)-1; i < j; i, j = i+1, j-1 {
		dst[i], dst[j] = dst[j], dst[i]
	}
	return dst
}

func (m *Model) foldedRow(i int32) bool { return m.at[i] >= 0 && m.rows[m.at[i]].Folded }

func (m *Model) hasNextThread(r Row) bool {
	return int(r.Thread)+1 < len(m.threads[m.Process(r).ID()])
}

// appendReversed appends the bytes of s last to first: the whole is turned round afterwards.
func appendReversed(dst []byte, s string) []byte {
	for i := len(s) - 1; i >= 0; i-- {
		dst = append(dst, s[i])
	}
	return dst
}

// Hidden returns how many processes the row stands for beside its own: those of its subtree, if it is folded.
func (m *Model) Hidden(r Row) int {
	if !r.Folded {
		return 0
	}
	return int(m.facts.Tree.Size[r.Index]) - 1
}
