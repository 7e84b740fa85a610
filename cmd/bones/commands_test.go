package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"bones/cmd/bones/internal/complete"
	"bones/cmd/bones/internal/manual"
	"bones/ui"
)

// visibleCommands are the commands that a user is told of.
func visibleCommands() []*cobra.Command {
	a := &app{}
	var list []*cobra.Command
	for c := range complete.Commands(a.rootCommand()) {
		if !c.Hidden {
			list = append(list, c)
		}
	}
	return list
}

// TestEveryCommandHasHelp: what a command is for, an example that would be understood, and what each flag is for.
func TestEveryCommandHasHelp(t *testing.T) {
	for _, c := range visibleCommands() {
		path := c.CommandPath()
		if c.Short == "" || c.Example == "" {
			t.Errorf("%s: %q, examples %q", path, c.Short, c.Example)
		}
		own := false
		for line := range strings.Lines(c.Example) {
			line = strings.TrimSpace(line)
			if other, _, _ := strings.Cut(line, " "); slices.Contains([]string{"kubectl", "promtool", "ln"}, other) {
				continue // what one does beside it
			}
			if !strings.HasPrefix(line, "bones ") {
				t.Errorf("%s: the example %q is not of bones", path, line)
				continue
			}
			// To the end of the command, as a shell has it.
			line, _, _ = strings.Cut(line, " #")
			line, _, _ = strings.Cut(line, " | ")
			line, _, _ = strings.Cut(line, " > ")
			line, _, _ = strings.Cut(line, " < ")
			root := (&app{}).rootCommand() // flags keep what was parsed
			found, args, err := root.Find(strings.Fields(line)[1:])
			if err != nil {
				t.Errorf("%s: %s: %v", path, line, err)
				continue
			}
			own = own || found.CommandPath() == path
			if err := found.ParseFlags(args); err != nil {
				t.Errorf("%s: %s: %v", path, line, err)
			}
			if err := found.ValidateArgs(found.Flags().Args()); err != nil {
				t.Errorf("%s: %s: %v", path, line, err)
			}
		}
		if !own && c.HasParent() && !c.HasSubCommands() {
			t.Errorf("%s: no example shows it", path)
		}
		c.InitDefaultHelpFlag()
		c.LocalFlags().VisitAll(func(f *pflag.Flag) {
			if f.Usage == "" {
				t.Errorf("%s: --%s has no help", path, f.Name)
			}
			if value, _ := pflag.UnquoteUsage(f); value != "" && value != strings.ToUpper(value) && value != "allow|deny" {
				t.Errorf("%s: --%s takes a value that its help calls %q: name it, in capitals", path, f.Name, value)
			}
		})
		for line := range strings.SplitSeq(c.Long, "\n") {
			if width := utf8.RuneCountInString(line); width > 100 {
				t.Errorf("%s: a line of its help is %d columns wide, more than 100: %s", path, width, line)
			}
		}
		if strings.ContainsFunc(c.Short+c.Long+c.Example, func(r rune) bool { return r < ' ' && r != '\n' }) {
			t.Errorf("%s: control characters in its help", path)
		}
	}
}

