// Package tour is a walk through the terminal UI: ten steps, after one about the kernel, that show on a container
// what containers are made of. Its panel says what to look at and what to press, notices from what the UI and the
// kernel show that the user has done it, and has the command that does the same by hand. The user makes all changes,
// with the keys of the UI; the tour itself changes nothing, but at the end takes back what has not been taken back
// yet.
package tour

import (
	"context"
	"fmt"
	"strings"

	"bones/procwalk/effect"
	"bones/ui/kit"
	"bones/ui/rows"
)

// Backend is what the tour cannot find out itself.
type Backend struct {
	// Facts reads what is true of the container now; called in a goroutine.
	Facts func(context.Context) Facts
	// Standing lists the changes of this run of bones that can be taken back and were not, the newest first; called in
	// a goroutine.
	Standing func(context.Context) ([]StandingChange, error)
	// TakeBack takes one of them back; called in a goroutine.
	TakeBack func(ctx context.Context, n int) error
}

// StandingChange is a change of the journal that can be taken back and was not: as much of it as the tour asks about.
type StandingChange struct {
	N    int    // its number in the history
	What string // one line, sanitised
}

// Panel is the tour as it is shown. A nil Panel is no tour: it takes no room and has no keys.
type Panel struct {
	back   Backend
	sh     kit.Shell
	reader *kit.Loader[struct{}]
	leaver *kit.Loader[struct{}]
	quit   func()     // ends the UI
	frame  *kit.Frame // for which facts were asked for last

	steps    []Step
	at, part int
	said     []string // of each step what was to be seen, once it is done
	facts    Facts
	have     bool // there are facts
	seen     Seen

	// How many programs have ended well that ran in namespaces of others, and in new ones; and how many of them when
	// the part began that is shown.
	entered, unshared         int
	enteredFrom, unsharedFrom int
}

// New makes the tour. It begins once it is attached to a UI.
func New(b Backend) *Panel {
	steps := Steps()
	return &Panel{back: b, steps: steps, said: make([]string, len(steps))}
}

// Attach tells the tour to which UI it belongs.
func (p *Panel) Attach(sh kit.Shell) {
	if p == nil {
		return
	}
	p.sh, p.leaver = sh, kit.NewLoader(sh, p.readStanding)
	p.reader = kit.NewLoader(sh, func(struct{}) kit.Read {
		return func(ctx context.Context) func() {
			f := p.back.Facts(ctx)
			return func() {
				if p.have {
					f.Before, f.Try = p.facts.Before, p.facts.Try
				} else {
					f.Before = f.Value
				}
				if frame := p.sh.Frame(); frame.HasTable() {
					f.Host = len(frame.Snap.Processes)
				}
				p.facts, p.have = f, true
			}
		}
	})
}

// The actions of the key table that the tour adds.
const (
	actionNext = "next step"
	actionBack = "step back"
)

// Keys are the keys of the tour. No view and nothing else that takes keys has them.
func (p *Panel) Keys() []kit.Binding {
	if p == nil {
		return nil
	}
	return []kit.Binding{
		{Keys: "^n", Action: actionNext, Help: "go to the next step of the tour, even if this one is not done",
			Do: func() { p.goTo(p.at + 1) }},
		{Keys: "^p", Action: actionBack, Help: "go back to the previous step of the tour", Do: func() { p.goTo(p.at - 1) }},
	}
}

func (p *Panel) goTo(step int) {
	switch {
	case step < 0:
		p.sh.Notice(rows.Dim, "this is where the tour begins")
	case step >= len(p.steps):
		p.sh.Notice(rows.Dim, "this is where the tour ends; "+p.sh.KeyFor("quit")+" leaves")
	default:
		p.at, p.part = step, 0
		p.enteredFrom, p.unsharedFrom = p.entered, p.unshared
	}
}

