package procwalk

import (
	"reflect"
	"testing"
)

// TestOnlyWhatIsWanted: where nothing is wanted beside stat, nothing of a row is left that was read from another file.
func TestOnlyWhatIsWanted(t *testing.T) {
	var p Process
	row := reflect.ValueOf(&p).Elem()
	for i := range row.NumField() {
		if f := row.Field(i); f.Kind() == reflect.Pointer {
			f.Set(reflect.New(f.Type().Elem()))
		}
	}
	Want(0).only(&p)
	for i := range row.NumField() {
		if f := row.Field(i); f.Kind() == reflect.Pointer && !f.IsNil() {
			t.Errorf("Want.only in pass.go leaves Process.%s in a row for which nobody asked", row.Type().Field(i).Name)
		}
	}
}
