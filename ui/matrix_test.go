package ui

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"unicode/utf8"

	"bones/ui/kit"
	"bones/ui/uitest/fakehost"

	"bones/procwalk"
	"bones/procwalk/proctest"
	"bones/procwalk/rootfs"
	"bones/ui/rows/rowstest"

	"github.com/gdamore/tcell/v2"
)

const wideName = "日本語の容器e\u0301とても長い名前"

// wholeRig is a rig in which everything works at once, with wide names wherever somebody can choose one.
func wholeRig(t testing.TB, w, h int, change ...func(*Options)) *rig {
	host := fakehost.New(t, w, h)
	n := newNSRigOn(host, append([]func(*Options){func(o *Options) {
		o.Files, o.Containers, o.Cgroups = host.Files(), host.Containers(), host.Cgroups()
		o.UndoLast, o.RedoLast = host.UndoLast, host.RedoLast
		list := o.Files.List
		o.Files.List = func(ctx context.Context, id procwalk.ID, where rootfs.Where, path string, limit int) ([]rootfs.Info,
			bool, error) {
			infos, more, err := list(ctx, id, where, path, limit)
			return append(infos, rootfs.Info{Name: wideName, Kind: rootfs.Regular, Mode: 0o644}), more, err
		}
		host.Image = wideName + "memcached:latest"
		o.Export = func(context.Context, Export, string) (string, int, error) { return "/" + wideName, 1, nil }
		o.Suspend = func() {}
	}}, change...)...)
	n.frame(fakehost.NamespaceWorld(0))
	n.Type(":970\r")
	n.frame(fakehost.NamespaceWorld(2))
	return n.rig
}

// boxes finds the borders on the screen that are whole: from each corner an edge leads to the next. Any other may only
// end where a whole one lies over it, or the line of a prompt; broken says where that is not so.
func (r *rig) boxes() (whole []kit.Rect, broken string) {
	w, h := r.Terminal.Size()
	cells := make([]string, 0, w*h) // each is looked at several times
	for y := range h {
		for x := range w {
			s, _, _ := r.Terminal.Get(x, y)
			cells = append(cells, s)
		}
	}
	cell := func(x, y int) string {
		if x < 0 || y < 0 || x >= w || y >= h {
			return ""
		}
		return cells[y*w+x]
	}
	// The upper edge may hold a title, from its third cell on.
	topped := func(b kit.Rect) bool {
		x, right := b.X+1, b.X+b.W-1
		if cell(x, b.Y) != "─" {
			return false
		}
		if x++; cell(x, b.Y) == " " {
			for x < right && cell(x, b.Y) != "─" {
				x++
			}
		}
		for x < right && cell(x, b.Y) == "─" {
			x++
		}
		return x == right
	}
	closed := func(b kit.Rect) bool {
		right, bottom := b.X+b.W-1, b.Y+b.H-1
		for y := b.Y + 1; y < bottom; y++ {
			if cell(b.X, y) != "│" || cell(right, y) != "│" {
				return false
			}
		}
		for x := b.X + 1; x < right; x++ {
			if cell(x, bottom) != "─" {
				return false
			}
		}
		return cell(b.X, bottom) == "└" && cell(right, bottom) == "┘" && cell(b.X, b.Y) == "┌" && cell(right, b.Y) == "┐" &&
			topped(b)
	}
	for y := range h {
		for x := range w {
			if cell(x, y) != "┌" {
				continue
			}
		find:
			for right := x + 1; right < w; right++ {
				if cell(right, y) != "┐" {
					continue
				}
				for bottom := y + 1; bottom < h; bottom++ {
					if b := (kit.Rect{X: x, Y: y, W: right - x + 1, H: bottom - y + 1}); closed(b) {
						whole = append(whole, b)
						break find
					}
				}
			}
		}
	}
	within := func(x, y int) bool {
		for _, b := range whole {
			if b.Has(x, y) {
				return true
			}
		}
		return false
	}
	for y := range h {
		for x := range w {
			// Of a border that is not whole the edges go on until something covers them. Corners of the left below are also
			// what trees are drawn with, and tell nothing.
			if corner := cell(x, y); corner != "┌" && corner != "┐" && corner != "┘" || within(x, y) {
				continue
			}
			follow := func(dx, dy int, edge, to string, title bool) {
				ax, ay := x+dx, y+dy
				for cell(ax, ay) != to && !within(ax, ay) && ay < h-1 {
					if ax < 0 || ay < 0 || cell(ax, ay) != edge && !title {
						broken = fmt.Sprintf("the border at %d,%d breaks at %d,%d", x, y, ax, ay)
						return
					}
					ax, ay = ax+dx, ay+dy
				}
			}
			switch cell(x, y) {
			case "┌":
				follow(0, 1, "│", "└", false)
				for right := x + 1; right < w && !within(right, y); right++ {
					if cell(right, y) == "┐" && !topped(kit.Rect{X: x, Y: y, W: right - x + 1}) {
						broken = fmt.Sprintf("the border at %d,%d has a hole above", x, y)
					}
				}
			case "┐":
				follow(0, 1, "│", "┘", false)
				follow(-1, 0, "─", "┌", true)
			case "┘":
				follow(0, -1, "│", "┐", false)
				follow(-1, 0, "─", "└", false)
			}
		}
	}
	return whole, broken
}

