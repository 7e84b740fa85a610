package complete

import (
	"context"
	"slices"
	"strings"

	"bones/procwalk/tuning"

	"github.com/spf13/cobra"
)

// tuningValues are what is often asked of the settings.
var tuningValues = map[string][]string{
	tuning.Nice: {"-5", "0", "5", "10", "19"}, tuning.CPUs: {"0", "0-1", "0-3"},
	tuning.IOPrio: {"none", "idle", "best-effort:0", "best-effort:4", "best-effort:7", "realtime:4"},
	tuning.OOM:    {"-500", "0", "500", "1000"},
	"nofile":      {"1024:", "4096:8192", "65536:65536"},
	"core":        {"0:", "unlimited:"},
}

// completeTuning offers the settings of processes, and behind the "=" values for them.
func completeTuning(_ context.Context, _ *cobra.Command, args []string, word string) []candidate {
	name, _, value := strings.Cut(word, "=")
	var list []candidate
	for _, s := range tuning.Settings() {
		given := slices.ContainsFunc(args, func(a string) bool { return strings.HasPrefix(a, s.Name+"=") })
		switch {
		case value && s.Name == name:
			for _, v := range tuningValues[name] {
				list = append(list, candidate{name + "=" + v, ""})
			}
		case !value && !given:
			list = append(list, candidate{s.Name + "=", s.Does})
		}
	}
	return list
}
