package kit

import (
	"reflect"
	"slices"
	"testing"
)

// TestViewsHaveThreeWaysToEachOther: whatever else a Shell can do is the frame's.
func TestViewsHaveThreeWaysToEachOther(t *testing.T) {
	var names []string
	of := reflect.TypeFor[Exchange]()
	for i := range of.NumMethod() {
		names = append(names, of.Method(i).Name)
	}
	if !slices.Equal(names, []string{"Notice", "Perform", "Show"}) {
		t.Errorf("Exchange has %q", names)
	}
}
