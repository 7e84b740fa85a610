// Package version is the command that says which bones this is.
package version

import (
	"bones/cmd/bones/internal/command"
	"bones/cmd/bones/internal/object"
	"encoding/json"
	"fmt"
	"runtime"
	"runtime/debug"

	"github.com/spf13/cobra"
)

// Command makes the command.
func Command(p command.Program) *cobra.Command {
	return &cobra.Command{
		Use:     "version",
		Short:   "Print the version",
		Example: "  bones version\n  bones version --json",
		Args:    cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			v := object.Version{Version: "(devel)", Go: runtime.Version(), Arch: runtime.GOARCH}
			if info, ok := debug.ReadBuildInfo(); ok {
				if info.Main.Version != "" {
					v.Version = info.Main.Version
				}
				for _, s := range info.Settings {
					switch s.Key {
					case "vcs.revision":
						v.Revision = s.Value
					case "vcs.modified":
						v.Modified = s.Value == "true"
					}
				}
			}
			if p.JSON() {
				return command.Failed(json.NewEncoder(p.Out()).Encode(v))
			}
			line := "bones " + v.Version
			if v.Revision != "" {
				line += " " + v.Revision
			}
			_, err := fmt.Fprintln(p.Out(), line, v.Go, "linux/"+v.Arch)
			return command.Failed(err)
		},
	}
}
