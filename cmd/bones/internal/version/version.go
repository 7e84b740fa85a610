// Package version is the command that says which bones this is.
package version

import (
	"fmt"
	"runtime"

	"bones/cmd/bones/internal/command"
	"bones/cmd/bones/internal/object"
	"bones/cmd/bones/internal/version/first"

	"github.com/spf13/cobra"
)

// Command makes `bones version`. Where nothing but its name stands on the command line, package first has answered
// before.
func Command(p command.Program) *cobra.Command {
	return &cobra.Command{
		Use:   "version",
		Short: "Print the version",
		Long: `Print the version; the commit, its time and "modified" if the source differed from that commit,
provided that the build saw the repository; then the version of Go and the architecture.`,
		Example: "  bones version\n  bones version --json",
		Args:    cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			b := first.Read()
			if p.JSON() {
				return command.Failed(object.Write(p.Out(), object.Version{Version: b.Version,
					Revision: b.Revision, Time: b.Time, Modified: b.Modified, Go: runtime.Version(), Arch: runtime.GOARCH}))
			}
			_, err := fmt.Fprintln(p.Out(), b.Line())
			return command.Failed(err)
		},
	}
}
