package processes

import (
	"fmt"

	"bones/procwalk"
	"bones/procwalk/effect"
	"bones/ui/kit"
)

// askSignal opens the signal menu for what is tagged, or the selected process.
func (v *View) askSignal() {
	snap := v.model.Facts().Snap
	targets := v.model.Tags()
	if p := v.model.SelectedProcess(); len(targets) == 0 && p != nil {
		targets = []*procwalk.Process{p}
	}
	if len(targets) == 0 {
		return
	}
	title := fmt.Sprintf("Signal to PID %d (%s)", targets[0].PID, targets[0].Comm)
	if len(targets) > 1 {
		title = fmt.Sprintf("Signal to %d tagged processes", len(targets))
	}
	kit.AskSignal(v.sh, title, v.backend.Signals, func(number int) ([]effect.Effect, error) {
		var effects []effect.Effect
		for _, p := range targets {
			e, err := v.backend.Signal(snap, p, number)
			if err != nil {
				return nil, err
			}
			effects = append(effects, e)
		}
		return effects, nil
	})
}
