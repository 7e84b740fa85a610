package netview

import (
	"fmt"
	"strings"

	"bones/nsview/sockets"
	"bones/procwalk/text"
	"bones/ui/rows"
)

// What follows puts what was found into sections, for the terminal UI, and for `bones reach`.

// mostTried is how many ports are named in one answer.
const mostTried = 20

// Sections is the answer, with the evidence.
func (r *Reach) Sections() []rows.Section {
	var list []rows.Section
	for i := range r.Ways {
		list = append(list, r.Ways[i].section())
	}
	spaces := rows.Section{Title: "Namespaces"}
	var shared, own []string
	for _, n := range r.Namespaces {
		switch {
		case n.Shared:
			shared = append(shared, n.Type.String())
		case n.A == 0 || n.B == 0:
			own = append(own, n.Type.String()+" (not seen)")
		default:
			own = append(own, n.Type.String())
		}
	}
	add := func(label string, names []string) {
		said := strings.Join(names, ", ")
		if said == "" {
			said = "none"
		}
		spaces.Lines = append(spaces.Lines, rows.Line{Label: label, Value: said})
	}
	add("shared", shared)
	add("different", own)
	unchecked := rows.Section{Title: "Not checked"}
	for _, s := range NotChecked {
		unchecked.Lines = append(unchecked.Lines, rows.Line{Value: s, Style: rows.Dim})
	}
	hand := rows.Section{Title: "By hand"}
	for _, s := range r.ByHand() {
		hand.Lines = append(hand.Lines, rows.Line{Value: text.Line(s)})
	}
	return append(list, spaces, unchecked, hand)
}

// section is one direction: the answer in a sentence first.
func (d *Direction) section() rows.Section {
	style := map[Verdict]rows.Style{Yes: rows.Good, Perhaps: rows.Warn, No: rows.Bad}[d.Verdict]
	s := rows.Section{Title: fmt.Sprintf("%s to %s", d.From.Name, d.To.Name)}
	s.Lines = append(s.Lines, rows.Line{Label: string(d.Verdict), Value: d.Why, Style: style})
	for _, f := range d.Facts {
		line := rows.Line{Value: f.Text}
		if f.Against {
			line.Label, line.Style = "between", rows.Bad
		}
		s.Lines = append(s.Lines, line)
	}
	for i := range d.Ports {
		if i == mostTried {
			s.Lines = append(s.Lines, rows.Line{Label: "try",
				Value: fmt.Sprintf("and %d more: bones ports shows them", len(d.Ports)-i)})
			break
		}
		p := &d.Ports[i]
		s.Lines = append(s.Lines, rows.Line{Label: "try",
			Value: fmt.Sprintf("%s %s (%s)", p.Protocol, joinHost(d.At, p.Local.Port()), p.owner())})
	}
	if d.Verdict != No && len(d.Ports) == 0 {
		s.Lines = append(s.Lines, rows.Line{Label: "try", Value: d.To.Name + " listens on nothing there", Style: rows.Warn})
	}
	if d.Inner > 0 {
		s.Lines = append(s.Lines, rows.Line{Label: "only inside",
			Value: fmt.Sprintf("%d sockets of %s listen on its loopback addresses alone", d.Inner, d.To.Name), Style: rows.Dim})
	}
	return s
}

func joinHost(host string, port uint16) string {
	if strings.Contains(host, ":") {
		host = "[" + host + "]"
	}
	return fmt.Sprintf("%s:%d", host, port)
}

// owner is who has a socket open: nginx 1234.
func (p *Port) owner() string {
	if len(p.Holders) == 0 {
		return "no process that is seen"
	}
	return p.ProcessText() + " " + p.PIDText()
}