// TestManualPages: a page for each command, which man and mandoc take, with every key, and nothing of what is hidden.
func TestManualPages(t *testing.T) {
	a, out, errs := testApp(t)
	dir := t.TempDir()
	if status := a.run(t.Context(), []string{"man", dir}); status != 0 {
		t.Fatal(errs)
	}
	var pages []string
	for _, c := range visibleCommands() {
		page := filepath.Join(dir, manual.Name(c)+".1")
		pages = append(pages, page)
		b, err := os.ReadFile(page)
		if err != nil {
			t.Error(err)
			continue
		}
		for _, want := range []string{".SH NAME\n", ".SH SYNOPSIS\n", ".SH DESCRIPTION\n", ".SH EXAMPLES\n"} {
			if strings.Count(string(b), want) != 1 {
				t.Errorf("%s has not one %q", page, want)
			}
		}
		c.LocalFlags().VisitAll(func(f *pflag.Flag) {
			if !strings.Contains(string(b), manual.Escape("--"+f.Name)) {
				t.Errorf("%s: --%s is missing", page, f.Name)
			}
		})
	}
	pages = append(pages, filepath.Join(dir, manual.JSONName+".5"))
	if made, _ := filepath.Glob(dir + "/*"); len(made) != len(pages) {
		t.Errorf("%d pages for %d commands: %q", len(made), len(pages), made)
	}
	main := filepath.Join(dir, "bones.1")
	b, err := os.ReadFile(main)
	if err != nil {
		t.Fatal(err)
	}
	if status := a.run(t.Context(), []string{"man"}); status != 0 || out.String() != string(b) {
		t.Errorf("bones man: status %d, %s; not bones.1", status, errs)
	}
	for c := range complete.Commands((&app{}).rootCommand()) {
		if c.Hidden && strings.Contains(string(b), manual.Escape(c.Name())) {
			t.Errorf("bones.1 tells of %s", c.Name())
		}
	}
	for _, want := range []string{".SH KEYS\n", `.SH EXIT STATUS`, ".SH FILES\n", "journal.jsonl", ".SH ENVIRONMENT\n",
		"NO_COLOR"} {
		if !strings.Contains(string(b), want) {
			t.Errorf("bones.1 has no %q", want)
		}
	}
	// Made again, in another environment, it is the same to the byte.
	t.Setenv("NO_COLOR", "1")
	t.Setenv("HOME", "/elsewhere")
	t.Setenv("TZ", "Asia/Tokyo")
	out.Reset()
	if a.run(t.Context(), []string{"man"}); out.String() != string(b) {
		t.Error("the page depends on the environment")
	}

	for _, program := range []string{"man", "mandoc"} {
		if _, err := exec.LookPath(program); err != nil {
			skipMissing(t, "%s is not installed", program)
		}
	}
	lint, _ := exec.Command("mandoc", append([]string{"-Tlint", "-W", "warning"}, pages...)...).CombinedOutput()
	for line := range strings.Lines(string(lint)) {
		if !strings.Contains(line, "WARNING: missing date") { // there is none on purpose
			t.Error(line)
		}
	}
	keys := 0
	c := exec.Command("man", "--warnings", "-l", main)
	c.Env = append(os.Environ(), "MANWIDTH=200", "LC_ALL=C.UTF-8", "MANROFFOPT=-c", "GROFF_NO_SGR=1")
	var said strings.Builder
	c.Stderr = &said
	text, err := c.Output()
	if err != nil || said.Len() > 0 {
		t.Errorf("man: %v %s", err, said.String())
	}
	shown := strings.Join(strings.Fields(string(text)), " ")
	for _, v := range ui.KeyTable() {
		for _, k := range v.Keys {
			keys++
			if want := squeezed(k.Action + ": " + k.Help); !strings.Contains(shown, k.Keys+" ") ||
				!strings.Contains(shown, want) {
				t.Errorf("view %d: %s (%s) is not in the page", v.Number, k.Keys, want)
			}
		}
	}
	if keys < 80 {
		t.Errorf("only %d keys", keys)
	}
}

// TestMakeInstall: what `make install` lays out works, below DESTDIR and PREFIX alone.
func TestMakeInstall(t *testing.T) {
	dest := installedBones(t)
	bones := filepath.Join(t.TempDir(), "bones")
	steps, err := exec.Command("make", "-n", "-C", "../..", "install", "BIN="+bones).Output()
	_, after, _ := strings.Cut(string(steps), " -o "+bones+" ./cmd/bones\n")
	if err != nil || !strings.Contains(after, "install -D -m 755 "+bones+" ") {
		t.Errorf("make install does not build what it installs: %v %s", err, steps)
	}
	var got []string
	filepath.WalkDir(dest, func(path string, d os.DirEntry, err error) error {
		if err == nil && d.Type().IsRegular() && !strings.Contains(path, "/man1/bones-") {
			got = append(got, strings.TrimPrefix(path, dest))
		}
		return err
	})
	want := "/opt/it/bin/bones /opt/it/share/bash-completion/completions/bones " +
		"/opt/it/share/fish/vendor_completions.d/bones.fish " +
		"/opt/it/share/man/man1/bones.1 /opt/it/share/man/man5/bones-json.5 /opt/it/share/zsh/site-functions/_bones"
	if strings.Join(got, " ") != want {
		t.Errorf("installed: %q", got)
	}
	if pages, _ := filepath.Glob(dest + "/opt/it/share/man/man1/*.1"); len(pages) != len(visibleCommands()) {
		t.Errorf("%d manual pages for %d commands", len(pages), len(visibleCommands()))
	}
	if out, err := exec.Command(dest+installPrefix+"/bin/bones", "version").CombinedOutput(); err != nil ||
		!strings.HasPrefix(string(out), "bones ") {
		t.Errorf("%s %v", out, err)
	}
}
