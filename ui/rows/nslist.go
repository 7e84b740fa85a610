package rows

import (
	"strconv"
	"strings"

	"bones/nsview"
	"bones/procwalk"
)

// NSLine is one line of a NSList: a namespace, or the heading above those of one type.
type NSLine struct {
	Key    nsview.Key // of a heading: the type, and no inode
	Index  int32      // of the namespace in the view; -1 for a heading
	Count  int        // folded: how many lines it stands for; a heading: how many namespaces
	Parent bool       // there is something below it
	Folded bool
	Dim    bool // it does not pass the filter, but something below it does
	Depth  int
	Lead   string // the lines of the tree
}

// NSList arranges the namespaces of a view for the screen: below a heading for each type, or as a tree by parent and
// owner. Build takes time in proportion to the number of namespaces, whatever the number of processes.
type NSList struct {
	Tree        bool
	Names       NSNames
	filter      *NSFilter
	view        *nsview.View
	glyphs      *Glyphs
	folds       nsFolds // without a filter
	underFilter nsFolds // below the filter in force
	lines       []NSLine
}

// View is what is arranged, nil before there is one.
func (l *NSList) View() *nsview.View { return l.view }

// Lines are as of the last Build.
func (l *NSList) Lines() []NSLine { return l.lines }

// Namespace returns the namespace of a line, nil for a heading.
func (l *NSList) Namespace(line NSLine) *nsview.Namespace {
	if line.Index < 0 {
		return nil
	}
	return &l.view.Namespaces[line.Index]
}

// Passing returns the namespaces that pass the filter, whether they are folded away or not.
func (l *NSList) Passing() []nsview.Key {
	if l.view == nil {
		return nil
	}
	var list []nsview.Key
	for i := range l.view.Namespaces {
		if n := &l.view.Namespaces[i]; l.passes(n) {
			list = append(list, n.Key)
		}
	}
	return list
}

// passes reports whether a namespace passes the filter.
func (l *NSList) passes(n *nsview.Namespace) bool {
	return l.filter == nil || l.filter.Pass(l.view, n, l.Names)
}

// Build makes the lines of a view.
func (l *NSList) Build(v *nsview.View, g *Glyphs) {
	l.view, l.glyphs = v, g
	l.lines = l.arrange(l.lines[:0], *l.foldSet())
}

// arrange appends the lines of the view, without what is below those that are folded.
func (l *NSList) arrange(lines []NSLine, folds nsFolds) []NSLine {
	v, g := l.view, l.glyphs
	if v == nil {
		return lines
	}
	if l.Tree {
		return l.branches(lines, v.Tree(l.passes), folds)
	}
	var byType [procwalk.NSTypes][]int32
	for i := range v.Namespaces {
		if n := &v.Namespaces[i]; n.Type >= 0 && n.Type < procwalk.NSTypes && l.passes(n) {
			byType[n.Type] = append(byType[n.Type], int32(i))
		}
	}
	for t, list := range byType {
		if len(list) == 0 {
			continue
		}
		head := NSLine{Key: nsview.Key{Type: procwalk.NSType(t)}, Index: -1, Count: len(list), Parent: true}
		head.Folded = folds[head.Key]
		lines = append(lines, head)
		if head.Folded {
			continue
		}
		for i, at := range list {
			lead := g.Tee
			if i == len(list)-1 {
				lead = g.Corner
			}
			lines = append(lines, NSLine{Key: v.Namespaces[at].Key, Index: at, Depth: 1, Lead: lead})
		}
	}
	return lines
}

// branches appends the lines of the tree, without those below one that is folded.
func (l *NSList) branches(lines []NSLine, all []nsview.Branch, folds nsFolds) []NSLine {
	index := make(map[nsview.Key]int32, len(l.view.Namespaces))
	for i := range l.view.Namespaces {
		index[l.view.Namespaces[i].Key] = int32(i)
	}
	var open []bool // per depth: whether a sibling follows
	for i := 0; i < len(all); i++ {
		b := all[i]
		open = append(open[:min(b.Depth, len(open))], !b.Last)
		line := NSLine{Key: b.Key, Index: index[b.Key], Dim: !l.passes(b.Namespace), Depth: b.Depth,
			Lead: nsLead(b, open, l.glyphs)}
		line.Parent = i+1 < len(all) && all[i+1].Depth > b.Depth
		if line.Parent && folds[b.Key] {
			line.Folded = true
			for i+1 < len(all) && all[i+1].Depth > b.Depth {
				i++
				line.Count++
			}
		}
		lines = append(lines, line)
	}
	return lines
}

func nsLead(b nsview.Branch, open []bool, g *Glyphs) string {
	if b.Depth == 0 {
		return ""
	}
	var lead strings.Builder
	for depth := 1; depth < min(b.Depth, nsDeepest); depth++ {
		if open[depth] {
			lead.WriteString(g.Bar)
		} else {
			lead.WriteString(g.Gap)
		}
	}
	if b.Last {
		lead.WriteString(g.Corner)
	} else {
		lead.WriteString(g.Tee)
	}
	return lead.String()
}

// NSHeading is the text of a heading: the type, and how many there are.
func NSHeading(line NSLine) string {
	return line.Key.Type.String() + " (" + strconv.Itoa(line.Count) + ")"
}

// NSGroupOf makes the cells of one namespace, in the order of NSColumns.
func NSGroupOf(v *nsview.View, n *nsview.Namespace, names NSNames) NSRow {
	return nsGroup(v, n, names, "")
}

// NSMemberOf makes the cells of one member of a namespace, in the order of NSMemberColumns: NSMembers for a table of
// which only some rows are looked at.
func NSMemberOf(v *nsview.View, n *nsview.Namespace, row int32, names NSNames) NSRow {
	one := nsview.Namespace{Key: n.Key, Members: []int32{row}}
	return NSMembers(v, &one, names)[0]
}

// NSSections makes details of facts about namespaces.
func NSSections(title string, facts []NSFact) Section {
	s := Section{Title: title}
	for _, f := range facts {
		s.Lines = append(s.Lines, Line{f.Name, f.Value, f.Style})
	}
	return s
}

// NSShared makes details of how a process stands to the host and its neighbours, type by type.
func NSShared(title string, table []NSRow) Section {
	s := Section{Title: title}
	for _, r := range table {
		c := r.Cells
		value := c[2].Text + "  " + c[1].Text
		if c[3].Text != "-" {
			value += "  with " + c[3].Text
		}
		style := c[2].Style
		if c[3].Style != Dim && c[3].Style != Plain {
			style = c[3].Style
		}
		s.Lines = append(s.Lines, Line{c[0].Text, value, style})
	}
	return s
}

// AnyTagged reports whether a process is marked, be it in the present table or not.
func (m *Model) AnyTagged() bool { return len(m.tags) > 0 }
