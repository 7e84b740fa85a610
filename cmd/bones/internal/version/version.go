// Package version is the command that says which bones this is.
package version

import (
	"encoding/json"
	"fmt"
	"runtime"

	"bones/cmd/bones/internal/command"
	"bones/cmd/bones/internal/object"
	"bones/cmd/bones/internal/version/first"

	"github.com/spf13/cobra"
)

// Command makes the command. Where nothing but its name stands on the command line, package first has answered before.
func Command(p command.Program) *cobra.Command {
	return &cobra.Command{
		Use:   "version",
		Short: "Print the version",
		Long: `Print the version, and where the build saw the repository the commit, its time and "modified" if the
source was not quite that commit; then the version of Go and the architecture.`,
		Example: "  bones version\n  bones version --json",
		Args:    cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			b := first.Read()
			if p.JSON() {
				return command.Failed(json.NewEncoder(p.Out()).Encode(object.Version{Version: b.Version,
					Revision: b.Revision, Time: b.Time, Modified: b.Modified, Go: runtime.Version(), Arch: runtime.GOARCH}))
			}
			_, err := fmt.Fprintln(p.Out(), b.Line())
			return command.Failed(err)
		},
	}
}
