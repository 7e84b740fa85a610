package tui

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"bones/cmd/bones/internal/ours"
	"bones/procwalk/bounded"
	"bones/procwalk/fault"
	"bones/procwalk/span"
	"bones/procwalk/text"
	"bones/ui"
	"bones/ui/meters"
	"bones/ui/rows"

	"github.com/BurntSushi/toml"
	"golang.org/x/sys/unix"
)

// userConfig is what the user's file says about the terminal UI. What it does not mention is zero. bones only reads
// it.
type userConfig struct {
	theme         string
	interval      time.Duration
	columns       []string
	meters        []string
	sort          string
	reverse       bool
	details, wrap *bool
	mouse, ascii  *bool
	keys          map[string]string

	said  map[string]string // each setting that it has, and the value as it stands there
	found []found
}

// found is something wrong with the file.
type found struct {
	line int
	text string
}

// configDir returns where the user's configuration is, by the XDG base directory specification.
func configDir() (string, error) {
	if dir := os.Getenv("XDG_CONFIG_HOME"); filepath.IsAbs(dir) {
		return filepath.Join(dir, "bones"), nil
	}
	home, err := os.UserHomeDir()
	if err != nil || !filepath.IsAbs(home) {
		return "", errors.New("there is no home directory")
	}
	return filepath.Join(home, ".config", "bones"), nil
}

// maxConfig is how long a configuration file may be.
const maxConfig = 64 << 10

