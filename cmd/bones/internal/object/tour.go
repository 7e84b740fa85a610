package object

// TourStep is one line of what `bones tour --list --json` prints. PID, NAME and the like stand in the texts where no
// TARGET was given.
type TourStep struct {
	Number int      `json:"number"`
	Name   string   `json:"name"`
	Text   []string `json:"text"`    // what to look at, and what there is to see
	Keys   []string `json:"keys"`    // of the terminal UI, as they are if nobody moved them; what is typed is in quotes
	ByHand string   `json:"by_hand"` // the command that does or shows the same
	Lacks  []string `json:"lacks"`   // why it cannot be done here; empty: it can
}
