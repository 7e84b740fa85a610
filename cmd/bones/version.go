package main

import (
	"bones/cmd/bones/internal/object"
	"encoding/json"
	"fmt"
	"runtime"
	"runtime/debug"

	"github.com/spf13/cobra"
)

func (a *app) versionCommand() *cobra.Command {
	return &cobra.Command{
		Use:     "version",
		Short:   "Say which bones this is",
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
			if a.json {
				return failed(json.NewEncoder(a.out).Encode(v))
			}
			line := "bones " + v.Version
			if v.Revision != "" {
				line += " " + v.Revision
			}
			_, err := fmt.Fprintln(a.out, line, v.Go, "linux/"+v.Arch)
			return failed(err)
		},
	}
}
