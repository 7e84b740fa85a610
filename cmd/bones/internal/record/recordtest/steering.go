package recordtest

import (
	"errors"
	"reflect"
	"strings"
	"testing"

	"bones/cmd/bones/internal/record"
	"bones/procwalk/text"
)

// Steered says what Steer makes steer a terminal.
type Steered uint

// What can be made to steer a terminal.
const (
	SteeredTexts  Steered = 1 << iota // text.Text, which is anybody's
	SteeredWords                      // strings, which are bones' own, or were made safe when they were read
	SteeredErrors                     // every error, also where there was none
)

// Steering returns the last frame of a recording in which some of the values steer a terminal. All else is as it was:
// whatever a command prints of such values, it comes to them.
func Steering(t testing.TB, path string, what Steered) *record.Frame {
	t.Helper()
	f := lastFrame(t, path)
	Steer(f, what)
	return f
}

// Steer makes what a value points to steer a terminal, and all that this is made of.
func Steer(value any, what Steered) { what.steer(reflect.ValueOf(value).Elem()) }

// steered is a value with what acts on a terminal in it, at both ends and on two lines.
func steered(was string) string { return "\x1b[2J" + was + "\n\u202ex\x1b]0;owned\a" }

func (what Steered) steer(v reflect.Value) {
	switch k := v.Kind(); {
	case !v.CanSet():
	case v.Type() == textType:
		// A path stays one: others are not shown as such.
		if was := v.Interface().(text.Text).Raw(); what&SteeredTexts != 0 && was != "" && !strings.HasPrefix(was, "/") {
			v.Set(reflect.ValueOf(text.New(steered(was))))
		} else if what&SteeredTexts != 0 && was != "" {
			v.Set(reflect.ValueOf(text.New(was + "/" + steered("of"))))
		}
	case v.Type() == errorType:
		if what&SteeredErrors != 0 {
			err := errors.New(steered("it cannot be read"))
			v.Set(reflect.ValueOf(&err).Elem())
		}
	case v.Type() == timeType:
	case v.Type() == reflect.TypeFor[string]():
		if what&SteeredWords != 0 && v.Len() > 0 {
			v.SetString(steered(v.String()))
		}
	case k == reflect.Pointer && !v.IsNil():
		what.steer(v.Elem())
	case k == reflect.Slice || k == reflect.Array:
		for i := range v.Len() {
			what.steer(v.Index(i))
		}
	case k == reflect.Map && !v.IsNil():
		for _, key := range v.MapKeys() {
			value := reflect.New(v.Type().Elem()).Elem()
			value.Set(v.MapIndex(key))
			what.steer(value)
			v.SetMapIndex(key, value)
		}
	case k == reflect.Struct:
		for i := range v.NumField() {
			what.steer(v.Field(i))
		}
	}
}