// Where says for the palette how to begin the tour, of a container if one is named, or where in it the user is.
func (p *Panel) Where(target string) string {
	if p != nil {
		return fmt.Sprintf("this is the tour, at step %d of %d: its panel is below; %s goes on, %s goes back", p.at,
			len(p.steps)-1, p.sh.KeyFor(actionNext), p.sh.KeyFor(actionBack))
	}
	return "the tour is a screen of its own, with ten steps: leave this one, and in the shell type " +
		effect.Command(append([]string{"bones", "tour"}, strings.Fields(target)...)...)
}

// Ran notes that a program has ended well: kind is that of its effect.
func (p *Panel) Ran(kind string) {
	switch kind {
	case "enter":
		p.entered++
	case "unshare":
		p.unshared++
	}
}

// Look has the tour notice what the UI shows now.
func (p *Panel) Look(s Seen) {
	if p == nil {
		return
	}
	if f := p.sh.Frame(); f != nil && f != p.frame {
		p.frame = f
		p.reader.Load(struct{}{})
	}
	p.seen = s
	for p.have && !p.facts.Ended && p.said[p.at] == "" {
		s.Entered, s.Unshared = p.entered-p.enteredFrom, p.unshared-p.unsharedFrom
		step := &p.steps[p.at]
		now := &step.parts[p.part]
		if now.lacks(&p.facts) != "" || !now.done(&p.facts, &s) {
			break
		}
		if p.part++; p.part < len(step.parts) {
			p.enteredFrom, p.unsharedFrom = p.entered, p.unshared
			continue
		}
		p.part, p.said[p.at] = 0, step.saw(&p.facts)
	}
}

// lacks says why a part cannot be done here, or "".
func (t *part) lacks(f *Facts) string {
	if t.needs == nil {
		return ""
	}
	return t.needs(f)
}

// Leave ends the UI with quit, after asking about what still stands changed.
func (p *Panel) Leave(quit func()) {
	if p == nil {
		quit()
		return
	}
	p.quit = quit
	p.leaver.Load(struct{}{})
}

// readStanding reads what still stands changed, and asks about it.
func (p *Panel) readStanding(struct{}) kit.Read {
	return func(ctx context.Context) func() {
		list, err := p.back.Standing(ctx)
		return func() {
			switch {
			case err != nil:
				p.ask("The journal does not say which changes remain", kit.ErrorLine(err), nil, p.quit)
			case len(list) == 0:
				p.quit()
			default:
				p.ask(kit.Plural(len(list), "change remains", "changes remain"), "", list, p.quit)
			}
		}
	}
}

// ask asks what is to become of changes.
func (p *Panel) ask(title, why string, list []StandingChange, quit func()) {
	stay := kit.Item{Label: "stay", Text: "go on with the tour"}
	go1 := kit.Item{Label: "leave all the same", Text: why}
	m := &kit.Menu{Title: title, Items: []kit.Item{stay, go1}}
	m.Pick = func(i int) bool {
		if i == 1 {
			quit()
		}
		return true
	}
	if len(list) > 0 {
		first := list[0].What
		if len(list) > 1 {
			first += fmt.Sprintf(", and %d more", len(list)-1)
		}
		m.Items = []kit.Item{{Label: "take back", Text: "and leave: " + kit.Fit(first, 60)},
			{Label: "keep", Text: fmt.Sprintf("and leave; `bones undo %d` takes it back later", list[0].N)}, stay}
		m.Pick = func(i int) bool {
			switch i {
			case 0:
				p.takeBack(list, quit)
			case 1:
				quit()
			}
			return true
		}
	}
	p.sh.Open(m)
}

// takeBack takes changes back, the newest first, and then leaves. What cannot be taken back is said instead.
func (p *Panel) takeBack(list []StandingChange, quit func()) {
	p.sh.Notice(rows.Dim, "taking back what the tour changed ...")
	p.sh.Run(func(ctx context.Context) func() {
		for _, c := range list {
			if err := p.back.TakeBack(ctx, c.N); err != nil {
				return func() { p.sh.Notice(rows.Bad, fmt.Sprintf("number %d remains: %s", c.N, kit.ErrorLine(err))) }
			}
		}
		return quit
	})
}
