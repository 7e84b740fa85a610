package object

import "bones/procwalk/text"

// Setting is one file that `bones set --json` wrote.
type Setting struct {
	File   text.Text `json:"file"`
	Dir    text.Text `json:"dir"`
	Old    string    `json:"old"`
	Asked  string    `json:"asked"`
	New    string    `json:"new"`
	ByHand string    `json:"by_hand"`
}
