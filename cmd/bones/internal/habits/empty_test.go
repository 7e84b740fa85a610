package habits

import (
	"strings"
	"testing"

	"github.com/spf13/cobra"
)

// TestEmptyValue: a flag with an empty value is not taken for one that was not given.
func TestEmptyValue(t *testing.T) {
	for _, try := range []struct {
		args []string
		want string // in the error; empty: there is none
	}{
		{nil, ""},
		{[]string{"--from", "file"}, ""},
		{[]string{"--from", ""}, "--from"},
		{[]string{"--from="}, "--from"},
		{[]string{"--at="}, "--at"}, // of the parent
		{[]string{"--web.config.file="}, ""},
		{[]string{"--names="}, ""}, // of a list: no elements
		{[]string{"--", "--from="}, ""},
	} {
		root := &cobra.Command{Use: "root"}
		root.PersistentFlags().String("at", "", "")
		c := &cobra.Command{Use: "show", RunE: func(c *cobra.Command, _ []string) error { return EmptyValue(c) }}
		c.Flags().String("from", "", "")
		c.Flags().String("web.config.file", "", "")
		c.Flags().StringSlice("names", nil, "")
		root.AddCommand(c)
		root.SilenceErrors, root.SilenceUsage = true, true
		root.SetArgs(append([]string{"show"}, try.args...))
		err := root.Execute()
		if try.want == "" && err != nil || try.want != "" && (err == nil || !strings.Contains(err.Error(), try.want)) {
			t.Errorf("%q: %v, want %q", try.args, err, try.want)
		}
	}
}
