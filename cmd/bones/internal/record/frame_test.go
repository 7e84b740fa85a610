package record

import (
	"reflect"
	"testing"

	"time"

	"bones/cgroupview"
	"bones/cgroupview/inventory"
	"bones/cmd/bones/internal/record/seldom"
	"bones/cmd/bones/internal/record/wire"
	"bones/procwalk"
	"bones/procwalk/text"
)

// TestNothingIsHidden: whatever a frame holds has exported fields, or knows how it is written.
func TestNothingIsHidden(t *testing.T) {
	if _, err := wire.NewEncoder[Frame](known...); err != nil {
		t.Fatal(err)
	}
	if _, err := wire.NewEncoder[seldom.Facts](known...); err != nil {
		t.Fatal(err)
	}
	seen := map[reflect.Type]bool{reflect.TypeFor[text.Text](): true, reflect.TypeFor[time.Time](): true}
	var look func(t reflect.Type, path string)
	look = func(ty reflect.Type, path string) {
		if seen[ty] {
			return
		}
		seen[ty] = true
		switch ty.Kind() {
		case reflect.Pointer, reflect.Slice, reflect.Array:
			look(ty.Elem(), path+"[]")
		case reflect.Map:
			look(ty.Key(), path+"[key]")
			look(ty.Elem(), path+"[]")
		case reflect.Struct:
			for i := range ty.NumField() {
				f := ty.Field(i)
				if !f.IsExported() {
					if ty == reflect.TypeFor[inventory.Container]() || ty == reflect.TypeFor[cgroupview.Hierarchy]() {
						continue // inventory.Data takes it apart; what a hierarchy hides is a recording itself
					}
					if ty == reflect.TypeFor[procwalk.Namespaces]() && f.Name == "root" {
						continue // a number of this run: see TestNoRecordingHasRoots
					}
					t.Errorf("%s.%s (%s) is not exported, and no recording has it", path, f.Name, ty)
					continue
				}
				look(f.Type, path+"."+f.Name)
			}
		}
	}
	look(reflect.TypeFor[Frame](), "Frame")
	look(reflect.TypeFor[seldom.Facts](), "Facts")
}
