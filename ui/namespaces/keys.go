package namespaces

import (
	"context"
	"fmt"
	"slices"
	"strconv"

	"bones/nsview"
	"bones/procwalk"
	"bones/procwalk/text"
	"bones/ui/kit"
	"bones/ui/rows"
)

// Keys implements kit.View.
func (v *View) Keys() []kit.Binding {
	return slices.Concat(kit.MoveKeys(v.move, v.moveTo, v.focused), []kit.Binding{
		{Keys: "m", Action: "matrix", Footer: true,
			Help: "show a matrix of who has which namespaces for itself, or the list of all namespaces", Do: v.toggleMatrix},
		{Keys: "O", Action: "sandboxes", Help: "in the matrix: show or hide sandboxes, which no engine knows",
			Do: v.toggleSandboxes},
		{
			Keys:   "h Left",
			Action: "left",
			Help: "go to the type on the left in the matrix, from the members to the namespaces, and there fold, or go " +
				"up",
			Do: v.goLeft,
		},
		{
			Keys:   "l Right",
			Action: "right",
			Help:   "go to the type on the right in the matrix; unfold, or go from a namespace to its members",
			Do:     v.goRight,
		},
		{Keys: "-", Action: "fold", Help: "fold", Do: func() { v.fold(true) }},
		{Keys: "+", Action: "unfold", Help: "unfold", Do: func() { v.fold(false) }},
		{Keys: "=", Action: "toggle", Help: "fold or unfold", Do: v.toggleFold},
		{Keys: "*", Action: "fold all", Help: "fold all, or unfold all", Do: v.foldAll},
		{Keys: "t F5", Action: "tree", Help: "list by type, or as a tree by parent and owner", Footer: true,
			Do: v.toggleTree},
		{Keys: "/ F4", Action: "filter", Help: "show only what matches: types (net mnt), numbers, words, !word",
			Footer: true,
			Do:     v.askFilter},
		{Keys: "a", Action: "all",
			Help: "also show namespaces that no process is in: mounted, open, used by a thread or a socket",
			Off:  kit.OffIf(v.backend.Relate == nil, "namespaces cannot be looked into here"), Do: v.toggleAll},
		{Keys: "Space", Action: "tag", Help: "tag the process", Do: v.tag},
		{Keys: "U", Action: "untag", Help: "untag all", Do: v.tags.Untag},
		{Keys: "d", Action: "diff",
			Help: "compare the namespaces of two tagged processes, or of one and the subject; " +
				"in a view with tags too: :diff",
			Footer: true, Word: "diff"},
		{Keys: "C", Action: "create", Help: "run a program in new namespaces; in other views: :unshare", Changes: true,
			Footer: true, Word: "unshare"},
	}, v.find.Keys("a namespace, or in there a process,"))
}

// focused is the table with the focus.
func (v *View) focused() *kit.Table {
	if v.matrix.on {
		return &v.matrix.list
	}
	return v.panes.Focused()
}

func (v *View) foldAll() {
	if !v.inMatrix() {
		v.list.FoldAll()
		v.build()
	}
}

// finder is for the namespaces, or the members of one.
func (v *View) finder() kit.Finder {
	return kit.Finder{Shell: v.sh, GoTo: v.goToFound, Rows: func() (int, int, func(int) []string) {
		if m := &v.matrix; m.on {
			return m.cursor.Row, len(m.shown), func(i int) []string {
				r := &m.all.Rows[m.shown[i]]
				return []string{r.Name.Raw(), strconv.Itoa(r.ID.PID), r.Kind.String()}
			}
		}
		command := func(p *procwalk.Process) string { return string(rows.AppendCommand(nil, p)) }
		if v.panes.Inside {
			members := v.members()
			return v.pos, len(members), func(i int) []string {
				p := v.process(members[i])
				return []string{strconv.Itoa(p.PID), p.Comm.Raw(), command(p)}
			}
		}
		lines := v.list.All()
		at := slices.IndexFunc(lines, func(l rows.NSLine) bool { return l.Key == v.cursor.Key })
		return max(at, 0), len(lines), func(i int) []string {
			n := v.list.Namespace(lines[i])
			if n == nil {
				return nil
			}
			words := []string{strconv.FormatUint(n.Inode, 10), n.Type.String()}
			if len(n.Members) > 0 {
				p := v.process(n.Members[0])
				words = append(words, p.Comm.Raw(), command(p))
			}
			return words
		}
	}}
}

// goToFound selects a row of the finder: one of the matrix or of the members, or of the list without folds.
func (v *View) goToFound(row int) {
	if lines := v.list.All(); !v.matrix.on && !v.panes.Inside && row < len(lines) {
		row = v.list.Reveal(lines[row].Key)
	}
	v.moveTo(row)
}

// Words implements kit.Commander.
func (v *View) Words() []kit.Word {
	return []kit.Word{
		{Words: "filter type", Args: "TEXT", Help: "filter, as / does; without a text show all", Offers: offerTypes,
			Do: v.filterNow},
		{Words: "matrix", Help: "show who has which namespaces for itself", Do: func(string) {
			if !v.matrix.on {
				v.toggleMatrix()
			}
		}},
		{Words: "tree", Help: "show a tree by parent and owner", Do: func(string) { v.setTree(true) }},
		{Words: "list", Help: "list by type", Do: func(string) { v.setTree(false) }},
	}
}

func offerTypes(string) []kit.Item {
	var list []kit.Item
	for t := range procwalk.NSTypes {
		list = append(list, kit.Item{Label: t.String(), Text: rows.NSIsolates(t)})
	}
	return list
}

// Inodes are those of the namespaces that are listed.
func (v *View) Inodes() []kit.Item {
	var list []kit.Item
	for _, line := range v.list.All() {
		if n := v.list.Namespace(line); n != nil {
			about := n.Type.String() + ", " + kit.Plural(len(n.Members), "process", "processes")
			list = append(list, kit.Item{Label: strconv.FormatUint(n.Inode, 10), Text: about})
		}
	}
	return list
}

func (v *View) setTree(tree bool) {
	v.ShowList()
	v.list.Tree = tree
	v.build()
}

// GotoNamed selects the namespace that a word names, once it is found, and reports whether it names one. show has this
// view shown.
func (v *View) GotoNamed(word string, show func()) bool {
	if v.backend.Named == nil {
		return false
	}
	find, ok := v.backend.Named(word)
	if !ok {
		return false
	}
	v.sh.Run(func(ctx context.Context) func() {
		k, err := find(ctx)
		return func() {
			if err != nil {
				v.sh.Notice(rows.Bad, kit.ErrorLine(err))
				return
			}
			show()
			v.ShowList()
			for t := range procwalk.NSTypes {
				if k.Type >= 0 && k.Type != t {
					continue
				}
				if at := v.list.Reveal(nsview.Key{Type: t, Inode: k.Inode}); at >= 0 {
					v.panes.Inside = false
					v.moveTo(at)
					return
				}
			}
			why := fmt.Sprintf("%s is not among the namespaces that are listed here", text.New(word))
			if !v.all {
				why += "; " + v.sh.KeyFor("all") + " also lists those that no process is in"
			}
			v.sh.Notice(rows.Bad, why)
		}
	})
	return true
}

// LeadsTo implements kit.Leader.
func (v *View) LeadsTo() string {
	if v.panes.Inside {
		return "process"
	}
	return "members"
}
