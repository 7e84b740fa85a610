package tour

import (
	"context"
	"fmt"
	"strings"

	"bones/cmd/bones/internal/command"
	"bones/cmd/bones/internal/object"
	"bones/cmd/bones/internal/tour/facts"
	"bones/ui/kit"
	"bones/ui/tour"
)

// width is how long the lines of the text are, in characters.
const width = 96

// printSteps prints the steps, with the facts of a container, or with words in their place.
func printSteps(ctx context.Context, p command.Program, args []string) error {
	f := tour.Sample()
	if len(args) == 1 {
		of, err := find(ctx, p, args[0])
		if err != nil {
			return err
		}
		r := facts.New(of, p.Targets(), false)
		defer r.Close()
		f = r.Read(ctx)
		f.Before = f.Value
	}
	steps := tour.Steps()
	if p.JSON() {
		return object.WriteArray(p.Out(), func(yield func(any) bool) {
			for i := range steps {
				text, keys, lacks := steps[i].Told(&f)
				if !yield(object.TourStep{Number: steps[i].Number, Name: steps[i].Name, Text: text, Keys: keys,
					ByHand: steps[i].ByHand(&f), Lacks: lacks}) {
					return
				}
			}
		})
	}
	var b strings.Builder
	if len(args) == 0 {
		fmt.Fprintf(&b, "These commands are for a container %s whose main process is PID %d; bones tour --list TARGET "+
			"prints those for yours.\n",
			f.Name, f.PID)
	}
	for i := range steps {
		text, keys, lacks := steps[i].Told(&f)
		fmt.Fprintf(&b, "%d. %s\n", steps[i].Number, steps[i].Name)
		paragraph := func(s string) {
			for _, line := range kit.Wrap(s, width-3) {
				b.WriteString("   " + line + "\n")
			}
		}
		for _, t := range text {
			paragraph(t)
		}
		for _, why := range lacks {
			paragraph("It cannot be taken here: " + why + ".")
		}
		b.WriteString("   keys:    " + strings.Join(keys, "  ") + "\n")
		b.WriteString("   by hand: " + steps[i].ByHand(&f) + "\n")
	}
	_, err := fmt.Fprint(p.Out(), b.String())
	return err
}
