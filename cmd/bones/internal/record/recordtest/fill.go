package recordtest

import (
	"reflect"

	"bones/procwalk/text"
)

// Fill puts something wherever a value, or what it is made of, has nothing: a word for a text, a number for 0, one of
// what a list or a pointer is of. Errors and times are left as they are, and so are the words and lists that a kind of
// value has once it is filled by hand.
func Fill(value any, number int) { fill(reflect.ValueOf(value).Elem(), number, 0) }

func fill(v reflect.Value, number, depth int) {
	const deepest = 12 // a group has a file system, which has groups
	switch k := v.Kind(); {
	case !v.CanSet() || depth > deepest || v.Type() == errorType || v.Type() == timeType:
	case v.Type() == textType:
		if v.Interface().(text.Text).Len() == 0 {
			v.Set(reflect.ValueOf(text.New("word")))
		}
	case k == reflect.String && v.Len() == 0:
		v.SetString("word")
	case v.CanInt() && v.Int() == 0:
		v.SetInt(int64(number))
	case v.CanUint() && v.Uint() == 0:
		v.SetUint(uint64(number))
	case v.CanFloat() && v.Float() == 0:
		v.SetFloat(float64(number))
	case k == reflect.Pointer:
		if v.IsNil() {
			v.Set(reflect.New(v.Type().Elem()))
		}
		fill(v.Elem(), number, depth+1)
	case k == reflect.Slice:
		if v.Len() == 0 {
			v.Set(reflect.MakeSlice(v.Type(), 1, 1))
		}
		fallthrough
	case k == reflect.Array:
		for i := range v.Len() {
			fill(v.Index(i), number, depth+1)
		}
	case k == reflect.Struct:
		for i := range v.NumField() {
			fill(v.Field(i), number, depth+1)
		}
	}
}
