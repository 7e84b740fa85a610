package main

import (
	"fmt"
	"path/filepath"
	"strings"

	"bones/cmd/bones/internal/complete"
	"bones/cmd/bones/internal/copying"
	"bones/ui"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

func (a *app) manCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "man [DIR]",
		Short: "Print the manual page, or write those of all commands into a directory",
		Long: `Print the manual page bones.1, or write one page for each command into DIR: bones.1, bones-ps.1, and
so on. They are made from the commands themselves and from the table of keys; nothing in them
depends on when they are made.`,
		Example: "  bones man | man -l -\n  bones man /usr/local/share/man/man1",
		Args:    cobra.MaximumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			if len(args) == 0 {
				_, err := fmt.Fprint(a.out, manPage(c.Root()))
				return failed(err)
			}
			for c := range complete.Commands(c.Root()) {
				if c.Hidden {
					continue
				}
				if err := copying.Replace(filepath.Join(args[0], manName(c)+".1"), []byte(manPage(c)), 0o644); err != nil {
					return failed(err)
				}
			}
			return nil
		},
	}
}

// manName is what the page of a command is called: bones-files-ls.
func manName(c *cobra.Command) string { return strings.ReplaceAll(c.CommandPath(), " ", "-") }

// manPage is the page of one command.
func manPage(c *cobra.Command) string {
	c.InitDefaultHelpFlag() // cobra adds it to the command that is run only
	p := &page{}
	root := !c.HasParent()
	p.raw(".TH %s 1 \"\" bones \"bones manual\"", roff(strings.ToUpper(manName(c))))
	p.raw(".nh") // no hyphens: words here are typed
	p.raw(".SH NAME")
	p.raw("%s \\- %s", roff(manName(c)), roff(c.Short))
	p.raw(".SH SYNOPSIS")
	p.line(c.UseLine())
	if c.HasAvailableSubCommands() {
		p.raw(".br")
		p.line(c.CommandPath() + " COMMAND")
	}
	p.raw(".SH DESCRIPTION")
	p.prose(manText(c))
	if root {
		p.section("TARGETS", manTargets)
	}
	if len(c.Aliases) > 0 {
		p.raw(".PP")
		p.line("Also called " + strings.Join(c.Aliases, ", ") + ".")
	}
	if c.HasAvailableSubCommands() {
		p.raw(".SH COMMANDS")
		for _, sub := range c.Commands() {
			if !sub.Hidden {
				p.item(manName(sub)+"(1)", sub.Short)
			}
		}
	}
	p.flags("OPTIONS", c.NonInheritedFlags())
	if !root {
		p.flags("OPTIONS OF ALL COMMANDS", c.InheritedFlags())
	}
	if root {
		p.keys()
		p.section("EXIT STATUS", manStatus)
		p.list("FILES", manFiles)
		p.list("ENVIRONMENT", manEnvironment)
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
			see = append(see, manName(parent)+"(1)")
		}
		p.line(strings.Join(see, ", "))
	}
	return p.String()
}

func manText(c *cobra.Command) string {
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
func (p *page) line(s string) { p.raw("%s", roff(s)) }

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
	p.raw(".SH %s", roff(title))
	p.prose(text)
}

// item is a word and what it means.
func (p *page) item(word, means string) {
	p.raw(".TP")
	p.raw(".B %s", roffArgument(word))
	p.line(means)
}

// list is a section of items: an even number of words and meanings.
func (p *page) list(title string, pairs []string) {
	p.raw(".SH %s", roff(title))
	for i := 0; i+1 < len(pairs); i += 2 {
		p.item(pairs[i], pairs[i+1])
	}
}

func (p *page) flags(title string, flags *pflag.FlagSet) {
	if !flags.HasAvailableFlags() {
		return
	}
	p.raw(".SH %s", roff(title))
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
			p.raw(".SS %s", roff("In every view"))
		} else {
			p.raw(".SS %s", roff(fmt.Sprintf("View %d: %s", v.Number, v.Name)))
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

// roff writes text so that nothing in it means something to roff: no escape, no request at the beginning of a line,
// and the characters that are typed as they are.
//
// Source: groff_char(7), man(7), section Portability.
func roff(s string) string {
	s = roffEscapes.Replace(s)
	if s != "" && (s[0] == '.' || s[0] == '\'') {
		s = `\&` + s
	}
	return s
}

var roffEscapes = strings.NewReplacer(`\`, `\(rs`, `-`, `\-`, "`", `\(ga`, `'`, `\(aq`, `^`, `\(ha`, `~`, `\(ti`, "…", "...", "µ", `\(mc`, "–", `\(en`)

// roffArgument writes a text as one argument of a macro.
func roffArgument(s string) string { return `"` + strings.ReplaceAll(roff(s), `"`, `\(dq`) + `"` }

const manTargets = `TARGET is a PID, a container's name, the beginning of its id that no other has, a control group's path, or self, which is bones.
pid:N, name:NAME, id:ID and cgroup:PATH decide where it could be two things; what could be several is listed and not guessed.
Digits alone are a PID and nothing else: a container that is called 326, or whose id begins so,
	is name:326 or id:326. The root
group of all processes is cgroup:/ and nothing shorter.

POD, NAMESPACE/POD and NAMESPACE/POD/CONTAINER name the containers of pods, pod: before them decides.
What only reads takes a pod whole, where several containers can be meant; what acts on one takes
the one that does the pod's work. The container that only holds a pod's namespaces is .../pause.

Where a command acts on a control group, a container means the group that its engine made for it,
	a PID the group of its container,
or its own where it is in none, and cgroup:PATH exactly that group.`

const manStatus = `0 when all went well; 1 when it failed; 2 for wrong usage; 3 when there is no such target; 4 when it is not permitted.

enter and unshare hand back the status of the program that they ran,
	or 128 plus the number of the signal that ended it; 125 when
bones failed, 126 when the program could not be executed, 127 when it was not found.`

var manFiles = []string{
	"/var/lib/bones/journal.jsonl", "The journal of root: what bones was about to change and what came of it, a JSON " +
		"object a line. bones undo and bones history read it.",
	"$XDG_STATE_HOME/bones/journal.jsonl",
	"The journal of everybody else; ~/.local/state where XDG_STATE_HOME is not set.",
	"/run/bones, $XDG_RUNTIME_DIR/bones", "The demos that were started, of root and of others.",
}

var manEnvironment = []string{
	"NO_COLOR", "Set to anything: no colours.",
	"VISUAL, EDITOR", "The editor of bones files edit; vi without.",
	"TERM", "The terminal; on one that cannot move its cursor there is no terminal UI.",
	"COLUMNS, TZ, LC_ALL, LC_CTYPE, LANG",
	"The width, the time zone and the character set of bones ps, as ps takes them.",
	"SHELL", "What bones unshare runs without a program.",
	"XDG_STATE_HOME, XDG_RUNTIME_DIR, HOME", "Where the journal and the demos of a user other than root are kept.",
}
