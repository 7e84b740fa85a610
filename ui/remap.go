package ui

import (
	"bones/ui/kit"
	"fmt"
	"maps"
	"slices"
	"strings"

	"bones/procwalk/text"
)

// The user may give actions other keys: by the name of the action, with that of the view in front where it belongs to
// one ("quit", "cgroups.edit"). What is dispatched, shown in the footer and on the help page stays one table.

// fixed are keys that keep their action whatever the user says: without them there would be no way out of a mistake.
var fixed = []struct{ key, action string }{{"Esc", "back"}, {"Enter", "into"}, {"F1", "help"}, {"^c", "quit"}}

// address is the name of an action for the user's file; view is "" for those that work in every view.
func address(view, action string) string {
	name := strings.ReplaceAll(strings.ToLower(action), " ", "-")
	if view == "" {
		return name
	}
	return strings.ToLower(view) + "." + name
}

// remapped returns the keys of a view with what the user changed.
func (u *UI) remapped(v kit.View) []kit.Binding { return remap(u.viewKeys(v), v.Name(), u.keys) }

func remap(table []kit.Binding, view string, keys map[string]string) []kit.Binding {
	for i := 0; i < len(table) && len(keys) > 0; i++ { // most users change none: no names are made for each drawing
		to, ok := keys[address(view, table[i].Action)]
		if !ok {
			continue
		}
		if view == "" {
			for _, f := range fixed {
				if f.action == table[i].Action && !slices.Contains(strings.Fields(to), f.key) {
					to = strings.TrimSpace(to + " " + f.key)
				}
			}
		}
		table[i].Keys = to
	}
	return table
}

// KeyProblem is what is wrong with what a user says about the keys of an action, which then keeps those that it has.
type KeyProblem struct{ Name, Why string }

// setKeys gives actions the keys that the user asked for, and tells what is wrong with those that are left as they
// were.
func (u *UI) setKeys(asked map[string]string) (problems []KeyProblem) {
	if len(asked) == 0 {
		return nil
	}
	tell := func(name, format string, args ...any) {
		problems = append(problems, KeyProblem{name, fmt.Sprintf(format, args...)})
	}
	names := map[string]string{} // as the user wrote them
	known := map[string]bool{}
	for _, k := range u.globalKeys() {
		known[address("", k.Action)] = true
	}
	for _, v := range u.views {
		for _, k := range v.Keys() {
			known[address(v.Name(), k.Action)] = true
		}
	}
	u.keys = map[string]string{}
next:
	for _, name := range slices.Sorted(maps.Keys(asked)) {
		to := strings.ReplaceAll(strings.ToLower(name), " ", "-")
		if !known[to] {
			tell(name, "there is no such action; the palette lists them: NAME or VIEW.NAME, with - for a blank")
			continue
		}
		if other, twice := names[to]; twice {
			tell(name, "that is the same action as %s, which is there already", text.Line(other))
			continue
		}
		for key := range strings.FieldsSeq(asked[name]) {
			if why := kit.BadKey(key); why != "" {
				tell(name, "%s", why)
				continue next
			}
			for _, f := range fixed {
				if key == f.key && to != f.action {
					tell(name, "%s always means %s", key, f.action)
					continue next
				}
			}
		}
		u.keys[to], names[to] = strings.Join(strings.Fields(asked[name]), " "), name
	}
	// Each round gives at least one action its own key back, which may be in the way of another.
	for clash := u.clash(); clash != nil; clash = u.clash() {
		for _, c := range clash {
			if _, ok := u.keys[c.name]; ok {
				delete(u.keys, c.name)
				tell(names[c.name], "%s is also the key of %s", c.key, c.other)
			}
		}
	}
	return problems
}

// keyClash is a key that means two things in one view.
type keyClash struct{ key, name, other string }

// clash finds the first key that means two things, and returns those of the two that the user changed.
func (u *UI) clash() []keyClash {
	for _, v := range u.views {
		owner := map[string]string{}
		global, own := remap(u.globalKeys(), "", u.keys), u.remapped(v)
		for i, k := range append(global, own...) {
			name := address("", k.Action)
			if i >= len(global) {
				name = address(v.Name(), k.Action)
			}
			for key := range strings.FieldsSeq(k.Keys) {
				other, twice := owner[key]
				owner[key] = name
				if !twice {
					continue
				}
				var found []keyClash
				for _, c := range []keyClash{{key, name, other}, {key, other, name}} {
					if _, ok := u.keys[c.name]; ok {
						found = append(found, c)
					}
				}
				if len(found) > 0 {
					return found
				}
			}
		}
	}
	return nil
}

// KeyProblems tells what is wrong with a user's keys.
func KeyProblems(keys map[string]string) []KeyProblem {
	u := New(Options{})
	defer u.cancel()
	return u.setKeys(keys)
}

// keyFor is the first key of an action, for messages that name it; if it has none, what does the same in the palette.
func (u *UI) keyFor(action string) string {
	if k := u.actionNamed(action); k != nil && k.Keys != "" {
		key, _, _ := strings.Cut(k.Keys, " ")
		return key
	}
	return ":" + action
}
