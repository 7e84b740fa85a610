package manual

import (
	"bones/cmd/bones/internal/schema"
)

// JSONName is what the page about JSON is called, without its section, which is 5.
const JSONName = "bones-json"

const jsonSays = `With --json a command prints facts as JSON (RFC 8259): what is listed is an array, also if it has one
element or none, and what there is one of is an object. This page has every field. It and the JSON
Schema that bones schema prints are made from the types that the commands print.

Names of fields are stable, and a fact has the same name in every command. Sizes are in bytes, spans of
time in seconds, moments as RFC 3339 has them. PIDs, users and groups are those of this host; what a
container sees itself has a name that ends in _inside. What is not known is null and never 0, and the
object's errors say why under the name of the field. Lists are not null but where this page says so.
Strings are valid UTF-8, with U+FFFD for bytes that are none; what could deceive a terminal is written
as \u escapes.

With several hosts (--host A,B) the objects of containers, stats, health, events and ns also have the
field host, and health is an array with an object for each host.`

// JSONPage is bones-json(5): every field of what commands print with --json.
func JSONPage() string {
	p := &page{}
	p.raw(".TH BONES\\-JSON 5 \"\" bones \"bones manual\"")
	p.raw(".nh")
	p.raw(".SH NAME")
	p.raw("%s \\- what bones prints with \\-\\-json", Escape(JSONName))
	p.raw(".SH DESCRIPTION")
	p.prose(jsonSays)
	r, outputs := schema.NewReader(), schema.Outputs()
	p.raw(".SH OUTPUTS")
	for i := range outputs {
		o := &outputs[i]
		about, _ := r.Type(o.Type)
		of := string(o.Shape) + " of the type " + about.Name
		if o.Shape == schema.Array {
			of = "an array of " + about.Name
			if o.Also != nil {
				also, _ := r.Type(o.Also)
				of += " and " + also.Name
			}
		} else if o.Shape == schema.Lines {
			of = "one " + about.Name + " a line, as they come"
		}
		p.item(o.Title(), of+": "+about.Means)
	}
	p.raw(".SH TYPES")
	for _, t := range schema.Reached(outputs) {
		about, _ := r.Type(t)
		p.raw(".SS %s", Escape(about.Name))
		p.line(about.Means + ".")
		for _, f := range about.Fields {
			kind := r.Kind(f.Type)
			if f.Nullable {
				kind += " or null"
			}
			if f.Optional {
				kind += ", may be left out"
			}
			p.item(f.Name, f.Means+" ("+kind+")")
		}
	}
	p.raw(".SH SEE ALSO")
	p.line("bones(1), bones-schema(1)")
	return p.String()
}
