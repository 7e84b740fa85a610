// Package deploy prints the files with which other programs run bones: units, manifests, dashboards. Each is one
// subcommand in a file of its own. Nothing is installed: whoever deploys bones looks at the file first.
package deploy

import (
	"bones/cmd/bones/internal/command"

	"github.com/spf13/cobra"
)

// Command makes `bones deploy`, with a subcommand for each program that runs bones or uses its metrics.
func Command(p command.Program) *cobra.Command {
	c := &cobra.Command{
		Use:   "deploy",
		Short: "Print the files with which systemd, Prometheus, Grafana or Kubernetes use bones",
		Long: `Print a file that makes another program run bones, or use its metrics. bones installs nothing
itself: read the file, then put it where that program looks for it. The first lines of each file say
where that is.`,
		Example: "  bones deploy systemd\n  bones deploy prometheus\n  bones deploy grafana\n  bones deploy kubernetes",
		Args:    cobra.NoArgs,
		RunE:    func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	c.AddCommand(
		systemdCommand(p),
		prometheusCommand(p),
		grafanaCommand(p),
		kubernetesCommand(p),
	)
	return c
}
