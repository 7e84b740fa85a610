package tui

import (
	"bytes"
	"cmp"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"syscall"
	"time"

	"bones/procwalk/text"
	"bones/ui"
	"bones/ui/meters"
	"bones/ui/rows"

	"github.com/BurntSushi/toml"
)

// savedState is what was changed in the terminal UI, beside the user's own file, which bones never writes. Of the two
// the later word counts: Config is what the user's file said of a setting when it was changed, and once that says
// something else the setting is taken from there again.
type savedState struct {
	Theme    *string           `toml:"theme,omitempty"`
	Interval *float64          `toml:"interval,omitempty"`
	Columns  []string          `toml:"columns,omitempty"`
	Details  *bool             `toml:"details,omitempty"`
	Wrap     *bool             `toml:"wrap,omitempty"`
	Meters   []string          `toml:"meters,omitempty"`
	Config   map[string]string `toml:"config,omitempty"`
}

const stateName = "state.toml"

// readState reads it. What cannot be read or is no setting is as if it were not there: it will be written anew.
func readState(dir string) *savedState {
	s := &savedState{}
	if dir == "" {
		return s
	}
	b, err := readOwned(filepath.Join(dir, stateName))
	if err != nil {
		return s
	}
	if _, err := toml.Decode(string(b), s); err != nil {
		return &savedState{}
	}
	if s.Theme != nil && checkTheme(*s.Theme) != nil {
		s.Theme = nil
	}
	if s.Interval != nil && !(*s.Interval >= ui.IntervalMin.Seconds() && *s.Interval <= ui.IntervalMax.Seconds()) {
		s.Interval = nil
	}
	s.Columns = slices.DeleteFunc(s.Columns, func(name string) bool { return rows.ColumnNamed(name) == nil })
	s.Meters = slices.DeleteFunc(s.Meters, func(name string) bool { return !meters.Known(name) })
	return s
}

// apply fills in the options that the command line has not decided. Without colours there is one theme only.
func (p *program) apply(o *ui.Options, config *userConfig, state *savedState) {
	given := p.Given
	later := func(key string) bool { return state.Config[key] == config.said[key] }
	switch {
	case p.NoColor:
		o.Theme = "mono"
	case given("theme"):
	case state.Theme != nil && later("theme"):
		o.Theme = *state.Theme
	default:
		o.Theme = config.theme
	}
	if !given("delay") {
		if state.Interval != nil && later("interval") {
			o.Interval = time.Duration(*state.Interval * float64(time.Second))
		} else if config.interval > 0 {
			o.Interval = config.interval
		}
	}
	if !given("columns") {
		if o.Columns = config.columns; len(state.Columns) > 0 && later("columns") {
			o.Columns = state.Columns
		}
	}
	if o.Meters = config.meters; state.Meters != nil && later("meters") {
		if o.Meters = state.Meters; slices.Equal(o.Meters, meters.Names()) {
			o.Meters = nil
		}
	}
	set := func(key string, remembered, said *bool) bool {
		switch {
		case remembered != nil && later(key):
			return *remembered
		case said != nil:
			return *said
		}
		return true
	}
	o.NoDetails, o.NoWrap = !set("details", state.Details, config.details), !set("wrap", state.Wrap, config.wrap)
	if !given("no-mouse") && config.mouse != nil {
		o.Mouse = *config.mouse
	}
	if !given("ascii") && config.ascii != nil {
		o.ASCII = *config.ascii
	}
	o.Sort, o.Reverse, o.Keys = config.sort, config.reverse, config.keys
}

// remember writes down what was changed between two times, if anything was.
func remember(dir string, config *userConfig, before, after ui.Settings) error {
	state := readState(dir) // another bones may have written meanwhile
	changed := false
	note := func(key string) {
		if state.Config == nil {
			state.Config = map[string]string{}
		}
		if delete(state.Config, key); config.said[key] != "" {
			state.Config[key] = config.said[key]
		}
		changed = true
	}
	if after.Theme != before.Theme {
		state.Theme = &after.Theme
		note("theme")
	}
	if after.Interval != before.Interval {
		seconds := after.Interval.Seconds()
		state.Interval = &seconds
		note("interval")
	}
	if !slices.Equal(after.Columns, before.Columns) {
		state.Columns = after.Columns
		note("columns")
	}
	if after.Details != before.Details {
		state.Details = &after.Details
		note("details")
	}
	if after.Wrap != before.Wrap {
		state.Wrap = &after.Wrap
		note("wrap")
	}
	if !slices.Equal(after.Meters, before.Meters) {
		if state.Meters = after.Meters; len(after.Meters) == 0 {
			state.Meters = meters.Names() // all of them, whatever the user's file says
		}
		note("meters")
	}
	if !changed {
		return nil
	}
	var b bytes.Buffer
	b.WriteString("# Written by bones: what was changed in its terminal UI. The file config beside this one is yours, " +
		"and counts where\n" +
		"# it was changed later. This one can be deleted.\n\n")
	if err := toml.NewEncoder(&b).Encode(state); err != nil {
		return err
	}
	return writeState(dir, b.Bytes())
}

// writeState replaces the file as a whole, within one directory that is ours.
func writeState(dir string, content []byte) (err error) {
	if err := oursToWrite(dir); err != nil {
		return err
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return err
	}
	defer root.Close()
	if st, err := root.Stat("."); err != nil || !isOurs(st) {
		return cmp.Or(err, errOthers)
	}
	temp := ".state-" + rand.Text()
	f, err := root.OpenFile(temp, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			root.Remove(temp)
		}
	}()
	_, err = f.Write(content)
	if err == nil {
		err = f.Sync()
	}
	if err = cmp.Or(err, f.Close()); err != nil {
		return err
	}
	return root.Rename(temp, stateName)
}

var errOthers = errors.New("it belongs to another user")

// oursToWrite says why nothing is written into a directory: as root through sudo, with the home of somebody else,
// files would come about there that their owner cannot change.
func oursToWrite(dir string) error {
	for at := dir; ; at = filepath.Dir(at) {
		st, err := os.Lstat(at) // a link must be ours, too: else somebody else says where root writes
		if err == nil && isOurs(st) {
			st, err = os.Stat(at)
		}
		switch {
		case errors.Is(err, os.ErrNotExist) && at != filepath.Dir(at):
			continue
		case err != nil:
			return err
		case !isOurs(st):
			return fmt.Errorf("%s: %w", text.Line(at), errOthers)
		}
		return nil
	}
}

func isOurs(st os.FileInfo) bool {
	s, ok := st.Sys().(*syscall.Stat_t)
	return ok && int(s.Uid) == os.Geteuid()
}
