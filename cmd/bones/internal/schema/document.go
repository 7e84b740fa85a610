package schema

import (
	"reflect"
	"slices"
	"time"
)

// node is a part of a JSON Schema.
type node = map[string]any

// Draft is the version of JSON Schema that is written.
const Draft = "https://json-schema.org/draft/2020-12/schema"

// Document is the JSON Schema of some outputs: what is valid is one of them. Of an output that is an object a line it
// is the schema of each line.
func Document(outputs []Output) map[string]any {
	r := NewReader()
	defs := node{}
	for _, t := range Reached(outputs) {
		hosts := slices.ContainsFunc(outputs, func(o Output) bool {
			return o.Hosts && slices.Contains(o.Types(), t)
		})
		about, _ := r.Type(t)
		defs[about.Name] = r.object(about, hosts)
	}
	var all []any
	for _, o := range outputs {
		n := r.oneOf(o.Types())
		if o.Shape == Array {
			n = node{"type": "array", "items": n}
		}
		n["title"] = o.Title()
		all = append(all, n)
	}
	document := node{"$schema": Draft, "$defs": defs}
	if len(all) == 1 {
		for k, v := range all[0].(node) {
			document[k] = v
		}
		return document
	}
	document["title"], document["anyOf"] = "what bones prints with --json", all
	return document
}

// oneOf is the schema of an object of one of these types.
func (r *Reader) oneOf(types []reflect.Type) node {
	var all []any
	for _, t := range types {
		about, _ := r.Type(t)
		all = append(all, reference(about.Name))
	}
	if len(all) == 1 {
		return all[0].(node)
	}
	return node{"anyOf": all}
}

func reference(name string) node { return node{"$ref": "#/$defs/" + name} }

// object is the schema of a struct: no other fields are valid.
func (r *Reader) object(t Type, hosts bool) node {
	properties, required := node{}, []string{}
	for _, f := range t.Fields {
		n := r.value(f.Type)
		if f.Nullable {
			n = orNull(n)
		}
		n["description"] = f.Means
		properties[f.Name] = n
		if !f.Optional {
			required = append(required, f.Name)
		}
	}
	if hosts {
		properties["host"] = node{"type": "string", "description": r.types["*"].fields["host"].means}
	}
	return node{"type": "object", "description": t.Means, "properties": properties, "required": required,
		"additionalProperties": false}
}

func orNull(n node) node {
	if kind, ok := n["type"].(string); ok {
		n["type"] = []string{kind, "null"}
		return n
	}
	return node{"anyOf": []any{n, node{"type": "null"}}}
}

// value is the schema of a value that is not null.
func (r *Reader) value(t reflect.Type) node {
	switch {
	case t == reflect.TypeFor[time.Time]():
		return node{"type": "string", "format": "date-time"}
	case plain(t):
		return node{"type": "string"}
	}
	switch t.Kind() {
	case reflect.Pointer:
		return r.value(t.Elem())
	case reflect.Slice:
		return node{"type": "array", "items": r.value(t.Elem())}
	case reflect.Map:
		of := r.value(t.Elem())
		if t.Elem().Kind() == reflect.Pointer {
			of = orNull(of)
		}
		return node{"type": "object", "additionalProperties": of}
	case reflect.Bool:
		return node{"type": "boolean"}
	case reflect.Float32, reflect.Float64:
		return node{"type": "number"}
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		return node{"type": "integer", "minimum": 0}
	case reflect.Struct:
		about, _ := r.Type(t)
		return reference(about.Name)
	}
	return node{"type": "integer"}
}

// Kind is what sort of value a field has, in words: a number, text, an array of Mount.
func (r *Reader) Kind(t reflect.Type) string {
	n := r.value(t)
	switch t.Kind() {
	case reflect.Slice:
		return "array of " + r.Kind(t.Elem())
	case reflect.Map:
		of := "object of " + r.Kind(t.Elem())
		if t.Elem().Kind() == reflect.Pointer {
			of += " or null"
		}
		return of
	case reflect.Pointer:
		return r.Kind(t.Elem())
	}
	if kind, ok := n["type"].(string); ok {
		return kind
	}
	about, _ := r.Type(t)
	return about.Name
}
