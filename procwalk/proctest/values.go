package proctest

import (
	"math"
	"reflect"
	"time"
)

// Values makes values of a type to send or to write down: the zero value, one with every field set, and for each
// field, also of what is nested, values in which that field alone is set, to its zero value where that can be told
// from nothing (a pointer to 0, a slice of length 0), to the least and to the greatest, and of texts to bytes that
// are not UTF-8. A field that is added later is tried, too. Fields that keep reports false for are left as they
// are, and so are those that are not exported; keep may be nil.
func Values[T any](keep func(reflect.StructField) bool) []T {
	var all []T
	for _, v := range valuesOf(reflect.TypeFor[T](), keep) {
		all = append(all, v.Interface().(T))
	}
	return all
}

// valuesOf has the zero value first, and last one that is set throughout.
func valuesOf(t reflect.Type, keep func(reflect.StructField) bool) []reflect.Value {
	list := []reflect.Value{reflect.Zero(t)}
	add := func(x any) { list = append(list, reflect.ValueOf(x).Convert(t)) }
	if t == reflect.TypeFor[time.Time]() {
		add(time.Unix(0, 0).UTC())
		add(time.Unix(-1, 999_999_999).UTC())
		add(time.Date(2262, 1, 2, 3, 4, 5, 6, time.UTC))
		return list
	}
	switch t.Kind() {
	case reflect.Bool:
		add(true)
	case reflect.String:
		add("\xff\x00\xe2\x82\ufffd")
		add("{\"a\": <\u2028>} é")
	case reflect.Float32, reflect.Float64:
		add(-0.5)
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		add(-1)
		add(int64(math.MinInt64) >> (64 - t.Bits()))
		add(int64(math.MaxInt64) >> (64 - t.Bits()))
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64, reflect.Uintptr:
		add(1)
		add(uint64(math.MaxUint64) >> (64 - t.Bits()))
	case reflect.Pointer:
		for _, v := range valuesOf(t.Elem(), keep) {
			p := reflect.New(t.Elem())
			p.Elem().Set(v)
			list = append(list, p)
		}
	case reflect.Slice:
		list = append(list, reflect.MakeSlice(t, 0, 0))
		for _, v := range valuesOf(t.Elem(), keep) {
			list = append(list, reflect.Append(reflect.MakeSlice(t, 0, 1), v))
		}
	case reflect.Array:
		for i := range t.Len() {
			for _, v := range valuesOf(t.Elem(), keep)[1:] {
				a := reflect.New(t).Elem()
				a.Index(i).Set(v)
				list = append(list, a)
			}
		}
	case reflect.Struct:
		list = append(list, structsOf(t, keep)...)
	}
	return list
}

func structsOf(t reflect.Type, keep func(reflect.StructField) bool) []reflect.Value {
	var list []reflect.Value
	whole := reflect.New(t).Elem()
	for i := range t.NumField() {
		f := t.Field(i)
		if !f.IsExported() && !f.Anonymous || keep != nil && !keep(f) {
			continue
		}
		values := valuesOf(f.Type, keep)
		if !f.IsExported() { // embedded: its own fields may be set, itself not
			for _, v := range values {
				one := reflect.New(t).Elem()
				setFields(one.Field(i), v)
				list = append(list, one)
			}
			setFields(whole.Field(i), values[len(values)-1])
			continue
		}
		for _, v := range values[1:] {
			one := reflect.New(t).Elem()
			one.Field(i).Set(v)
			list = append(list, one)
		}
		whole.Field(i).Set(values[len(values)-1])
	}
	return append(list, whole)
}

func setFields(to, from reflect.Value) {
	for i := range to.NumField() {
		if to.Type().Field(i).IsExported() {
			to.Field(i).Set(from.Field(i))
		}
	}
}
