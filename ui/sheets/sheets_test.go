package sheets_test

import (
	"context"
	"testing"

	"bones/ui"
	"bones/ui/rows"
	"bones/ui/rows/rowstest"
	"bones/ui/uitest"
	"bones/ui/uitest/fakehost"
)

// TestSheets: both words open a sheet of what was named, and s measures.
func TestSheets(t *testing.T) {
	r := uitest.Show(t, 110, 36, "2", rowstest.World, uitest.WithGroups, func(_ *fakehost.FakeHost, o *ui.Options) {
		o.Sheets.Diff = func(_ context.Context, a, b string) ([]rows.Section, error) {
			return []rows.Section{{Title: "limits", Lines: []rows.Line{{Label: a, Value: "differs from " + b}}}}, nil
		}
		o.Sheets.Storage = func(_ context.Context, target string, size bool, _ func(string)) ([]rows.Section, error) {
			value := "not measured"
			if size {
				value = "5.0M in 7 entries"
			}
			return []rows.Section{{Title: "Writable layer", Lines: []rows.Line{{Label: target, Value: value}}}}, nil
		}
	})
	r.Type(":diff cache 970\r")
	r.WantText("differs from 970")
	r.Press("Esc")
	r.Type(":storage cache\r")
	r.WantText("Storage of cache")
	r.WantText("not measured")
	r.Press("s")
	r.WantText("5.0M in 7 entries")
	r.Press("Esc")
	r.SafeAsDrawn()
}
