// Package version is the command that says which bones this is.
package version

import (
	"bones/cmd/bones/internal/command"
	"bones/cmd/bones/internal/object"
	"encoding/json"
	"fmt"
	"runtime"
	"runtime/debug"
	"strings"

	"github.com/spf13/cobra"
)

// Command makes the command.
func Command(p command.Program) *cobra.Command {
	return &cobra.Command{
		Use:   "version",
		Short: "Print the version",
		Long: `Print the version, and where the build saw the repository the commit, its time and "modified" if the
source was not quite that commit; then the version of Go and the architecture.`,
		Example: "  bones version\n  bones version --json",
		Args:    cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			info, _ := debug.ReadBuildInfo()
			v := of(info)
			if p.JSON() {
				return command.Failed(json.NewEncoder(p.Out()).Encode(v))
			}
			_, err := fmt.Fprintln(p.Out(), line(v))
			return command.Failed(err)
		},
	}
}

// of reads what the build wrote into the program; nil if it wrote nothing.
func of(info *debug.BuildInfo) object.Version {
	v := object.Version{Version: "(devel)", Go: runtime.Version(), Arch: runtime.GOARCH}
	if info == nil {
		return v
	}
	if info.Main.Version != "" {
		v.Version = info.Main.Version
	}
	for _, s := range info.Settings {
		switch s.Key {
		case "vcs.revision":
			v.Revision = s.Value
		case "vcs.time":
			v.Time = s.Value
		case "vcs.modified":
			v.Modified = s.Value == "true"
		}
	}
	return v
}

func line(v object.Version) string {
	words := []string{"bones", v.Version}
	if v.Revision != "" {
		words = append(words, v.Revision)
	}
	if v.Time != "" {
		words = append(words, v.Time)
	}
	if v.Modified {
		words = append(words, "modified")
	}
	return strings.Join(append(words, v.Go, "linux/"+v.Arch), " ")
}
