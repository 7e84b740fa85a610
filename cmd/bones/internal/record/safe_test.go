package record_test

import (
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"bones/cmd/bones/internal/record"
	"bones/cmd/bones/internal/record/recordtest"
	"bones/procwalk/proctest"
	"bones/procwalk/text"
)

// TestReadAsSafe: whatever words and errors somebody has written into a recording, those that are read from it are
// safe to show, as bones' own words are. A text stays what it was: it is made safe where it is shown.
func TestReadAsSafe(t *testing.T) {
	dir := proctest.TempDir(t)
	genuine, path := filepath.Join(dir, "genuine"), filepath.Join(dir, "steered")
	recordtest.World(t, genuine)
	for _, steered := range []recordtest.Steered{recordtest.SteeredTexts | recordtest.SteeredWords,
		recordtest.SteeredErrors} {
		recordtest.Write(t, path, recordtest.Steering(t, genuine, steered), recordtest.Steering(t, genuine, steered))
		r, err := record.Open(path)
		if err != nil {
			t.Fatal(err)
		}
		defer r.Close()
		for i := range r.Len() {
			f, err := r.Frame(i)
			if err != nil {
				t.Fatal(err)
			}
			var found [3]int // texts, words, errors that steered a terminal
			look(t, reflect.ValueOf(f), "frame", &found)
			texts, errs := steered&recordtest.SteeredTexts != 0, steered&recordtest.SteeredErrors != 0
			if texts != (found[0] > 20) || texts != (found[1] > 20) || errs != (found[2] > 20) {
				t.Errorf("frame %d: %d texts, %d words and %d errors were written to steer a terminal", i, found[0],
					found[1], found[2])
			}
		}
	}
}

// look fails the test where a word or an error acts on a terminal.
func look(t *testing.T, v reflect.Value, where string, found *[3]int) {
	const was = "]0;owned" // what is left of it
	word := func(kind int, s string) {
		if strings.Contains(s, was) {
			found[kind]++
		}
		if kind > 0 && strings.ContainsFunc(s, text.Deceptive) {
			t.Errorf("%s is %q", where, s)
		}
	}
	switch k := v.Kind(); {
	case k == reflect.Interface && v.IsNil():
	case v.Type() == reflect.TypeFor[text.Text]():
		word(0, v.Interface().(text.Text).Raw())
	case k == reflect.String:
		word(1, v.String())
	case v.Type() == reflect.TypeFor[error]():
		word(2, v.Interface().(error).Error())
	case k == reflect.Pointer && !v.IsNil():
		look(t, v.Elem(), where, found)
	case k == reflect.Slice || k == reflect.Array:
		for i := range v.Len() {
			look(t, v.Index(i), where, found)
		}
	case k == reflect.Map:
		for _, key := range v.MapKeys() {
			look(t, v.MapIndex(key), where, found)
		}
	case k == reflect.Struct:
		for i := range v.NumField() {
			if f := v.Type().Field(i); f.IsExported() {
				look(t, v.Field(i), where+"."+f.Name, found)
			}
		}
	}
}
