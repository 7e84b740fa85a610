// Package schema says what the commands print with --json: which command prints which Go type, what each field means,
// and the JSON Schema of it all. It is made from the very types that are printed.
package schema

import (
	"reflect"
	"slices"
	"strings"

	"bones/cmd/bones/internal/object"
)

// Shape is how the objects of an output stand in it.
type Shape string

// The shapes.
const (
	// One is a single object.
	One Shape = "an object"
	// Array is an array of objects.
	Array Shape = "an array"
	// Lines are objects that stand on a line each.
	Lines Shape = "an object a line"
)

// Output is what a command prints with --json.
type Output struct {
	Command string // without "bones"
	When    string // with which flags or arguments, in words; empty: without any that changes the output
	Shape   Shape
	Type    reflect.Type // of the object
	Also    reflect.Type // of other objects that stand in the same array; nil: there are none
	Hosts   bool         // with several hosts the objects have the field host
}

func output[T any](shape Shape, command, when string) Output {
	word, _, _ := strings.Cut(command, " ")
	return Output{Command: command, When: when, Shape: shape, Type: reflect.TypeFor[T](),
		Hosts: slices.Contains(merged, word)}
}

// and is an output whose array has objects of another type, too.
func and[T any](o Output) Output {
	o.Also = reflect.TypeFor[T]()
	return o
}

// Types are the types of the objects.
func (o *Output) Types() []reflect.Type {
	if o.Also == nil {
		return []reflect.Type{o.Type}
	}
	return []reflect.Type{o.Type, o.Also}
}

// merged are the commands that --host shows of several hosts in one table.
var merged = []string{"containers", "stats", "health", "events", "ns", "ps", "which", "pid"}

// Outputs are all that commands print with --json. A test holds that no command is missing.
func Outputs() []Output {
	list := []Output{
		output[object.Process](Array, "ps", ""),
		output[object.Process](Array, "top", ""),
		output[object.Namespace](Array, "ns", "without --diff and --matrix"),
		output[object.NamespaceDifference](Array, "ns", "with --diff"),
		output[object.MatrixRow](Array, "ns", "with --matrix"),
		output[object.Which](Array, "which", ""),
		output[object.BackingPID](One, "pid", ""),
		output[object.Explanation](One, "explain", ""),
		output[object.Container](Array, "containers", ""),
		and[object.Stopped](output[object.Container](Array, "containers", "with --all")),
		output[object.Total](Array, "containers", "with --group"),
		output[object.Container](Array, "stats", ""),
		output[object.Total](Array, "stats", "with --group"),
		output[object.SeriesPoint](Array, "stats", "with --begin, --end or --every"),
		output[object.Health](One, "health", ""),
		output[object.Port](Array, "ports", ""),
		output[object.Interface](Array, "net", ""),
		output[object.Reach](One, "reach", ""),
		output[object.Group](Array, "cgroup", "without --memory"),
		output[object.MemoryUse](One, "cgroup", "with --memory"),
		output[object.Setting](Array, "set", ""),
		output[object.FileEntry](Array, "files ls", ""),
		output[object.FileEntry](One, "files stat", ""),
		output[object.HistoryEntry](Array, "history", ""),
		output[object.Demo](One, "demo", "without --list and --stop"),
		output[object.Demo](Array, "demo", "with --list"),
		output[object.Done](Array, "demo", "with --stop"),
		output[object.HostReport](One, "host", ""),
		output[object.Event](Array, "events", "without --follow"),
		output[object.Event](Lines, "events", "with --follow"),
		output[object.Version](One, "version", ""),
		output[object.LogLine](Lines, "logs", ""),
		output[object.Difference](One, "diff", ""),
		output[object.Storage](One, "storage", ""),
		output[object.TourStep](Array, "tour", ""),
		output[object.Tuned](Array, "tune", "without NAME=VALUE"),
		output[object.Done](Array, "tune", "with NAME=VALUE"),
	}
	for _, command := range []string{"kill", "freeze", "thaw", "undo"} {
		list = append(list, output[object.Done](Array, command, ""))
	}
	return list
}

// Of are the outputs of one command.
func Of(command string) []Output {
	return slices.DeleteFunc(Outputs(), func(o Output) bool { return o.Command != command })
}

// Title is how the output is asked for: bones ns --json, with --diff.
func (o *Output) Title() string {
	title := "bones " + o.Command + " --json"
	if o.When != "" {
		title += ", " + o.When
	}
	return title
}
