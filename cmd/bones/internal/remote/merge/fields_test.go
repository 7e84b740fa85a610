package merge

import (
	"reflect"
	"strings"
	"testing"

	"bones/cmd/bones/internal/object"
)

var (
	objectContainer = reflect.TypeFor[object.Container]()
	objectNamespace = reflect.TypeFor[object.Namespace]()
	objectEvent     = reflect.TypeFor[object.Event]()
	objectHealth    = reflect.TypeFor[object.Health]()
)

// knows looks that every field that is read here is one of the object that is printed there.
func knows[T any](t *testing.T, printed reflect.Type) {
	t.Helper()
	compare(t, printed.Name(), reflect.TypeFor[T](), printed)
}

func compare(t *testing.T, at string, read, printed reflect.Type) {
	t.Helper()
	read, printed = inner(read), inner(printed)
	if read.Kind() != reflect.Struct || printed.Kind() != reflect.Struct || printed.Name() == "Time" ||
		printed.Name() == "Text" {
		return
	}
	for i := range read.NumField() {
		f := read.Field(i)
		if f.PkgPath != "" {
			continue
		}
		found := false
		for k := range printed.NumField() {
			p := printed.Field(k)
			if strings.EqualFold(jsonName(p), jsonName(f)) {
				found = true
				compare(t, at+"."+p.Name, f.Type, p.Type)
			}
		}
		if !found {
			t.Errorf("%s has no field %s", at, jsonName(f))
		}
	}
}

func inner(t reflect.Type) reflect.Type {
	for t.Kind() == reflect.Pointer || t.Kind() == reflect.Slice {
		t = t.Elem()
	}
	return t
}

func jsonName(f reflect.StructField) string {
	name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
	if name == "" {
		return f.Name
	}
	return name
}
