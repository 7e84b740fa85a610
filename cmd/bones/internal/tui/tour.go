package tui

import (
	"context"
	"errors"
	"fmt"
	"strconv"

	"bones/cmd/bones/internal/host"
	"bones/cmd/bones/internal/tour/facts"
	"bones/cmd/bones/internal/tour/unfinished"
	"bones/procwalk"
	"bones/procwalk/effect"
	"bones/procwalk/text"
	"bones/ui"
	"bones/ui/tour"
)

// TourWord stands first among the arguments of the UI's own process if it is to show the tour.
const TourWord = "tour"

// TourArgs are the arguments that say on which container.
func TourArgs(of facts.Of) []string {
	return []string{TourWord, strconv.Itoa(of.Process.PID), strconv.FormatUint(of.Process.Start, 10), of.Name,
		strconv.FormatBool(of.Own)}
}

// tourOf reads them; false: they are not about a tour.
func tourOf(args []string) (of facts.Of, ok bool, err error) {
	if len(args) == 0 || args[0] != TourWord {
		return of, false, nil
	}
	if len(args) != 5 {
		return of, false, errors.New("tour: PID, start, name, own")
	}
	pid, err1 := strconv.Atoi(args[1])
	start, err2 := strconv.ParseUint(args[2], 10, 64)
	own, err3 := strconv.ParseBool(args[4])
	of = facts.Of{Process: procwalk.ID{PID: pid, Start: start}, Name: args[3], Own: own}
	return of, true, errors.Join(err1, err2, err3)
}

// takeTour adds the tour to the UI, if one is to be taken. done is to be called at the end.
func (p *program) takeTour(o *ui.Options) (done func(), err error) {
	of, ok, err := tourOf(p.Args)
	if err != nil || !ok {
		return func() {}, err
	}
	store, err := unfinished.Find(p.Journal, p.Targets.HostRoot)
	if err == nil && !p.Readonly {
		err = store.Begin(of.Name, of.Own)
	}
	if err != nil {
		return func() {}, fmt.Errorf("tour: what it changes could not be found again: %w", err)
	}
	reader := facts.New(of, p.Targets, p.Readonly)
	panel := tour.New(tour.Backend{
		Facts: reader.Read,
		Standing: func(context.Context) ([]tour.StandingChange, error) {
			list, err := p.Host.Standing(host.Now())
			var changes []tour.StandingChange
			for _, e := range list {
				changes = append(changes, tour.StandingChange{N: e.N, What: text.Line(e.What.Raw())})
			}
			return changes, err
		},
		TakeBack: func(ctx context.Context, n int) error {
			e, err := p.Host.UndoNumber(ctx, n)
			if err == nil {
				_, err = p.Host.Carry(ctx, e)
			}
			return err
		},
	})
	o.Tour = panel
	if run := o.Session; run != nil {
		o.Session = func(ctx context.Context, e effect.Effect) (ui.Ended, error) {
			ended, err := run(ctx, e)
			if err == nil && ended.Status < failedItself {
				panel.Ran(e.Kind())
			}
			return ended, err
		}
	}
	return func() {
		reader.Close()
		if list, err := p.Host.Standing(host.Now()); err == nil && len(list) == 0 {
			store.Forget(unfinished.Tour{Run: host.Now()})
		}
	}, nil
}

// failedItself is the least exit status of `enter` and `unshare` that says that nothing was run.
const failedItself = 125
