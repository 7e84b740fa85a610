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
		Long: `Print a rule file for Prometheus: alerts on processes killed for want of memory, used-up CPU quotas,
containers near their limits, and pressure. Its first lines show how to scrape the hosts.`,
		Example: "  bones deploy prometheus > /etc/prometheus/bones.rules.yml\n" +
			"  promtool check rules /etc/prometheus/bones.rules.yml",
		Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			_, err := io.WriteString(p.Out(), rules)
			return command.Failed(err)
		},
	}
}
