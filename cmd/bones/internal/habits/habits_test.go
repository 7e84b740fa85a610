package habits

import (
	"errors"
	"strings"
	"testing"

	"github.com/spf13/cobra"
)

// tree is a program with the commands whose lines are rewritten.
func tree() *cobra.Command {
	root := &cobra.Command{Use: "bones"}
	root.PersistentFlags().String("proc", "/proc", "")
	root.PersistentFlags().Bool("json", false, "")
	run := func(*cobra.Command, []string) {}
	enter := &cobra.Command{Use: "enter TARGET [flags] [-- CMD [ARG...]]", Run: run}
	enter.Flags().StringP("namespaces", "n", "", "")
	enter.Flags().BoolP("tty", "t", false, "")
	enter.Flags().BoolP("interactive", "i", false, "")
	kill := &cobra.Command{Use: "kill TARGET", Run: run}
	kill.Flags().StringP("signal", "s", "TERM", "")
	set := &cobra.Command{Use: "set TARGET FILE=VALUE...", Run: run}
	root.AddCommand(enter, kill, set, &cobra.Command{Use: "ps", Run: run}, &cobra.Command{Use: "freeze", Run: run},
		&cobra.Command{Use: "containers", Aliases: []string{"ls"}, Run: run})
	return root
}

func TestRewrite(t *testing.T) {
	for line, want := range map[string]string{
		"--version":                "version",
		"--json --version":         "version --json",
		"ps aux":                   "ps --aux",
		"ps auxww":                 "ps --aux --wide",
		"ps auxf":                  "ps --aux --forest",
		"ps -aux web":              "ps --aux web",
		"ps axjf":                  "ps",
		"ps -e":                    "ps",
		"ps web":                   "ps web",
		"ps name:aux":              "ps name:aux",
		"--proc /proc ps aux":      "--proc /proc ps --aux",
		"kill -9 web":              "kill --signal 9 web",
		"kill web -KILL":           "kill web --signal KILL",
		"kill -SIGTERM 12":         "kill --signal SIGTERM 12",
		"kill -s HUP 12":           "kill -s HUP 12",
		"kill -sHUP 12":            "kill -sHUP 12",
		"kill -- -9":               "kill -- -9",
		"enter web ls -l /":        "enter web -- ls -l /",
		"enter web -- ls -l":       "enter web -- ls -l",
		"enter web -n net ip link": "enter web -n net -- ip link",
		"enter -n net web ip -4 a": "enter -n net web -- ip -4 a",
		"enter web":                "enter web",
		"exec -it web sh -c 'a b'": "enter -it web -- sh -c 'a b'",
		"exec web ls --all":        "enter web -- ls --all",
		"pause web":                "freeze web",
		"unpause web":              "thaw web",
		"set web memory=1G":        "set web memory=1G",
		"__complete ps aux":        "__complete ps aux",
		"":                         "",
	} {
		if got := strings.Join(Rewrite(tree(), strings.Fields(line)), " "); got != want {
			t.Errorf("%q becomes %q, want %q", line, got, want)
		}
	}
}

func TestExplain(t *testing.T) {
	root := tree()
	find := func(name string) *cobra.Command {
		c, _, err := root.Find([]string{name})
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	for _, c := range []struct {
		command *cobra.Command
		said    string
		want    []string
	}{
		{find("kill"), "accepts 1 arg(s), received 0", []string{
			"TARGET is missing: bones kill TARGET", "bones containers"}},
		{find("kill"), "accepts 1 arg(s), received 3", []string{
			"3 arguments were given, but it takes at most 1: bones kill TARGET"}},
		{find("set"), "requires at least 2 arg(s), only received 1", []string{
			"FILE=VALUE is missing: bones set TARGET FILE=VALUE..."}},
		{find("enter"), "requires at least 1 arg(s), only received 0", []string{
			"TARGET is missing: bones enter TARGET"}},
		{find("kill"), "unknown flag: --singal", []string{
			"no flag --singal", "did you mean --signal?", "bones kill --help"}},
		{root, `unknown command "contaners" for "bones"`, []string{`no command "contaners"`, "did you mean containers?"}},
		{root, `unknown command "zzz\x1b[2J" for "bones"`, []string{"no command", "see `bones --help`"}},
		{root, `unknown command "con\x1b[31mtainers" for "bones"`, []string{`no command "con\x1b[31mtainers"`}},
		{find("set"), "accepts between 1 and 2 arg(s), received 5", []string{
			"5 arguments were given, but it takes at most 2: bones set"}},
		{find("kill"), "unknown shorthand flag: 'd' in -dx", []string{"bones kill has no flag -d; see"}},
		{find("kill"), "something else", []string{"something else; see `bones kill --help`"}},
	} {
		got := Explain(c.command, errors.New(c.said)).Error()
		for _, want := range c.want {
			if !strings.Contains(got, want) {
				t.Errorf("%s: %q lacks %q", c.said, got, want)
			}
		}
		if strings.ContainsAny(got, "\x1b\n") {
			t.Errorf("%q is not safe", got)
		}
	}
}

// TestExplainValues: what is wrong with the value of a flag is said in words of a user, not in those of strconv.
func TestExplainValues(t *testing.T) {
	c := &cobra.Command{Use: "stats"}
	flags := c.Flags()
	flags.Float64P("interval", "d", 1, "")
	flags.Int("count", 0, "")
	flags.Uint("most", 0, "")
	flags.Bool("once", false, "")
	flags.Func("map", "", func(s string) error { return errors.New("it must be OUTER,INNER") })
	for _, v := range []struct{ flag, want string }{
		{"--interval=1,5", `--interval "1,5": give a number such as 2 or 0.5; see`},
		{"-d=x", `--interval "x": give a number`},
		{"--interval=1e309", `--interval "1e309": it is too large; see`}, {"--count=1.5", `--count "1.5": give a whole number; see`},
		{"--most=-1", `--most "-1": give a whole number that is not negative; see`}, {"--once=maybe", `--once "maybe": give true or false; see`},
		{"--count=99999999999999999999", `--count "99999999999999999999": it is too large; see`},
		{"--count=-99999999999999999999", "it is too small"}, {"--most=-99999999999999999999", "not negative"},
		{"--most=99999999999999999999", "it is too large"}, {"--most=x", "give a whole number; see"},
		{"--map=1", "--map: it must be OUTER,INNER; see"}, {"--count=\x1b[2J", "give a whole number"},
	} {
		err := c.ParseFlags([]string{v.flag})
		if err == nil {
			t.Fatalf("%q was taken", v.flag)
		}
		got := Explain(c, err).Error()
		if !strings.Contains(got, v.want) || strings.Contains(got, "strconv") || strings.ContainsAny(got, "\x1b\n") {
			t.Errorf("%q: %q; want %q", v.flag, got, v.want)
		}
	}
}
