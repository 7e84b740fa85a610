package main

import (
	"reflect"
	"slices"
	"testing"

	"github.com/spf13/pflag"

	"bones/cmd/bones/internal/command"
)

// notHandedOn are the global flags that a process of the program's own is not given, and why.
var notHandedOn = map[string]string{
	"json": "what is printed is the command's own", "help": "it is the command's own",
	"from": "no process of its own is started of a recording but that of replay, which says which one",
	"at":   "as --from",
	"host": "bones on the other host is given the words of the command line", "yes": "as --host",
	"with-copy": "as --host", "show-ssh": "as --host",
}

// TestGlobalsAreHandedOn: a process that the program starts works on the same host and writes into the same journal:
// every global flag that is there, now or later, is handed on, and read again as what it was.
func TestGlobalsAreHandedOn(t *testing.T) {
	a, _, _ := testApp(t)
	flags := a.rootCommand().PersistentFlags()
	values := map[string]string{"host-root": "/node", "proc": "/p q", "cgroup": "/c", "source": "proc",
		"journal": "/j=--proc", "readonly": "true", "no-color": "true"}
	var given []string
	flags.VisitAll(func(f *pflag.Flag) {
		_, ok := values[f.Name]
		if _, not := notHandedOn[f.Name]; ok == not {
			t.Errorf("--%s is neither handed on to a process of the program's own, nor is there a reason why not", f.Name)
		}
		if ok {
			given = append(given, f.Name)
		}
	})
	for _, name := range slices.Backward(slices.Sorted(slices.Values(given))) {
		if name == "host-root" {
			continue // it sets proc and cgroup
		}
		if err := flags.Set(name, values[name]); err != nil {
			t.Fatal(err)
		}
	}
	a.hostRoot = values["host-root"]
	g := program{a}.Globals()
	for i := range reflect.ValueOf(g).NumField() {
		if reflect.ValueOf(g).Field(i).IsZero() {
			t.Errorf("%s is not taken from the command line", reflect.TypeOf(g).Field(i).Name)
		}
	}
	if got, err := command.ParseGlobals(g.Args()); err != nil || got != g {
		t.Errorf("got %+v, %v; want %+v", got, err, g)
	}
	child, _, _ := testApp(t)
	root := child.rootCommand().PersistentFlags()
	if err := root.Parse(g.Args()); err != nil {
		t.Fatal(err)
	}
	if got := (program{child}).Globals(); got != g {
		t.Errorf("got %+v, want %+v", got, g)
	}
	for _, name := range given {
		if f := root.Lookup(name); !f.Changed || f.Value.String() != values[name] {
			t.Errorf("--%s of the child: %q, want %q", name, f.Value, values[name])
		}
	}
}
