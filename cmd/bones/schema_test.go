package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"strconv"
	"strings"
	"testing"
	"time"

	"bones/cmd/bones/internal/object"
	"bones/cmd/bones/internal/schema"
	"bones/cmd/bones/internal/target"
	"bones/procwalk/proctest"
	"bones/procwalk/text"
	"bones/ui/rows/rowstest"

	"github.com/google/go-cmp/cmp"
)

// validator checks values against what a JSON Schema of ours can say. An unknown keyword is an error of the schema.
type validator struct{ defs map[string]any }

func (v *validator) check(at string, s map[string]any, value any) error {
	for word := range s {
		switch word {
		case "$schema", "$defs", "$ref", "title", "description", "type", "properties", "required", "additionalProperties",
			"items", "anyOf", "minimum", "format":
		default:
			return fmt.Errorf("%s: the schema says %q, which nobody checks", at, word)
		}
	}
	if ref, ok := s["$ref"].(string); ok {
		def, ok := v.defs[strings.TrimPrefix(ref, "#/$defs/")].(map[string]any)
		if !ok {
			return fmt.Errorf("%s: %s leads nowhere", at, ref)
		}
		return v.check(at, def, value)
	}
	if all, ok := s["anyOf"].([]any); ok {
		var why error
		for _, one := range all {
			if why = v.check(at, one.(map[string]any), value); why == nil {
				return nil
			}
		}
		return why
	}
	kinds, _ := s["type"].([]any)
	if one, ok := s["type"].(string); ok {
		kinds = []any{one}
	}
	is := kindOf(value)
	fits := false
	for _, k := range kinds {
		fits = fits || k == is || k == "number" && is == "integer"
	}
	if !fits {
		return fmt.Errorf("%s: is %s, not %v", at, is, kinds)
	}
	switch x := value.(type) {
	case json.Number:
		if least, ok := s["minimum"]; ok {
			if n, err := x.Float64(); err != nil || fmt.Sprint(least) == "0" && n < 0 {
				return fmt.Errorf("%s: %s is too small", at, x)
			}
		}
	case string:
		if s["format"] == "date-time" {
			if _, err := time.Parse(time.RFC3339, x); err != nil {
				return fmt.Errorf("%s: %w", at, err)
			}
		}
	case []any:
		for i, e := range x {
			if err := v.check(at+"["+strconv.Itoa(i)+"]", s["items"].(map[string]any), e); err != nil {
				return err
			}
		}
	case map[string]any:
		return v.object(at, s, x)
	}
	return nil
}

func (v *validator) object(at string, s, x map[string]any) error {
	properties, _ := s["properties"].(map[string]any)
	required, _ := s["required"].([]any)
	for _, name := range required {
		if _, ok := x[name.(string)]; !ok {
			return fmt.Errorf("%s: %s is missing", at, name)
		}
	}
	for name, e := range x {
		of, ok := properties[name].(map[string]any)
		if !ok {
			if of, ok = s["additionalProperties"].(map[string]any); !ok {
				return fmt.Errorf("%s: the schema has no %s", at, name)
			}
		}
		if err := v.check(at+"."+name, of, e); err != nil {
			return err
		}
	}
	return nil
}

func kindOf(value any) string {
	switch x := value.(type) {
	case nil:
		return "null"
	case bool:
		return "boolean"
	case string:
		return "string"
	case []any:
		return "array"
	case map[string]any:
		return "object"
	case json.Number:
		if n, err := x.Float64(); err == nil && n == math.Trunc(n) && !strings.ContainsAny(x.String(), ".eE") {
			return "integer"
		}
	}
	return "number"
}

func decodeOne(t *testing.T, d *json.Decoder) (value any) {
	t.Helper()
	if err := d.Decode(&value); err != nil {
		t.Fatal(err)
	}
	return value
}

// schemaOf is what bones schema prints of a command.
func schemaOf(t *testing.T, command string) map[string]any {
	t.Helper()
	a, out, errs := testApp(t)
	if status := a.run(t.Context(), append([]string{"schema"}, strings.Fields(command)...)); status != 0 {
		t.Fatalf("schema %s: %s", command, errs)
	}
	d := json.NewDecoder(out)
	d.UseNumber()
	s := decodeOne(t, d).(map[string]any)
	if s["$schema"] != schema.Draft {
		t.Errorf("schema %s is of %v", command, s["$schema"])
	}
	return s
}

// fitsSchema runs a command with --json and checks its output against the schema of that very kind of output.
func fitsSchema(t *testing.T, o schema.Output, args ...string) {
	t.Helper()
	a, out, errs := testApp(t)
	if status := a.run(t.Context(), append(args, "--json")); out.Len() == 0 {
		t.Fatalf("%q: status %d, %s", args, status, errs)
	}
	isValid(t, o, out.Bytes(), args)
}