// colourless checks that no cell has a colour.
func (r *rig) colourless() {
	r.T.Helper()
	w, h := r.Terminal.Size()
	for y := range h {
		for x := range w {
			s, style, _ := r.Terminal.Get(x, y)
			if fg, bg, _ := style.Decompose(); fg != tcell.ColorDefault || bg != tcell.ColorDefault {
				r.T.Fatalf("cell %d,%d (%q) has the colours %v on %v:\n%s", x, y, s, fg, bg, r.Text())
			}
		}
	}
}

// namesOfTheWorld are all characters of the names of the processes that these tests show.
var namesOfTheWorld = sync.OnceValue(func() string {
	names := wideName
	for _, p := range rowstest.World(0).Processes {
		names += p.Comm.Raw() + p.Cmdline.Raw.Raw()
	}
	return names
})

// ascii checks that what is not ASCII comes from a name.
func (r *rig) ascii() {
	r.T.Helper()
	names := namesOfTheWorld()
	w, h := r.Terminal.Size()
	for y := range h {
		for x := range w {
			s, _, _ := r.Terminal.Get(x, y)
			for _, c := range s {
				if c >= utf8.RuneSelf && !strings.ContainsRune(names, c) {
					r.T.Fatalf("cell %d,%d is %q:\n%s", x, y, s, r.Text())
				}
			}
		}
	}
}

// filled checks that a theme with a background of its own leaves none of the terminal's.
func (r *rig) filled() {
	r.T.Helper()
	w, h := r.Terminal.Size()
	for y := range h {
		for x := 0; x < w; {
			s, style, n := r.Terminal.Get(x, y)
			if _, bg, _ := style.Decompose(); bg == tcell.ColorDefault {
				r.T.Fatalf("cell %d,%d (%q) has no background:\n%s", x, y, s, r.Text())
			}
			x += max(n, 1)
		}
	}
}

// everyKeyIn reports whether every key is pressed at a size, in a kind of locale and in a theme; at the others a
// few are, and on large screens little behind the first dialog, unless this is a soak. At every size every key is
// pressed once, and so it is without any character but ASCII and without any colour, at a size where much is drawn:
// what a screen draws where does not hang on its colours, and characters are replaced one by one. Borders, which are
// not looked at in ASCII, are whole with every key at four sizes.
func everyKeyIn(width int, ascii bool, theme string) bool {
	switch {
	case proctest.Soak(0, 1) == 1:
		return true
	case width == 80:
		return theme == "default" // with and without ASCII
	case width == 100:
		return theme == "mono"
	default:
		return theme == "default" && ascii == (width == 8)
	}
}

