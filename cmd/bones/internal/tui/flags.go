package tui

import (
	"fmt"
	"path/filepath"
	"strings"
	"time"

	"bones/cmd/bones/internal/timespan"
	"bones/ui"

	"github.com/spf13/pflag"
)

// Flags are the options of the terminal UI on the command line.
type Flags struct {
	delay   time.Duration
	columns []string
	ascii   bool
	noMouse bool
	theme   string
}

// Register makes them flags of a command.
func (f *Flags) Register(set *pflag.FlagSet) {
	f.delay = time.Second
	timespan.IntervalVar(set, &f.delay, "delay", "d", "refresh the terminal UI every `TIME`: 2, 0.5, 5s, 1m",
		ui.IntervalMin, ui.IntervalMax)
	set.StringSliceVar(&f.columns, "columns", nil, "show the columns `NAMES` in the process table of the terminal UI")
	set.BoolVar(&f.ascii, "ascii", false, "draw with ASCII characters only")
	set.StringVar(&f.theme, "theme", "",
		"draw the terminal UI in the colours of the theme `NAME`: "+strings.Join(ui.Themes(), ", "))
	set.BoolVar(&f.noMouse, "no-mouse", false, "leave the mouse to the terminal")
}

// Args are the flags again, for another process.
func (f *Flags) Args() []string {
	args := []string{"--delay=" + f.delay.String(), fmt.Sprintf("--ascii=%v", f.ascii),
		fmt.Sprintf("--no-mouse=%v", f.noMouse)}
	if len(f.columns) > 0 {
		args = append(args, "--columns="+strings.Join(f.columns, ","))
	}
	if f.theme != "" {
		args = append(args, "--theme="+f.theme)
	}
	return args
}

// Check says what is wrong with one of them.
func (f *Flags) Check() error {
	for _, name := range f.columns {
		if err := checkColumn(name); err != nil {
			return fmt.Errorf("--columns: %w", err)
		}
	}
	if f.theme != "" {
		if err := checkTheme(f.theme); err != nil {
			return fmt.Errorf("--theme: %w", err)
		}
	}
	return nil
}

// ConfigProblems says, one line each, what is wrong with the user's configuration file.
func ConfigProblems() []string {
	dir, err := configDir()
	if err != nil {
		return nil
	}
	return readConfig(filepath.Join(dir, "config")).problems()
}
