package help

import (
	"strings"

	"bones/ui/kit"
)

// Legend says what the marks and letters on the screen mean.
//
// Source: proc_pid_stat(5) for the letters of STAT, ps(1) for those behind the first.
func Legend(t *kit.Theme) []Section {
	return []Section{
		{Title: "Marks on the screen", Entries: []Entry{
			{Keys: t.SelectMark, Text: "the selected row"},
			{Keys: "*", Text: "a tagged row; in Namespaces and Cgroups one that belongs to the selected process, or a " +
				"value that has just changed"},
			{Keys: "#", Text: "both: the selected row is tagged, or is one of the selected process"},
			{Keys: strings.TrimSpace(t.Glyphs.Fold), Text: "folded: there is more below it, + unfolds it"},
			{Keys: "(+6)", Text: "folded: six processes are counted in with this one"},
			{Keys: "~", Text: "what stands here goes on: a wider screen or Shift-Right shows the rest"},
			{Keys: "###", Text: "a number that does not fit into its column"},
			{Keys: "-", Text: "there is no such thing here, or bones does not know it; the details say why"},
			{Keys: "e", Text: "in Cgroups: this value can be changed"},
		}},
		{Title: "STAT, the state of a process", Entries: []Entry{
			{Keys: "R", Text: "running, or ready to run"},
			{Keys: "S", Text: "sleeping until something happens"},
			{Keys: "D", Text: "waiting for a device; no signal ends it meanwhile"},
			{Keys: "I", Text: "an idle thread of the kernel"},
			{Keys: "T t", Text: "stopped by a signal; by a debugger"},
			{Keys: "Z", Text: "a zombie: it has ended, and its parent has not asked how"},
			{Keys: "< N", Text: "with a higher priority than usual; with a lower one"},
			{Keys: "s l L +", Text: "leads a session; has several threads; has memory locked; is in the foreground " +
				"of its terminal"},
		}},
	}
}
