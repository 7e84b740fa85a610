package habits

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// EmptyValue returns an error for the first flag that was given an empty value, as `--from "$FILE"` gives it when a
// script's variable is not set, or nil. To bones an empty value is what no flag at all is: with --from it would show
// this host as it is now in place of the recording, and record --dir would write to the default directory. Values of
// other types than text refuse it themselves.
//
// The flags of the web server, web.config.file and others, may be empty: for Prometheus' exporters that means none.
func EmptyValue(c *cobra.Command) (err error) {
	c.Flags().Visit(func(f *pflag.Flag) {
		if err == nil && f.Value.Type() == "string" && f.Value.String() == "" &&
			!strings.HasPrefix(f.Name, "web.") {
			err = fmt.Errorf("--%s is given an empty value; give it one, or leave the flag out", f.Name)
		}
	})
	return err
}
