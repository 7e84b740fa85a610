package healthreport

import (
	"bufio"
	"fmt"
	"io"
	"strings"

	"bones/cgroupview/inventory/health"
	"bones/ui/rows"
)

// Print writes a report for a reader.
func Print(w io.Writer, r *health.Report) error {
	out := bufio.NewWriter(w)
	for _, s := range rows.HealthSections(r) {
		if s.Title != "" {
			fmt.Fprintln(out, s.Title)
		}
		for _, l := range s.Lines {
			if l.Label == "" {
				fmt.Fprintln(out, "  "+l.Value)
				continue
			}
			fmt.Fprintf(out, "  %-9s %s\n", l.Label, l.Value)
		}
		fmt.Fprintln(out)
	}
	return out.Flush()
}

// Check is the line that a plugin of Nagios and its like prints, and the status it ends with: 0 OK, 1 WARNING,
// 2 CRITICAL. A note is OK.
//
// Source: Monitoring Plugins, Development Guidelines, "Plugin Output" and "Plugin Return Codes".
func Check(r *health.Report) (line string, status int) {
	word := "OK"
	switch r.Worst() {
	case health.Warning:
		word, status = "WARNING", 1
	case health.Critical:
		word, status = "CRITICAL", 2
	}
	n := count(r)
	var said []string
	for i := range r.Findings {
		f := &r.Findings[i]
		if f.Severity < health.Warning {
			continue
		}
		if len(said) == maxSaid {
			said = append(said, fmt.Sprintf("%d more", n[health.Critical]+n[health.Warning]-maxSaid))
			break
		}
		said = append(said, fmt.Sprintf("%s: %s %s", f.Subject.Name, f.Rule.Name, f.Rule.Format(f.Value)))
	}
	if len(said) == 0 {
		said = append(said, fmt.Sprintf("nothing is the matter with %s", rows.HealthSubject(r)))
	}
	// A bar would begin the figures.
	text := strings.ReplaceAll(strings.Join(said, "; "), "|", "/")
	return fmt.Sprintf("BONES %s - %s | critical=%d;;1;0 warning=%d;1;;0 note=%d;;;0 not_judged=%d;;;0", word, text,
		n[health.Critical], n[health.Warning], n[health.Note], len(r.Unknown)), status
}

// maxSaid bounds how many findings the line of Check names.
const maxSaid = 4

// Unknown is Check's line and status where nothing could be judged.
func Unknown(why string) (line string, status int) {
	return "BONES UNKNOWN - " + strings.ReplaceAll(why, "|", "/"), 3
}

func count(r *health.Report) map[health.Severity]int {
	n := map[health.Severity]int{}
	for i := range r.Findings {
		n[r.Findings[i].Severity]++
	}
	return n
}
