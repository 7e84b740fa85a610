package object_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"bones/cmd/bones/internal/object"
	"bones/cmd/bones/internal/schema"
	"bones/procwalk/leaktest"
	"bones/procwalk/text"

	"github.com/google/go-cmp/cmp"
)

func TestMain(m *testing.M) { leaktest.Main(m) }

// sameText compares texts as they are, with what is not safe to print.
var sameText = cmp.Comparer(func(a, b text.Text) bool { return a.Raw() == b.Raw() })

// TestShapesComeBack: what is written of each shape is read again as it was, strictly: no field is lost, none has the
// name of another, and none writes what it does not read. That holds where every field is set, and where none is.
func TestShapesComeBack(t *testing.T) {
	r := schema.NewReader()
	for _, shape := range schema.Reached(schema.Outputs()) {
		whole := reflect.New(shape)
		n := 0
		fill(whole.Elem(), &n)
		written := comesBack(t, whole)
		comesBack(t, reflect.New(shape))
		var names map[string]json.RawMessage
		if err := json.Unmarshal(written, &names); err != nil {
			t.Fatal(err)
		}
		about, _ := r.Type(shape)
		for _, f := range about.Fields {
			if _, ok := names[f.Name]; !ok {
				t.Errorf("%s has no %s, which its schema has", shape, f.Name)
			}
			delete(names, f.Name)
		}
		if len(names) > 0 {
			t.Errorf("%s has %v, which its schema does not have", shape, names)
		}
	}
}

// comesBack writes what v points to, reads it, and writes it again.
func comesBack(t *testing.T, v reflect.Value) []byte {
	t.Helper()
	var first, second bytes.Buffer
	if err := object.Write(&first, v.Interface()); err != nil {
		t.Fatalf("%T: %v", v.Interface(), err)
	}
	back := reflect.New(v.Type().Elem())
	d := json.NewDecoder(bytes.NewReader(first.Bytes()))
	d.DisallowUnknownFields()
	if err := d.Decode(back.Interface()); err != nil {
		t.Errorf("%T: %v: %s", v.Interface(), err, &first)
		return first.Bytes()
	}
	if diff := cmp.Diff(v.Interface(), back.Interface(), sameText); diff != "" {
		t.Errorf("%T was written and read again:\n%s", v.Interface(), diff)
	}
	if err := object.Write(&second, back.Interface()); err != nil || second.String() != first.String() {
		t.Errorf("%T: %v\n%s\nis written again as\n%s", v.Interface(), err, &first, &second)
	}
	return first.Bytes()
}

// fill sets every field that JSON has, each to a value of its own.
func fill(v reflect.Value, n *int) {
	*n++
	switch v.Addr().Interface().(type) {
	case *time.Time:
		v.Set(reflect.ValueOf(time.Date(2026, 1, 2, 3, 4, 5, *n, time.UTC)))
		return
	case *text.Text:
		v.Set(reflect.ValueOf(text.New(fmt.Sprint("text \"<\x1b\u202e>\" ", *n))))
		return
	}
	switch v.Kind() {
	case reflect.Bool:
		v.SetBool(true)
	case reflect.String:
		v.SetString(fmt.Sprint("a string ", *n))
	case reflect.Float32, reflect.Float64:
		v.SetFloat(float64(*n) + 0.1)
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		v.SetInt(int64(*n))
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		v.SetUint(uint64(*n))
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		fill(v.Elem(), n)
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 2, 2))
		fill(v.Index(0), n)
		fill(v.Index(1), n)
	case reflect.Map:
		v.Set(reflect.MakeMap(v.Type()))
		e := reflect.New(v.Type().Elem()).Elem()
		fill(e, n)
		v.SetMapIndex(reflect.ValueOf(fmt.Sprint("key ", *n)), e)
	case reflect.Struct:
		for i := range v.NumField() {
			if v.Type().Field(i).Tag.Get("json") != "-" {
				fill(v.Field(i), n)
			}
		}
	default:
		panic("JSON of bones has no " + v.Kind().String())
	}
}

// TestEveryShapeIsPrinted: each struct of this package that has names of fields is in the schema, with a comment of
// its own, and the schema has no other.
func TestEveryShapeIsPrinted(t *testing.T) {
	var described, here []string
	for _, shape := range schema.Reached(schema.Outputs()) {
		if shape.PkgPath() != reflect.TypeFor[object.Process]().PkgPath() {
			t.Errorf("%s is printed, and does not stand in package object", shape)
		}
		described = append(described, shape.Name())
	}
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.ParseComments)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range file.Decls {
			types, ok := d.(*ast.GenDecl)
			if !ok || types.Tok != token.TYPE {
				continue
			}
			for _, s := range types.Specs {
				spec := s.(*ast.TypeSpec)
				if !hasNames(spec) {
					continue
				}
				here = append(here, spec.Name.Name)
				if !strings.HasPrefix(types.Doc.Text(), spec.Name.Name+" ") {
					t.Errorf("%s: %s has no comment", name, spec.Name.Name)
				}
			}
		}
	}
	slices.Sort(described)
	slices.Sort(here)
	if !slices.Equal(described, here) {
		t.Errorf("the schema and package object have different shapes:\n%s", cmp.Diff(described, here))
	}
}

// hasNames reports whether a type is a struct whose fields have names in JSON.
func hasNames(spec *ast.TypeSpec) bool {
	s, ok := spec.Type.(*ast.StructType)
	return ok && slices.ContainsFunc(s.Fields.List, func(f *ast.Field) bool {
		return f.Tag != nil && strings.Contains(f.Tag.Value, "json:")
	})
}

// isWhole checks that every field that JSON has is set, in some object of a list of pointers to objects.
func isWhole[T any](t *testing.T, list ...*T) {
	t.Helper()
	set := map[string]bool{}
	for _, o := range list {
		comesBack(t, reflect.ValueOf(o))
		look(reflect.ValueOf(o).Elem(), "", set)
	}
	for field, is := range set {
		if !is {
			t.Errorf("%T%s is set in no object", *list[0], field)
		}
	}
}

func look(v reflect.Value, at string, set map[string]bool) {
	switch v.Kind() {
	case reflect.Pointer:
		if !v.IsNil() {
			look(v.Elem(), at, set)
		}
		set[at] = set[at] || !v.IsNil()
		return
	case reflect.Slice:
		set[at] = set[at] || v.Len() > 0
		for i := range v.Len() {
			look(v.Index(i), at+"[]", set)
		}
		return
	case reflect.Struct:
		if v.Type() == reflect.TypeFor[text.Text]() || v.Type() == reflect.TypeFor[time.Time]() {
			break
		}
		for i := range v.NumField() {
			if f := v.Type().Field(i); f.Tag.Get("json") != "-" {
				look(v.Field(i), at+"."+f.Name, set)
			}
		}
		return
	case reflect.Map:
		set[at] = set[at] || v.Len() > 0
		return
	}
	set[at] = set[at] || !v.IsZero()
}

// compact is an object on one line.
func compact(t *testing.T, v any) string {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}