// TestEveryScreen opens whatever a key opens, in every view, size, theme and kind of locale.
func TestEveryScreen(t *testing.T) {
	further := map[string][][]string{ // what is behind the first dialog
		"": {{":"}, {":", "s"}, {":", "9", "7", "Down"}, {"Enter"}, {"Enter", "Enter"}, {"F9", "Enter"},
			{"l", "l"}, {"Space", "j", "Space"}},
		"Processes":  {{"F9", "G", "Enter"}, {"/", "日"}, {":", "1", "Enter", "F9", "Enter"}, {"c", "End", "Space"}},
		"Namespaces": {{"l", "Space", "j", "Space", "d"}, {"t"}},
		"Cgroups":    {{"Enter", "j", "e"}, {"Enter", "j", "j", "e", "9"}},
		"Files": {{"j", "Enter"}, {"j", "Enter", "x"}, {"F3", "h", "o", "s", "t", "Enter", "e"},
			{"F3", "h", "o", "s", "t", "Enter", "e", "日"}, {"D"}, {".", "j", "Enter", "v"}},
	}
	for _, size := range [][2]int{{80, 24}, {100, 30}, {40, 10}, {8, 3}, {1, 1}} {
		for _, ascii := range []bool{false, true} {
			for _, theme := range Themes() {
				if ascii && theme != "default" {
					continue // themes differ in nothing but colours, which are the same in ASCII
				}
				if few := theme == "light" || theme == "colorblind"; few && size[0] != 80 && proctest.Soak(0, 1) == 0 {
					continue // of whose colours nothing is asked here
				}
				t.Run(fmt.Sprintf("%dx%d-%v-%s", size[0], size[1], ascii, theme), func(t *testing.T) {
					t.Parallel()
					r := wholeRig(t, size[0], size[1], func(o *Options) { o.ASCII, o.Theme = ascii, theme })
					seen, every := 0, everyKeyIn(size[0], ascii, theme)
					for i, v := range r.views {
						var all [][]string
						for _, k := range append(r.global, v.Keys()...) {
							if k.Action != "quit" {
								// Its other names do the same, as TestEveryKey shows.
								all = append(all, strings.Fields(k.Keys)[:1])
							}
						}
						if !every {
							all = [][]string{nil, {"?"}, {"s"}, {"F6"}, {"c"}, {"E"}}
						}
						// Small screens cost little, and high-contrast is the one theme with a background.
						if every || size[0] <= 40 || theme == "high-contrast" && size[0] == 80 {
							all = append(append(all, further[""]...), further[v.Name()]...)
						}
						for k, keys := range all {
							r.overlays, r.prompt, r.details.focus, r.details.open, r.message = nil, nil, false, true, kit.Notice{}
							r.show(i)
							if k == 0 || len(keys) == 0 {
								r.Redraw() // what is drawn later knows the view's size from here
							}
							r.Press(keys...)
							r.SafeAsDrawn()
							if ascii {
								r.ascii()
							} else {
								whole, broken := r.boxes()
								if seen += len(whole); broken != "" {
									t.Fatalf("after %q: %s:\n%s", keys, broken, r.Text())
								}
							}
							switch theme {
							case "mono":
								r.colourless()
							case "high-contrast":
								r.filled()
							}
						}
					}
					if seen < 20 && !ascii && size[0] >= 40 {
						t.Errorf("only %d borders were seen: this test looks for the wrong thing", seen)
					}
				})
			}
		}
	}
}

// TestBrokenBordersAreSeen keeps the test above honest: a hole anywhere in a border is found.
func TestBrokenBordersAreSeen(t *testing.T) {
	r := world(t, 80, 24)
	whole, broken := r.boxes()
	if len(whole) != 1 || broken != "" {
		t.Fatalf("%d borders around the details, %s", len(whole), broken)
	}
	b := whole[0]
	right, bottom := b.X+b.W-1, b.Y+b.H-1
	for _, hole := range [][2]int{{b.X, b.Y}, {right, b.Y}, {b.X, bottom}, {right, bottom}, {b.X, b.Y + 3},
		{right, b.Y + 3}, {b.X + 20, bottom}, {b.X + 30, b.Y}, {b.X + 1, b.Y}} {
		r.Redraw()
		r.Terminal.Put(hole[0], hole[1], "x", tcell.StyleDefault)
		if whole, broken := r.boxes(); len(whole) != 0 || broken == "" {
			t.Errorf("a hole at %v is not found: %v, %q", hole, whole, broken)
		}
	}
	r.Press("F9")
	if whole, broken := r.boxes(); len(whole) != 2 || broken != "" {
		t.Errorf("a menu over the details: %v, %s", whole, broken)
	}
}