// readOwned reads a regular file of at most maxConfig bytes.
func readOwned(path string) ([]byte, error) {
	f, err := ours.OpenPlain(unix.AT_FDCWD, path, path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	st, err := f.Stat()
	switch {
	case err != nil:
		return nil, err
	case !isOurs(st) && !isRoots(st): // root with the home of another: that one's keys are not root's
		return nil, fmt.Errorf("%s: %w; it is left out", path, errOthers)
	}
	b, err := bounded.ReadAll(f, maxConfig)
	if errors.Is(err, bounded.ErrTooLong) {
		err = fmt.Errorf("%s: longer than %d KiB", path, maxConfig>>10)
	}
	return b, err
}

// isRoots reports whether root owns a file: an administrator may have made it for everybody.
func isRoots(st os.FileInfo) bool {
	s, ok := st.Sys().(*syscall.Stat_t)
	return ok && s.Uid == 0
}

// readConfig reads the file. What is wrong with a key is a problem, and the key is as if it were not there.
func readConfig(path string) *userConfig {
	c := &userConfig{keys: map[string]string{}, said: map[string]string{}}
	b, err := readOwned(path)
	switch {
	case errors.Is(err, os.ErrNotExist), errors.Is(err, unix.ENOTDIR):
		return c
	case err != nil:
		c.found = append(c.found, found{text: fault.Line(err)})
		return c
	}
	var all map[string]toml.Primitive
	meta, err := toml.Decode(string(b), &all)
	if err != nil {
		c.problem(path, "", err)
		return c
	}
	for name, p := range all {
		if name == "keys" {
			continue
		}
		v := value(func(x any) error {
			err := c.set(name, x)
			if err == nil {
				c.said[name] = fmt.Sprint(x)
			}
			return err
		})
		if err := meta.PrimitiveDecode(p, &v); err != nil {
			c.problem(path, name, err)
		}
	}
	if p, ok := all["keys"]; ok {
		lines := map[string]int{}
		c.takeKeys(path, &meta, "", p, lines)
		for _, k := range ui.KeyProblems(c.keys) {
			c.found = append(c.found, found{lines[k.Name], fmt.Sprintf("%s: line %d: keys: %s: %s", text.Line(path),
				lines[k.Name], text.Line(k.Name), k.Why)})
			delete(c.keys, k.Name)
		}
	}
	slices.SortStableFunc(c.found, func(a, b found) int { return a.line - b.line })
	return c
}

// value takes a value of the file. Its error comes back with the line that the value is on.
type value func(any) error

// UnmarshalTOML implements toml.Unmarshaler.
func (v *value) UnmarshalTOML(x any) error { return (*v)(x) }

func (c *userConfig) problem(path, key string, err error) {
	if key != "" {
		key += ": "
	}
	line, at := 0, toml.ParseError{}
	if errors.As(err, &at) {
		if line = at.Position.Line; line > 0 { // tables that are made by a dot have none
			path += fmt.Sprintf(": line %d", line)
		}
		err = errors.New(strings.TrimSpace(at.Message))
	}
	c.found = append(c.found, found{line, text.Line(fmt.Sprintf("%s: %s%s", path, key, err))})
}

// problems are what is wrong with the file, one line each, in its order.
func (c *userConfig) problems() []string {
	var list []string
	for _, f := range c.found {
		list = append(list, f.text)
	}
	return list
}

// set takes one key.
//
// Long: one case for each key.
func (c *userConfig) set(key string, x any) error {
	word := func(to *string, check func(string) error) error {
		s, ok := x.(string)
		if !ok {
			return errors.New(`it must be a text, as in "x"`)
		}
		err := check(s)
		if err == nil {
			*to = s
		}
		return err
	}
	yes := func(to **bool) error {
		b, ok := x.(bool)
		if !ok {
			return errors.New("it must be true or false")
		}
		*to = &b
		return nil
	}
	switch key {
	case "theme":
		return word(&c.theme, checkTheme)
	case "interval":
		every, err := span.Interval(fmt.Sprint(x), ui.IntervalMin, ui.IntervalMax) // a number, or a text such as "5s"
		if err != nil {
			return err
		}
		c.interval = every
	case "columns":
		list, ok := x.([]any)
		if !ok {
			return errors.New(`it must be a list, as in ["pid", "user"]`)
		}
		var names []string
		for _, e := range list {
			name, ok := e.(string)
			if !ok {
				return errors.New(`it must be a list of names, as in ["pid", "user"]`)
			}
			if err := checkColumn(name); err != nil {
				return err
			}
			names = append(names, rows.ColumnNamed(name).Name)
		}
		c.columns = names
	case "meters":
		list, ok := x.([]any)
		if !ok {
			return errors.New(`it must be a list, as in ["cpu", "memory"]`)
		}
		c.meters = []string{}
		for _, e := range list {
			name, _ := e.(string)
			if !meters.Known(name) {
				return fmt.Errorf("there is no meter %q; there are %s", text.New(name), strings.Join(meters.Names(), ", "))
			}
			c.meters = append(c.meters, name)
		}
	case "sort":
		var s string
		err := word(&s, func(s string) error { return checkColumn(strings.TrimPrefix(s, "-")) })
		name, down := strings.CutPrefix(s, "-")
		if err == nil && name != "" {
			// As for ps --sort: - is the greatest first, whatever the column does by itself.
			c.sort, c.reverse = name, down == rows.ColumnNamed(name).Ascending()
		}
		return err
	case "details":
		return yes(&c.details)
	case "wrap":
		return yes(&c.wrap)
	case "mouse":
		return yes(&c.mouse)
	case "ascii":
		return yes(&c.ascii)
	default:
		return errors.New("there is no such setting; there are theme, interval, columns, meters, sort, details, wrap, " +
			"mouse, ascii and the table [keys]")
	}
	return nil
}

func checkTheme(name string) error {
	if !slices.Contains(ui.Themes(), name) {
		return fmt.Errorf("there is no theme %q; there are %s", text.New(name), strings.Join(ui.Themes(), ", "))
	}
	return nil
}

func checkColumn(name string) error {
	if rows.ColumnNamed(name) == nil {
		return fmt.Errorf("there is no column %q; in the terminal UI the key c lists them", text.New(name))
	}
	return nil
}

// takeKeys takes the table of keys: "cgroups.edit" in quotes, and without them, is the same.
func (c *userConfig) takeKeys(path string, meta *toml.MetaData, prefix string, p toml.Primitive,
	lines map[string]int) {
	var table map[string]toml.Primitive
	if err := meta.PrimitiveDecode(p, &table); err != nil || table == nil {
		c.problem(path, "keys", cmp.Or(err,
			errors.New(`it must be a table: a line [keys], and below it lines such as quit = "q F10"`)))
		return
	}
	for name, p := range table {
		name = prefix + name
		var keys string
		v := value(func(x any) error {
			switch x := x.(type) {
			case string:
				keys = x
				return errSeen
			case map[string]any:
				if prefix == "" {
					return nil
				}
			}
			return errors.New(`it must be a text: keys separated by blanks, as in "q F10"`)
		})
		err := meta.PrimitiveDecode(p, &v)
		var at toml.ParseError
		switch {
		case err == nil:
			c.takeKeys(path, meta, name+".", p, lines)
		case errors.As(err, &at) && at.Message == errSeen.Error():
			c.keys[name], lines[name] = keys, at.Position.Line
		default:
			c.problem(path, "keys: "+name, err)
		}
	}
}

// errSeen is no error: it comes back with the line that a value is on.
var errSeen = errors.New("seen")
