// Package merge makes one answer of what bones said on several hosts. It has come from somebody else: what is read is
// bounded and must have the form of what bones prints, and what is printed goes through the sanitiser. A field
// that this bones does not know is kept in JSON and not shown, since another version may have printed it.
package merge

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"reflect"
	"slices"
	"strings"

	"bones/cmd/bones/internal/object"
	"bones/procwalk/text"
	"bones/ui/rows"
)

// Bounds on what is read of one host.
const (
	MaxBytes = 64 << 20
	MaxLine  = 256 << 10 // of one event, with --follow
	maxItems = 100_000
)

// Answer is what one host has said.
type Answer struct {
	Host string // safe to print
	// JSON prints the objects of all hosts as one array, each with the field host.
	JSON []byte
}

// Options are the flags of the command line that change how merged answers are printed.
type Options struct {
	Sort      string // as listing.Orders.Check takes it
	Sandboxes bool   // show what no engine knows, too
	Colours   bool
	Width     int // of a line
}

// Mergeable is a command whose answers can be merged.
type Mergeable struct {
	array bool // the command prints an array
	check func(item json.RawMessage) error
	table func(out io.Writer, o Options, all []Item) error // nil: it is merged from what is printed for people
	reads reflect.Type                                     // what the table reads of an object
}

// Item is one object that a host has printed.
type Item struct {
	Host string
	JSON json.RawMessage
}

// Kinds are the commands by their names.
var Kinds = map[string]Mergeable{
	"containers": kind[container](true, containers),
	"stats":      kind[container](true, stats),
	"ns":         kind[namespace](true, namespaces),
	"events":     kind[event](true, eventTable),
	"health":     kind[report](false, health),
	"ps":         kind[process](true, nil),
	"which":      kind[owner](true, owners),
	"pid":        kind[backing](false, pids),
	Totals:       kind[total](true, nil),
}

// Totals is the kind of containers and stats with --group.
const Totals = "--group"

func kind[T any](array bool, table func(io.Writer, Options, []Item) error) Mergeable {
	return Mergeable{array, checked[T], table, reflect.TypeFor[T]()}
}

// checked reports whether an object is what this bones knows under that name.
func checked[T any](item json.RawMessage) error {
	var v T
	return json.Unmarshal(item, &v)
}

// decoded decodes what was checked.
func decoded[T any](i Item) (v T) {
	json.Unmarshal(i.JSON, &v)
	return v
}

// Items takes apart what a host has said.
func (k Mergeable) Items(a Answer) ([]Item, error) {
	if !k.array {
		item, err := k.item(a.Host, a.JSON)
		return []Item{item}, err
	}
	d := json.NewDecoder(bytes.NewReader(a.JSON))
	if t, err := d.Token(); err != nil || t != json.Delim('[') {
		return nil, unlike(a.JSON, cmp.Or(err, errors.New("no array")))
	}
	var list []Item
	for d.More() {
		var raw json.RawMessage
		if err := d.Decode(&raw); err != nil {
			return nil, unlike(a.JSON, err)
		}
		item, err := k.item(a.Host, raw)
		if err != nil {
			return nil, err
		}
		if list = append(list, item); len(list) > maxItems {
			return nil, fmt.Errorf("it printed more than %d objects, which bones does not read of a host", maxItems)
		}
	}
	if _, err := d.Token(); err != nil {
		return nil, unlike(a.JSON, err)
	}
	if _, err := d.Token(); err != io.EOF {
		return nil, unlike(a.JSON, errors.New("something follows it"))
	}
	return list, nil
}

// Missing are the fields that the table reads and that the objects of a host do not have at all: another version of
// bones has printed them. What is only not known is null, and there.
func (k Mergeable) Missing(all []Item) (fields []string) {
	if len(all) == 0 || k.table == nil {
		return nil
	}
	var there map[string]json.RawMessage
	if err := json.Unmarshal(all[0].JSON, &there); err != nil {
		return nil
	}
	for i := range k.reads.NumField() {
		f := k.reads.Field(i)
		if f.PkgPath != "" {
			continue
		}
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		name = cmp.Or(name, strings.ToLower(f.Name))
		has := func(s string) bool { return strings.EqualFold(s, name) }
		if !slices.ContainsFunc(slices.Collect(maps.Keys(there)), has) {
			fields = append(fields, name)
		}
	}
	return fields
}

// Line takes one object that stands on a line of its own.
func (k Mergeable) Line(host string, line []byte) (Item, error) { return k.item(host, line) }

// item checks one object and says in it whose it is.
func (k Mergeable) item(host string, raw []byte) (Item, error) {
	if err := k.check(raw); err != nil {
		return Item{}, unlike(raw, err)
	}
	named, err := withHost(host, raw)
	if err != nil {
		return Item{}, unlike(raw, err)
	}
	return Item{host, named}, nil
}

// unlike is the error of what is not what bones prints.
func unlike(said []byte, err error) error {
	first := strings.TrimSpace(string(said[:min(len(said), 80)]))
	return fmt.Errorf("what it printed is not what bones prints: %s: %s", text.Line(err.Error()),
		`"`+text.Line(first)+`"`)
}

// withHost puts "host" in front of the fields of an object. One that the host itself has put there is left
// out: no host may say that it is another.
func withHost(host string, raw []byte) (json.RawMessage, error) {
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	if t, err := d.Token(); err != nil || t != json.Delim('{') {
		return nil, cmp.Or(err, errors.New("no object"))
	}
	name, err := json.Marshal(host)
	if err != nil {
		return nil, err
	}
	out := append([]byte(`{"host":`), name...)
	for d.More() {
		key, err := d.Token()
		if err != nil {
			return nil, err
		}
		var value json.RawMessage
		if err := d.Decode(&value); err != nil {
			return nil, err
		}
		field, _ := key.(string)
		if strings.EqualFold(field, "host") {
			continue
		}
		word, err := json.Marshal(field)
		if err != nil {
			return nil, err
		}
		out = append(append(append(append(out, ','), word...), ':'), value...)
	}
	if _, err := d.Token(); err != nil {
		return nil, err
	}
	return append(out, '}'), nil
}

// JSON prints one array of all.
func JSON(out io.Writer, all []Item) error {
	return object.WriteArray(out, func(yield func(any) bool) {
		for _, i := range all {
			if !yield(i.JSON) {
				return
			}
		}
	})
}

// JSONLine prints one object on a line of its own.
func JSONLine(out io.Writer, i Item) error {
	var line bytes.Buffer
	if err := json.Compact(&line, i.JSON); err != nil {
		return err
	}
	_, err := out.Write(append(text.SafeJSON(line.Bytes()), '\n'))
	return err
}

// Table prints the objects of all hosts as one table, with the column HOST in front.
func (k Mergeable) Table(out io.Writer, o Options, all []Item) error { return k.table(out, o, all) }

// word is a text of another host, safe to print; a hyphen where there is none.
func word(s *string) string {
	if s == nil || *s == "" {
		return "-"
	}
	return text.Sanitise(*s)
}

// bytesOf is a size; a hyphen where it is not known.
func bytesOf(n *uint64) string {
	if n == nil {
		return "-"
	}
	return rows.Size(*n)
}
