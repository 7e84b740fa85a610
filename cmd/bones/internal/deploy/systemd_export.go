package deploy

import (
	_ "embed"
	"net"

	"bones/cmd/bones/internal/command"
	"bones/procwalk/text"

	"github.com/spf13/cobra"
)

// exportUnit is the service of the exporter.
//
//go:embed bones-export.service
var exportUnit string

func systemdExportCommand(p command.Program) *cobra.Command {
	var binary, web string
	var listen []string
	c := &cobra.Command{
		Use:   "export",
		Short: "Print the unit that has systemd run bones export",
		Long: `Print a unit that has systemd run bones export from the start of the host on, as root and with no
more rights than reading takes. It answers Prometheus at http://127.0.0.1:9777/metrics, or where
--listen says. The first lines of the unit say how it is installed.`,
		Example: "  bones deploy systemd export > /etc/systemd/system/bones-export.service\n" +
			"  bones deploy systemd export --listen :9777 --web.config.file /etc/bones/web.yml",
		Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			args := []string{"export"}
			for _, address := range listen {
				if text.Line(address) != address {
					return command.Usage("--listen %s: an address has no control characters", text.Line(address))
				}
				if _, _, err := net.SplitHostPort(address); err != nil {
					return command.Usage("--listen %s: %w", text.Line(address), err)
				}
				args = append(args, "--listen="+address)
			}
			if web != "" {
				if web[0] != '/' || text.Line(web) != web {
					return command.Usage("--web.config.file %s: give an absolute path without control characters",
						text.Line(web))
				}
				args = append(args, "--web.config.file="+web)
			}
			return printUnit(p, exportUnit, binary, args)
		},
	}
	c.Flags().StringArrayVar(&listen, "listen", nil, "answer at `HOST:PORT`; may be given several times (default: "+
		"127.0.0.1:9777)")
	c.Flags().StringVar(&web, "web.config.file", "",
		"read TLS settings and passwords from `FILE`, as the Prometheus exporter toolkit has it")
	binaryFlag(c, &binary)
	return c
}