func isValid(t *testing.T, o schema.Output, out []byte, args []string) {
	t.Helper()
	d := json.NewDecoder(bytes.NewReader(out))
	d.UseNumber()
	raw, err := json.Marshal(schema.Document([]schema.Output{o}))
	if err != nil {
		t.Fatal(err)
	}
	back := json.NewDecoder(bytes.NewReader(raw))
	back.UseNumber()
	exact := decodeOne(t, back).(map[string]any)
	whole := schemaOf(t, o.Command)
	comesBack(t, o, out, args)
	for n := 0; d.More(); n++ {
		value := decodeOne(t, d)
		if n > 0 && o.Shape != schema.Lines {
			t.Errorf("%q prints more than one value", args)
		}
		for _, s := range []map[string]any{exact, whole} {
			v := &validator{s["$defs"].(map[string]any)}
			if err := v.check("", s, value); err != nil {
				t.Errorf("%q: %v", args, err)
			}
		}
	}
}

// comesBack reads an output strictly into the shapes of package object, which must write the same bytes again.
func comesBack(t *testing.T, o schema.Output, out []byte, args []string) {
	t.Helper()
	read := func(raw []byte) any {
		var why error
		for _, shape := range o.Types() {
			v := reflect.New(shape)
			d := json.NewDecoder(bytes.NewReader(raw))
			d.DisallowUnknownFields()
			if why = d.Decode(v.Interface()); why == nil {
				return v.Interface()
			}
		}
		t.Errorf("%q: %v", args, why)
		return nil
	}
	var again bytes.Buffer
	var err error
	switch o.Shape {
	case schema.Array:
		var list []json.RawMessage
		if err = json.Unmarshal(out, &list); err == nil {
			err = object.WriteArray(&again, object.EachAs(list, func(raw *json.RawMessage) any { return read(*raw) }))
		}
	case schema.One:
		err = object.Write(&again, read(out))
	case schema.Lines:
		for line := range bytes.Lines(out) {
			b, wrong := json.Marshal(read(line))
			again.Write(append(text.SafeJSON(b), '\n'))
			err = errors.Join(err, wrong)
		}
	}
	if err != nil || again.String() != string(out) {
		t.Errorf("%q: %v: read into its shape and written again:\n%s", args, err, cmp.Diff(string(out), again.String()))
	}
}

// noFacts are the commands that print no facts: they run something, write files, or go on until they are ended.
var noFacts = []string{"enter", "unshare", "record", "snapshot", "replay", "deploy", "export", "kubectl", "completion",
	"man", "schema", "help", "files"}

// TestEveryCommandHasSchema: every command that prints facts is in the list of outputs, and each output is of a
// command that there is.
func TestEveryCommandHasSchema(t *testing.T) {
	commands := map[string]bool{}
	for _, c := range visibleCommands() {
		path := strings.TrimPrefix(c.CommandPath(), "bones ")
		commands[path] = true
		first, _, _ := strings.Cut(path, " ")
		skip := path == "bones"
		for _, name := range noFacts {
			skip = skip || first == name
		}
		if !skip && len(schema.Of(path)) == 0 {
			t.Errorf("%s has no schema", path)
		}
	}
	for _, o := range schema.Outputs() {
		if !commands[o.Command] {
			t.Errorf("%s is no command", o.Command)
		}
	}
	a, _, errs := testApp(t)
	if status := a.run(t.Context(), []string{"schema", "enter"}); status != exitUsage {
		t.Errorf("schema enter: %d, %s", status, errs)
	}
	if all := schemaOf(t, ""); len(all["anyOf"].([]any)) != len(schema.Outputs()) {
		t.Error("bones schema has not all outputs")
	}
}