// PortSections are the sockets of a scope: what listens, and what is connected.
func PortSections(scope Scope, list []Port, notes []string) []rows.Section {
	listening, connected := rows.Section{Title: "Listening"}, rows.Section{Title: "Connected"}
	for i := range list {
		p := &list[i]
		if p.Listening() {
			where := p.LocalText()
			if len(scope.Spaces) > 1 {
				where += "  " + p.Space.Label()
			}
			listening.Lines = append(listening.Lines, rows.Line{Label: string(p.Protocol),
				Value: fmt.Sprintf("%s (%s)", where, p.owner()), Style: rows.Plain})
			continue
		}
		line := rows.Line{Label: string(p.Protocol), Value: fmt.Sprintf("%s - %s  %s (%s)", p.LocalText(), p.PeerText(),
			p.State, p.owner())}
		if p.State != sockets.Established {
			line.Style = rows.Dim
		}
		if p.HasBytes {
			line.Value += fmt.Sprintf("  sent %s, received %s", rows.Size(p.Acked), rows.Size(p.Received))
		}
		connected.Lines = append(connected.Lines, line)
	}
	for _, s := range []*rows.Section{&listening, &connected} {
		if len(s.Lines) == 0 {
			s.Lines = []rows.Line{{Value: "nothing", Style: rows.Dim}}
		}
	}
	sections := append([]rows.Section{listening, connected}, NoteSections(scope, notes)...)
	return append(sections, handSection(scope, "ss", "-tuapn"))
}

// InterfaceSections are the interfaces of a scope, a section for each namespace.
func InterfaceSections(scope Scope, list []Interface, notes []string) []rows.Section {
	var all []rows.Section
	var last *Space
	for i := range list {
		l := &list[i]
		if l.Space != last {
			last = l.Space
			all = append(all, rows.Section{Title: "Network of " + l.Space.Label()})
		}
		s := &all[len(all)-1]
		state := l.State
		if !l.Up {
			state = "off"
		}
		line := rows.Line{Label: text.Line(l.Name.Raw()), Value: fmt.Sprintf("%s %s, MTU %d, %s", l.Kind, state, l.MTU,
			l.AddressText())}
		if !l.Up {
			line.Style = rows.Dim
		}
		s.Lines = append(s.Lines, line)
		if l.Peer != 0 {
			s.Lines = append(s.Lines, rows.Line{Value: "  its other end is " + l.PeerText()})
		}
		if l.Bridge != nil {
			s.Lines = append(s.Lines, rows.Line{Value: "  port of " + l.BridgeText()})
		}
		traffic := fmt.Sprintf("  received %s, sent %s", rows.Size(l.Rx.Bytes), rows.Size(l.Tx.Bytes))
		if n := l.Rx.Dropped + l.Tx.Dropped; n > 0 {
			traffic += fmt.Sprintf(", %d packets dropped", n)
		}
		s.Lines = append(s.Lines, rows.Line{Value: traffic, Style: rows.Dim})
	}
	return append(append(all, NoteSections(scope, notes)...), handSection(scope, "ip", "-s", "addr"))
}

// mostByHand is of how many namespaces the command by hand is shown.
const mostByHand = 5

// handSection is the command that shows the same, of each namespace.
func handSection(scope Scope, command ...string) rows.Section {
	s := rows.Section{Title: "By hand"}
	for i, space := range scope.Spaces {
		if i == mostByHand {
			s.Lines = append(s.Lines, rows.Line{Value: "and so on, for each network namespace", Style: rows.Dim})
			break
		}
		s.Lines = append(s.Lines, rows.Line{Value: text.Line(space.ByHand(command...))})
	}
	return s
}

// NoteSections is what is to be known of what is shown of a scope; none where that is nothing.
func NoteSections(scope Scope, notes []string) []rows.Section {
	s := rows.Section{Title: "To know"}
	if scope.Shared != "" {
		s.Lines = append(s.Lines, rows.Line{Value: fmt.Sprintf("%s shares its network namespace with %s: only the sockets "+
			"of its own processes are shown", scope.Name, text.Line(scope.Shared)), Style: rows.Warn})
	}
	for _, n := range notes {
		s.Lines = append(s.Lines, rows.Line{Value: text.Line(n), Style: rows.Warn})
	}
	if len(s.Lines) == 0 {
		return nil
	}
	return []rows.Section{s}
}
