package schema

import (
	_ "embed"
	"encoding/json"
	"reflect"
	"strings"
	"time"

	"bones/procwalk/text"
)

//go:embed fields.txt
var described string

// Field is a field of an object.
type Field struct {
	Name     string
	Type     reflect.Type
	Optional bool   // it is left out where there is nothing to say
	Nullable bool   // it is null where it is not known
	Means    string // with its unit
}

// Type is a type of object.
type Type struct {
	Name   string
	Means  string
	Fields []Field
}

// Reader knows what fields.txt says.
type Reader struct {
	types map[string]*about // by the name of the Go type; "*" for all
}

type about struct {
	name, means string
	fields      map[string]said
}

type said struct {
	means    string
	nullable bool
}

// NewReader reads fields.txt.
func NewReader() *Reader {
	r := &Reader{types: map[string]*about{"*": {fields: map[string]said{}}}}
	in, last := r.types["*"], ""
	for line := range strings.Lines(described) {
		line = strings.TrimSuffix(line, "\n")
		switch {
		case line == "" || line[0] == '#':
		case line[0] == '=':
			head, means, _ := strings.Cut(line[2:], ": ")
			key, name, _ := strings.Cut(head, " ")
			if r.types[key] == nil {
				r.types[key] = &about{name: name, means: means, fields: map[string]said{}}
			}
			in = r.types[key]
		case line[0] == ' ':
			s := in.fields[last]
			s.means += " " + strings.TrimSpace(line)
			in.fields[last] = s
		default:
			name, means, _ := strings.Cut(line, ": ")
			bare := strings.TrimSuffix(name, "?")
			in.fields[bare], last = said{means, bare != name}, bare
		}
	}
	return r
}

// Type tells of a struct; false: fields.txt does not have it.
func (r *Reader) Type(t reflect.Type) (Type, bool) {
	a := r.types[t.String()]
	if a == nil {
		return Type{Name: t.Name()}, false
	}
	o := Type{Name: a.name, Means: a.means}
	for _, f := range bare(t) {
		s, ok := a.fields[f.Name]
		if !ok {
			s = r.types["*"].fields[f.Name]
		}
		f.Means, f.Nullable = s.means, f.Nullable || s.nullable
		o.Fields = append(o.Fields, f)
	}
	return o, true
}

// bare are the fields as encoding/json writes them, without what they mean.
func bare(t reflect.Type) (list []Field) {
	for i := range t.NumField() {
		f := t.Field(i)
		name, options, _ := strings.Cut(f.Tag.Get("json"), ",")
		if !f.IsExported() || name == "-" {
			continue
		}
		if name == "" {
			name = f.Name
		}
		o := Field{Name: name, Type: f.Type, Optional: strings.Contains(options, "omitempty")}
		if f.Type.Kind() == reflect.Pointer {
			o.Type, o.Nullable = f.Type.Elem(), !o.Optional
		}
		list = append(list, o)
	}
	return list
}

// plain are the types that are written as a string.
func plain(t reflect.Type) bool {
	return t == reflect.TypeFor[text.Text]() || t == reflect.TypeFor[time.Time]() || t.Kind() == reflect.String
}

// Reached yields every struct that an output consists of, each once, the output's own first.
func Reached(outputs []Output) (list []reflect.Type) {
	seen := map[reflect.Type]bool{}
	var visit func(reflect.Type)
	visit = func(t reflect.Type) {
		switch {
		case plain(t) || t == reflect.TypeFor[json.RawMessage]():
		case t.Kind() == reflect.Pointer || t.Kind() == reflect.Slice || t.Kind() == reflect.Map:
			visit(t.Elem())
		case t.Kind() == reflect.Struct && !seen[t]:
			seen[t] = true
			list = append(list, t)
			for _, f := range bare(t) {
				visit(f.Type)
			}
		}
	}
	for _, o := range outputs {
		for _, t := range o.Types() {
			visit(t)
		}
	}
	return list
}
