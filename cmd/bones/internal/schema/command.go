package schema

import (
	"encoding/json"
	"strings"

	"bones/cmd/bones/internal/command"

	"github.com/spf13/cobra"
)

// Command makes `bones schema`, which prints the JSON Schema of what commands print.
func Command(p command.Program) *cobra.Command {
	return &cobra.Command{
		Use:   "schema [COMMAND...]",
		Short: "The JSON Schema of what commands print with --json",
		Long: `Print the JSON Schema (draft 2020-12) of what a command prints with --json, or of all commands: each
field with its type, its meaning and its unit. The manual page bones-json(5) says the same in words.
If a command prints different kinds of object, as ns does, the schema accepts each of them. For
commands that print an object a line, such as events --follow, it describes one line.`,
		Example: "  bones schema ps > ps.schema.json\n  bones schema files ls\n  bones schema",
		RunE: func(c *cobra.Command, args []string) error {
			outputs := Outputs()
			if len(args) > 0 {
				at, rest, err := c.Root().Find(args)
				if err != nil || len(rest) > 0 {
					return command.Usage("%q is not a command; bones help lists them", strings.Join(args, " "))
				}
				name := strings.TrimPrefix(at.CommandPath(), c.Root().Name()+" ")
				if outputs = Of(name); len(outputs) == 0 {
					return command.Usage("%s prints no facts, so --json has no effect", name)
				}
			}
			e := json.NewEncoder(p.Out())
			e.SetIndent("", "  ")
			e.SetEscapeHTML(false)
			return command.Failed(e.Encode(Document(outputs)))
		},
	}
}
