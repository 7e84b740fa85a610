package remote

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"bones/cmd/bones/internal/command"
	"bones/cmd/bones/internal/remote/merge"
	"bones/cmd/bones/internal/remote/shell"
	"bones/cmd/bones/internal/terminal"
	"bones/cmd/bones/internal/version/first"
	"bones/procwalk/psfmt"
	"bones/procwalk/text"
)

// form is how the answers of several hosts become one.
type form int

const (
	objects  form = iota // from JSON
	tables               // the table of each, with one heading
	lines                // the lines of each, behind one heading where there is one
	verdicts             // the line of a monitoring plugin and its status
)

// form is that of the command line.
func (r *run) form() form {
	switch path := r.path(); {
	case r.given("check"):
		return verdicts
	case r.given("quiet"): // --json or not, as it is here
		return lines
	case r.JSON():
		return objects
	case path == "ps":
		return lines
	case path == "containers" && (r.given("all") || r.given("services") || r.given("machines")), r.flag("group") != "":
		return tables
	}
	return objects
}

// given reports whether a flag of the command is set that is true or false.
func (r *run) given(name string) bool { return r.flag(name) == "true" }

// kind is what a host answers.
func (r *run) kind() merge.Mergeable {
	if r.flag("group") != "" {
		return merge.Kinds[merge.Totals]
	}
	return merge.Kinds[r.path()]
}

// request are the words for each host.
func (r *run) request(more ...string) []string {
	if r.form() == objects {
		more = append(more, "--json")
	}
	return insert(r.words, more...)
}

// heading reports whether ps prints one: not where -o leaves every heading empty.
func (r *run) heading() bool {
	if r.path() != "ps" {
		return false
	}
	columns, err := r.c.Flags().GetStringArray("format")
	if err != nil || len(columns) == 0 {
		return true
	}
	f, err := psfmt.ParseFormat(columns...)
	return err != nil || f.Headed()
}

// width is how wide a line of ps may be here; 0: as wide as it is.
func (r *run) width() int {
	if r.path() != "ps" {
		return 0
	}
	return terminal.LineWidth(r.Out(), r.given("wide"), "")
}

// printText prints what the hosts have printed for people.
func (r *run) printText(all []*station) error {
	var list []merge.Printed
	for _, s := range all {
		if s.err == nil && s.end.Found {
			list = append(list, merge.Printed{Host: s.Name, Text: string(s.out.Bytes())})
		}
	}
	if r.form() == tables {
		return merge.Tables(r.Out(), list)
	}
	return merge.Lines(r.Out(), merge.Options{Width: r.width()}, r.heading(), list)
}

// judge prints the verdict on all hosts and ends with its status: a host that gives no answer is UNKNOWN.
func (r *run) judge(all []*station) error {
	list := make([]merge.CheckResult, len(all))
	for i, s := range all {
		list[i] = merge.CheckResult{Host: s.Name, Line: string(s.out.Bytes()), Status: s.end.Status, Failed: s.failure()}
		said := s.lines()
		if list[i].Failed == nil && list[i].Line == "" && len(said) > 0 { // such as a flag that an older one does not have
			list[i].Failed = errors.New(strings.TrimPrefix(said[len(said)-1], "bones: "))
			said = said[:len(said)-1]
		} else if list[i].Failed != nil {
			said = nil // ssh's own words are in it
		}
		if hint := otherVersion(s.end); hint != "" && list[i].Failed != nil {
			list[i].Failed = fmt.Errorf("%w; %s", list[i].Failed, hint)
		}
		for _, line := range said {
			r.failed(s, errors.New(strings.TrimPrefix(line, "bones: ")))
		}
	}
	status, err := merge.Verdicts(r.Out(), list)
	if err != nil || status == 0 {
		return command.Failed(err)
	}
	return &command.StatusError{Status: status}
}

// failure is why there is no answer from a host; nil: bones there has run.
func (s *station) failure() error {
	err := s.err
	if err == nil {
		err = s.end.Why()
	}
	if said := s.lines(); err != nil && s.end.Status == shell.FailedStatus && !s.end.Found && len(said) > 0 {
		err = fmt.Errorf("%w: %s", err, strings.TrimPrefix(said[len(said)-1], "ssh: "))
	}
	return err
}

// otherVersion says that the host has another bones than this one, and what helps; empty: it has the same, or nobody
// knows.
func otherVersion(end shell.End) string {
	there, here := versionOf(end.Version), versionOf(first.Read().Line())
	if !end.Found || there == "" || there == here {
		return ""
	}
	return fmt.Sprintf("the host has bones %s and this one is %s: --with-copy has a copy of this one run there", there,
		here)
}

// maxVersion is how many bytes are shown of what a host calls the version of its bones.
const maxVersion = 80

// versionOf is what says which bones it is in the line of bones version: without its architecture and its Go.
func versionOf(line string) string {
	line, _, _ = strings.Cut(strings.TrimPrefix(line, "bones "), " go1.")
	return text.Line(line[:min(len(line), maxVersion)])
}

// sayMissing says of each host what its objects do not have, since another bones printed them.
func (r *run) sayMissing(kind merge.Mergeable, all []*station) {
	for _, s := range all {
		fields := kind.Missing(s.items)
		if r.JSON() || len(fields) == 0 || s.told {
			continue
		}
		s.told = true
		hint := otherVersion(s.end)
		if hint == "" {
			hint = "another version of bones has printed it; --with-copy has a copy of this one run there"
		}
		r.failed(s, fmt.Errorf("what it printed lacks %s, shown as -; %s", strings.Join(fields, ", "), hint))
	}
}

// wrongUsage says that bones there, of another version, did not take what this one takes; empty: it is of the same, or
// ended with another status. On a terminal nobody has asked for its version yet.
func (r *run) wrongUsage(ctx context.Context, s *shell.SSH, p shell.Program, end shell.End) string {
	if !end.Found || end.Status != command.ExitUsage {
		return ""
	}
	if end.Version == "" {
		quiet := *s
		quiet.Batch = true // whoever was asked for a password is not asked again for this
		p.Err = &shell.FirstBytes{}
		asked, err := quiet.Ask(ctx, p)
		if err != nil {
			return ""
		}
		end.Version = asked.Version
	}
	return otherVersion(end)
}
