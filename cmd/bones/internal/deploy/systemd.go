package deploy

import (
	_ "embed"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"unicode"

	"bones/cmd/bones/internal/command"
	"bones/cmd/bones/internal/record"
	"bones/procwalk/fault"
	"bones/procwalk/text"

	"github.com/spf13/cobra"
)

// unit is the service of the recorder.
//
//go:embed bones-record.service
var unit string

// words are the flags of bones record that differ from what it does without them.
func words(f, without *record.Flags) (list []string) {
	for _, x := range [][3]string{{"--interval", f.Interval, without.Interval}, {"--keep", f.Keep, without.Keep},
		{"--max-size", f.Size, without.Size}} {
		if x[1] != x[2] {
			list = append(list, x[0]+"="+x[1])
		}
	}
	return list
}

func systemdCommand(p command.Program) *cobra.Command {
	f, without := record.DefaultFlags, record.DefaultFlags
	var binary string
	c := &cobra.Command{
		Use:   "systemd",
		Short: "Print the unit that has systemd run bones record",
		Long: `Print a unit with which systemd runs bones record from boot on, as root and with no more rights than
recording needs. It records into /var/lib/bones/recording, and its messages go to systemd's journal.
bones replay shows the recording. The first lines of the unit say how to install it.`,
		Example: "  bones deploy systemd > /etc/systemd/system/bones-record.service\n" +
			"  bones deploy systemd --interval 10s --keep 30d\n" +
			"  bones deploy systemd export > /etc/systemd/system/bones-export.service",
		Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			if _, _, err := f.Parse(); err != nil { // what the recorder would not take is said now, and not to the journal
				return command.Usage("%w", err)
			}
			return printUnit(p, unit, binary, append([]string{"record"}, words(&f, &without)...))
		},
	}
	f.Register(c.Flags())
	binaryFlag(c, &binary)
	c.AddCommand(systemdExportCommand(p))
	return c
}

func binaryFlag(c *cobra.Command, binary *string) {
	c.Flags().StringVar(binary, "binary", "", "run the bones at `PATH` (default: the one that runs now)")
}

// printUnit prints a unit whose {{.Command}} is bones at a path with these arguments.
func printUnit(p command.Program, unit, binary string, args []string) error {
	program, err := programPath(binary)
	if err != nil {
		return err
	}
	line := []string{executable(program)}
	for _, w := range args {
		line = append(line, quoted(w))
	}
	_, err = fmt.Fprint(p.Out(), strings.ReplaceAll(unit, "{{.Command}}", strings.Join(line, " ")))
	return command.Failed(err)
}

// programPath is the absolute path of the bones that a unit runs.
func programPath(asked string) (string, error) {
	if asked != "" {
		if !filepath.IsAbs(asked) {
			return "", command.Usage("--binary %s is not an absolute path, which systemd needs", text.Line(asked))
		}
		return filepath.Clean(asked), runnable(asked)
	}
	path, err := os.Executable()
	if err == nil {
		_, err = os.Stat(path) // a program that was replaced while it runs has no path any more
	}
	if err != nil {
		return "", command.Failed(fault.Hinted("finding the program that runs", err, "name it with --binary"))
	}
	return path, runnable(path)
}

// runnable is an error for a path that systemd does not run a program by, however it is written.
func runnable(path string) error {
	if strings.ContainsAny(path, `"'\`) || strings.ContainsFunc(path, unicode.IsControl) {
		return command.Usage("systemd runs no program whose path holds quotes, backslashes or control characters, as %s "+
			"does; name a link to it with --binary", text.Line(path))
	}
	return nil
}

// executable writes the path of a program, in which systemd puts in no variables.
func executable(path string) string {
	path = strings.ReplaceAll(path, "%", "%%")
	if strings.ContainsAny(path, " ;") {
		return `"` + path + `"`
	}
	return path
}

// quoted writes a word of a command line as systemd reads it again.
//
// Source: systemd.service(5), "COMMAND LINES"; systemd.unit(5), "SPECIFIERS".
func quoted(word string) string {
	word = strings.NewReplacer("%", "%%", "$", "$$", `\`, `\\`, `"`, `\"`).Replace(word)
	if strings.ContainsAny(word, " \t;'\"\\") {
		return `"` + word + `"`
	}
	return word
}
