package terminal

import (
	"fmt"
	"reflect"
	"strings"

	"bones/procwalk/text"

	"github.com/gdamore/tcell/v2"
	"github.com/gdamore/tcell/v2/terminfo"
)

// families say what stands in for a terminal that is not known, by how its name begins. The last one is what every
// terminal since the VT100 understands, but for colours.
var families = []struct{ begins, like string }{
	{"xterm", "xterm-256color"}, {"rxvt", "rxvt"}, {"tmux", "tmux"}, {"screen", "screen"}, {"linux", "linux"},
	{"alacritty", "xterm-256color"}, {"foot", "xterm-256color"}, {"ghostty", "xterm-256color"},
	{"gnome", "xterm-256color"}, {"kitty", "xterm-256color"}, {"konsole", "xterm-256color"}, {"mlterm", "xterm-256color"},
	{"putty", "xterm-256color"}, {"st-", "xterm-256color"}, {"vte", "xterm-256color"}, {"wezterm", "xterm-256color"},
	{"vt2", "vt220"}, {"vt3", "vt220"}, {"vt4", "vt220"}, {"vt5", "vt220"},
	{"", "vt100"},
}

// describe returns how the terminal that TERM names is driven, without padding. For one that nobody here knows it is
// another of its family, and said tells so.
func describe(name string) (ti *terminfo.Terminfo, said string, err error) {
	if ti, err := tcell.LookupTerminfo(name); err == nil {
		return unpadded(ti), "", nil
	}
	for _, f := range families {
		if !strings.HasPrefix(name, f.begins) {
			continue
		}
		ti, err := tcell.LookupTerminfo(f.like)
		if err != nil {
			continue
		}
		return unpadded(ti), fmt.Sprintf("TERM=%s is not known here: bones draws as for %s", text.Sanitise(name), f.like),
			nil
	}
	return nil, "", fmt.Errorf("no description of a terminal for TERM=%s", text.Sanitise(name))
}

// padding is a delay in the description of a terminal that was slower than its line, as "$<5>" or "$<2.5*/>". tcell
// sleeps for it at each cell.
//
// Source: terminfo(5), "Delays and Padding".
var padding = text.Pattern(`\$<[0-9.*/]*>`)

// unpadded returns a copy of a description that asks for no delay. The terminals that need some have not been made for
// forty years; emulators and serial lines, whose entries have them still, do not.
func unpadded(ti *terminfo.Terminfo) *terminfo.Terminfo {
	c := *ti
	v := reflect.ValueOf(&c).Elem()
	for i := range v.NumField() {
		if f := v.Field(i); f.Kind() == reflect.String && f.CanSet() {
			f.SetString(padding().ReplaceAllString(f.String(), ""))
		}
	}
	c.PadChar = ""
	return &c
}