// TestOutputFitsSchema runs every output on this host and checks each field of it.
func TestOutputFitsSchema(t *testing.T) {
	c := sleeper(t)
	pid := strconv.Itoa(c.Process.Pid)
	world := filepath.Join(t.TempDir(), "world")
	writeWorld(t, world)
	at := func(second int) string {
		return rowstest.Boot().Add(time.Duration(second) * time.Second).Format(time.RFC3339)
	}
	netNS, err := os.Readlink("/proc/self/ns/net")
	if err != nil {
		t.Fatal(err)
	}
	lines := map[string][][]string{
		"ps":                              {{"ps", "self"}, {"ps", "-L", "self"}, {"ps", "--from", world}},
		"top":                             {{"top", "self"}},
		"ns, without --diff and --matrix": {{"ns"}, {"ns", "self"}, {"ns", "--all"}, {"ns", netNS}},
		"ns, with --diff":                 {{"ns", "--diff", "self", pid}},
		"ns, with --matrix":               {{"ns", "--matrix"}},
		"which":                           {{"which", "self"}, {"which", "--all"}},
		"pid":                             {{"pid", pid}},
		"explain":                         {{"explain", "self"}},
		"containers":                      {{"containers"}, {"containers", "--services"}, {"containers", "--from", world}},
		"containers, with --all":          {{"containers", "--all"}},
		"containers, with --group": {{"containers", "--group", "runtime"},
			{"containers", "--group", "image", "--from", world}},
		"stats":               {{"stats", "--interval", "0.1"}, {"stats", "--from", world}},
		"stats, with --group": {{"stats", "--group", "user", "--from", world}},
		"stats, with --begin, --end or --every": {{"stats", "--from", world, "--every", "5m", "--begin", at(0), "--end",
			at(900)}},
		"health":                   {{"health", "--from", world}},
		"ports":                    {{"ports"}},
		"net":                      {{"net"}},
		"reach":                    {{"reach", "self", pid}},
		"cgroup, without --memory": {{"cgroup", "self"}},
		"files ls":                 {{"files", "ls", pid, "/dev"}},
		"files stat":               {{"files", "stat", pid, "/dev/null"}},
		"kill":                     {{"kill", "--signal", "CONT", pid}},
		"host":                     {{"host"}},
		"events, without --follow": {{"events", "--from", world}},
		"version":                  {{"version"}},
		"diff":                     {{"diff", "self", "self"}},
		"storage":                  {{"storage", "self"}},
		"tour":                     {{"tour", "--list"}, {"tour"}},
		"tune, without NAME=VALUE": {{"tune", pid}},
	}
	mounted := true
	if h, err := (target.Finder{Proc: "/proc", Cgroups: "/sys/fs/cgroup"}).CgroupHost(); err != nil || h == nil {
		mounted = false // as in a chroot
	}
	for _, o := range schema.Outputs() {
		key := o.Command
		if o.When != "" {
			key += ", " + o.When
		}
		if o.Command == "cgroup" && !mounted {
			t.Log("bones cgroup is not tried: no cgroup file system is mounted")
			continue
		}
		for _, args := range lines[key] {
			fitsSchema(t, o, args...)
		}
		if lines[key] == nil && !changes[key] {
			t.Errorf("no test prints %s", key)
		}
	}
}

// changes are the outputs of what needs a container or time of its own: TestChangesFitSchema has them but for the
// events that are followed, whose lines are the objects of the array, for what tune prints, as kill does, and for
// logs, which TestDocker has.
var changes = map[string]bool{"set": true, "freeze": true, "thaw": true, "undo": true, "history": true,
	"cgroup, with --memory": true, "demo, without --list and --stop": true, "demo, with --list": true,
	"demo, with --stop": true, "events, with --follow": true, "tune, with NAME=VALUE": true, "logs": true}

// TestChangesFitSchema does with a demo what changes it, and looks at all that a container has.
func TestChangesFitSchema(t *testing.T) {
	proctest.Need(t, proctest.Cgroups) // by which the demo is found by its name
	m := builtBones(t)
	name := fmt.Sprintf("schema-%d", os.Getpid())
	journal := filepath.Join(t.TempDir(), "journal")
	said := func(args ...string) []byte {
		t.Helper()
		line := append(args, "--json", "--journal", journal)
		if args[0] != "demo" { // a demo is started by bones itself, and would begin with this process as its program
			a, out, errs := testApp(t)
			if status := a.run(t.Context(), line); status != 0 {
				t.Errorf("%q: status %d, %s", args, status, errs)
			}
			return out.Bytes()
		}
		c := exec.Command(m.bones, line...)
		var errs strings.Builder
		c.Stderr = &errs
		out, err := c.Output()
		if err != nil && len(args) == 3 {
			proctest.Missing(t, "a container: %s", &errs)
		}
		if err != nil {
			t.Errorf("%q: %v, %s", args, err, &errs)
		}
		return out
	}
	check := func(at int, args ...string) []byte {
		t.Helper()
		command := args[0]
		if command == "files" {
			command += " " + args[1]
		}
		out := said(args...)
		isValid(t, schema.Of(command)[at], out, args)
		return out
	}
	t.Cleanup(func() { exec.Command(m.bones, "demo", "--name", name, "--stop").Run() })
	var started struct{ PID int }
	if err := json.Unmarshal(check(0, "demo", "--name", name), &started); err != nil || started.PID <= 1 {
		t.Fatalf("%v, PID %d", err, started.PID)
	}
	check(1, "demo", "--list")
	check(0, "freeze", name)
	check(0, "thaw", name)
	check(0, "undo", "--yes")
	check(0, "thaw", name)
	check(0, "set", name, "memory=96M")
	check(0, "history")
	for _, args := range [][]string{{"ps", name}, {"which", strconv.Itoa(started.PID)}, {"pid", name}, {"explain", name},
		{"containers", name}, {"stats", name}, {"health", name}, {"net", name}, {"reach", name, "self"}, {"cgroup", name},
		{"files", "ls", name, "/"}, {"files", "stat", name, "/tmp"}, {"ns", name}} {
		check(0, args...)
	}
	check(1, "cgroup", name, "--memory")
	for _, kind := range []string{"cgroup", "ipc", "mnt", "net", "pid", "time", "user", "uts"} {
		link, err := os.Readlink(fmt.Sprintf("/proc/%d/ns/%s", started.PID, kind))
		if err != nil {
			t.Fatal(err)
		}
		check(0, "ns", link)
	}
	check(2, "demo", "--name", name, "--stop")
}
