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
	"slices"
	"strings"

	"bones/cmd/bones/internal/object"
	"bones/procwalk/fault"
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
	reads []string                                         // the fields of an object that the table reads
}

// Item is one object that a host has printed.
type Item struct {
	Host   string
	JSON   json.RawMessage
	absent []string // fields that the table reads and that the object does not have: another version has printed it
}

// lacks reports whether an object does not have a field that the table reads.
func (i *Item) lacks(field string) bool { return slices.Contains(i.absent, field) }

// Kinds are the commands by their names, with the shape of what they print.
var Kinds = map[string]Mergeable{
	"containers": kind[object.Container](true, containers, containerFields...),
	"stats":      kind[object.Container](true, stats, containerFields...),
	"ns": kind[object.Namespace](true, namespaces, "ns", "type", "nprocs", "pid", "user", "command", "containers",
		"errors"),
	"events": kind[object.Event](true, eventTable, "time", "kind", "pid", "container", "what"),
	"health": kind[object.Health](false, health, "judged", "findings", "not_judged"),
	"ps":     kind[object.Process](true, nil),
	"which": kind[object.Which](true, owners, "pid", "pid_inside", "comm", "kind", "machine", "container",
		"chain"),
	"pid":  kind[object.BackingPID](false, pids, "pid", "pid_inside"),
	Totals: kind[object.Total](true, nil),
}

// containerFields are what the tables of containers read, or --sort.
var containerFields = []string{"id", "runtime", "name", "image", "pod", "pid", "pids", "memory", "cpu_percent",
	"pids_current", "read_bytes", "write_bytes", "net_rx_bytes", "net_tx_bytes", "frozen", "errors"}

// Totals is the kind of containers and stats with --group.
const Totals = "--group"

func kind[T any](array bool, table func(io.Writer, Options, []Item) error, reads ...string) Mergeable {
	return Mergeable{array, checked[T], table, reads}
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
	if len(all) == 0 {
		return nil
	}
	return all[0].absent
}

// Line takes one object that stands on a line of its own.
func (k Mergeable) Line(host string, line []byte) (Item, error) { return k.item(host, line) }

// item checks one object and says in it whose it is.
func (k Mergeable) item(host string, raw []byte) (Item, error) {
	if err := k.check(raw); err != nil {
		return Item{}, unlike(raw, err)
	}
	named, fields, err := withHost(host, raw)
	if err != nil {
		return Item{}, unlike(raw, err)
	}
	item := Item{Host: host, JSON: named}
	for _, name := range k.reads {
		if !slices.ContainsFunc(fields, func(f string) bool { return strings.EqualFold(f, name) }) {
			item.absent = append(item.absent, name)
		}
	}
	return item, nil
}

// unlike is the error of what is not what bones prints.
func unlike(said []byte, err error) error {
	first := strings.TrimSpace(string(said[:min(len(said), 80)]))
	return fmt.Errorf("what it printed is not what bones prints: %s: %s", fault.Line(err),
		`"`+text.Line(first)+`"`)
}

// withHost puts "host" in front of the fields of an object. One that the host itself has put there is left
// out: no host may say that it is another. fields are the names of the others.
func withHost(host string, raw []byte) (named json.RawMessage, fields []string, err error) {
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	if t, err := d.Token(); err != nil || t != json.Delim('{') {
		return nil, nil, cmp.Or(err, errors.New("no object"))
	}
	name, err := json.Marshal(host)
	if err != nil {
		return nil, nil, err
	}
	out := append([]byte(`{"host":`), name...)
	for d.More() {
		key, err := d.Token()
		if err != nil {
			return nil, nil, err
		}
		var value json.RawMessage
		if err := d.Decode(&value); err != nil {
			return nil, nil, err
		}
		field, _ := key.(string)
		if strings.EqualFold(field, "host") {
			continue
		}
		fields = append(fields, field)
		word, err := json.Marshal(field)
		if err != nil {
			return nil, nil, err
		}
		out = append(append(append(append(out, ','), word...), ':'), value...)
	}
	if _, err := d.Token(); err != nil {
		return nil, nil, err
	}
	return append(out, '}'), fields, nil
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
func word(t *text.Text) string {
	if t == nil || t.Len() == 0 {
		return "-"
	}
	return t.String()
}

// plain is word for what the host itself has worded.
func plain(s *string) string {
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
