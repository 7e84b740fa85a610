package command

import (
	"testing"

	"github.com/spf13/cobra"
)

// TestLacking: a command that lacks something has failed, with the status that is its own for that.
func TestLacking(t *testing.T) {
	verdict := func(status int) error { return &StatusError{Status: status} }
	plain, diff, check := &cobra.Command{Use: "ps"}, &cobra.Command{Use: "diff"}, &cobra.Command{Use: "health"}
	check.Flags().Bool("check", false, "")
	if err := check.Flags().Set("check", "true"); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		of   *cobra.Command
		err  error
		want int
	}{{plain, nil, ExitFailed}, {diff, nil, ExitUsage}, {diff, verdict(ExitFailed), ExitUsage},
		{check, nil, exitUnknown}, {check, verdict(1), 1}, {check, verdict(2), 2}, {check, verdict(3), 3}} {
		if got := LacksFacts(c.of, c.err); got != c.want {
			t.Errorf("%s with %v ends with %d, want %d", c.of.Name(), c.err, got, c.want)
		}
	}
}
