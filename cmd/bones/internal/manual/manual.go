// Package manual writes the manual pages, from the commands themselves and from the table of keys: nothing in them
// depends on when they are made.
package manual

import (
	"fmt"
	"strings"

	"bones/ui"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// Name is what the page of a command is called: bones-files-ls.
func Name(c *cobra.Command) string { return strings.ReplaceAll(c.CommandPath(), " ", "-") }

// Page is the page of one command.
func Page(c *cobra.Command) string {
	c.InitDefaultHelpFlag() // cobra adds it to the command that is run only
	p := &page{}
	root := !c.HasParent()
	p.raw(".TH %s 1 \"\" bones \"bones manual\"", Escape(strings.ToUpper(Name(c))))
	p.raw(".nh") // no hyphens: words here are typed
	p.raw(".SH NAME")
	p.raw("%s \\- %s", Escape(Name(c)), Escape(c.Short))
	p.raw(".SH SYNOPSIS")
	p.line(c.UseLine())
	if c.HasAvailableSubCommands() {
		p.raw(".br")
		p.line(c.CommandPath() + " COMMAND")
	}
	p.raw(".SH DESCRIPTION")
	p.prose(description(c))
	if root {
		p.section("TARGETS", targets)
		p.section("OTHER HOSTS", hosts)
	}
	if len(c.Aliases) > 0 {
		p.raw(".PP")
		p.line("Also called " + strings.Join(c.Aliases, ", ") + ".")
	}
	if c.HasAvailableSubCommands() {
		p.raw(".SH COMMANDS")
		for _, sub := range c.Commands() {
			if !sub.Hidden {
				p.item(Name(sub)+"(1)", sub.Short)
			}
		}
	}
	p.flags("OPTIONS", c.NonInheritedFlags())
	if !root {
		p.flags("OPTIONS OF ALL COMMANDS", c.InheritedFlags())
	}
	if root {
		p.keys()
		p.section("EXIT STATUS", statuses)
		p.list("FILES", files)
		p.list("ENVIRONMENT", environment)
	}
	if c.Example != "" {
		p.raw(".SH EXAMPLES")
		p.raw(".nf")
		for line := range strings.Lines(c.Example) {
			p.line(strings.TrimSuffix(strings.TrimPrefix(line, "  "), "\n"))
		}
		p.raw(".fi")
	}
	if !root {
		p.raw(".SH SEE ALSO")
		see := []string{"bones(1)"}
		if parent := c.Parent(); parent.HasParent() {
			see = append(see, Name(parent)+"(1)")
		}
		p.line(strings.Join(see, ", "))
	}
	return p.String()
}

func description(c *cobra.Command) string {
	if c.Long == "" {
		return c.Short + "."
	}
	return c.Long
}

// page is a manual page in the making, for the macros of man(7).
type page struct{ strings.Builder }

// raw writes a line of roff.
func (p *page) raw(format string, args ...any) { fmt.Fprintf(p, format+"\n", args...) }

// line writes a line of text.
func (p *page) line(s string) { p.raw("%s", Escape(s)) }

// prose writes paragraphs that an empty line divides.
func (p *page) prose(s string) {
	for i, paragraph := range strings.Split(strings.TrimSpace(s), "\n\n") {
		if i > 0 {
			p.raw(".PP")
		}
		for line := range strings.Lines(paragraph) {
			p.line(strings.TrimSpace(line))
		}
	}
}

func (p *page) section(title, text string) {
	p.raw(".SH %s", Escape(title))
	p.prose(text)
}

// item is a word and what it means.
func (p *page) item(word, means string) {
	p.raw(".TP")
	p.raw(".B %s", argument(word))
	p.line(means)
}

// list is a section of items: an even number of words and meanings.
func (p *page) list(title string, pairs []string) {
	p.raw(".SH %s", Escape(title))
	for i := 0; i+1 < len(pairs); i += 2 {
		p.item(pairs[i], pairs[i+1])
	}
}

func (p *page) flags(title string, flags *pflag.FlagSet) {
	if !flags.HasAvailableFlags() {
		return
	}
	p.raw(".SH %s", Escape(title))
	flags.VisitAll(func(f *pflag.Flag) {
		if f.Hidden {
			return
		}
		value, usage := pflag.UnquoteUsage(f)
		word := "--" + f.Name
		if f.Shorthand != "" {
			word = "-" + f.Shorthand + ", " + word
		}
		switch {
		case f.Value.Type() == "bool": // its default may come from the environment: --no-color
		case value != "":
			word += " " + value
			fallthrough
		default:
			if f.DefValue == "" || f.DefValue == "0" || f.DefValue == "[]" || strings.Contains(usage, "default") {
				break
			}
			usage += " (default: " + f.DefValue + ")"
		}
		p.item(word, usage)
	})
}

// keys is the section of the terminal UI's keys, from the very table that it looks them up in.
func (p *page) keys() {
	p.raw(".SH KEYS")
	p.prose("Of the terminal UI. What is marked with ! can change the system, and does not with --readonly; what is " +
		"dangerous asks first.")
	for _, v := range ui.KeyTable() {
		if v.Number == 0 {
			p.raw(".SS %s", Escape("In every view"))
		} else {
			p.raw(".SS %s", Escape(fmt.Sprintf("View %d: %s", v.Number, v.Name)))
		}
		for _, k := range v.Keys {
			means := k.Action + ": " + k.Help
			if k.Changes {
				means = "! " + means
			}
			p.item(k.Keys, means)
		}
	}
}

// Escape writes text so that nothing in it means something to roff: no escape, no request at the beginning of a line,
// and the characters that are typed as they are.
//
// Source: groff_char(7), man(7), section Portability.
func Escape(s string) string {
	s = escapes.Replace(s)
	if s != "" && (s[0] == '.' || s[0] == '\'') {
		s = `\&` + s
	}
	return s
}

var escapes = strings.NewReplacer(`\`, `\(rs`, `-`, `\-`, "`", `\(ga`, `'`, `\(aq`, `^`, `\(ha`,
	`~`, `\(ti`, "…", "...", "µ", `\(mc`, "–", `\(en`)

// argument writes a text as one argument of a macro.
func argument(s string) string { return `"` + strings.ReplaceAll(Escape(s), `"`, `\(dq`) + `"` }
