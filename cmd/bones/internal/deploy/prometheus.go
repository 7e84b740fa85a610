package deploy

import (
	_ "embed"
	"io"

	"bones/cmd/bones/internal/command"

	"github.com/spf13/cobra"
)

// rules are alerts on the metrics of bones export.
//
//go:embed rules.yml
var rules string

func prometheusCommand(p command.Program) *cobra.Command {
	return &cobra.Command{
		Use:   "prometheus",
		Short: "Print alerts for Prometheus on the metrics of bones export",
		Long: `Print a file of rules for Prometheus: alerts on processes killed for want of memory, quotas that are
used up, containers near their limits, and pressure. Its first lines say how the hosts are scraped.`,
		Example: "  bones deploy prometheus > /etc/prometheus/bones.rules.yml\n" +
			"  promtool check rules /etc/prometheus/bones.rules.yml",
		Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			_, err := io.WriteString(p.Out(), rules)
			return command.Failed(err)
		},
	}
}
