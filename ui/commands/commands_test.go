package commands

import (
	"strings"
	"testing"

	"bones/ui/kit"
	"bones/ui/rows"
)

func TestAssignments(t *testing.T) {
	for line, want := range map[string]string{
		"web --memory 1g":                  "web: memory=1g",
		"--memory=1g web":                  "web: memory=1g",
		"-m 512m --cpus 1.5 web":           "web: memory=512m cpus=1.5",
		"web --pids-limit 100":             "web: pids=100",
		"web memory=1G cpus=max --persist": "web: memory=1G cpus=max --persist",
		"web memory.high=1G":               "web: memory.high=1G",
		"web":                              "web:",
		"":                                 ":",
		"web --memory":                     "! wants a value",
		"web --cpu-shares 3":               "! is not known here",
		"web db memory=1g":                 `! "db" is neither`,
		"'my web' --memory '1 g'":          "my web: memory=1 g",
		`web "io.max=8:0 rbps=1"`:          "web: io.max=8:0 rbps=1",
	} {
		target, words, problem := Assignments(words(t, line))
		got := strings.TrimSpace(target + ": " + strings.Join(words, " "))
		if problem != "" {
			got = "!" + problem
		}
		if part, bad := strings.CutPrefix(want, "!"); bad && (problem == "" ||
			!strings.Contains(got, strings.TrimSpace(part))) ||
			!bad && got != want {
			t.Errorf("%q is %q, want %q", line, got, want)
		}
	}
}

func TestLogsAreQuoted(t *testing.T) {
	got, err := Logs("docker", "we b; reboot", "0123")
	if err != nil || got != "docker logs --follow 'we b; reboot'" {
		t.Errorf("%q, %v", got, err)
	}
	if _, err := Logs("bones", "x", "y"); err == nil {
		t.Error("no engine has logs")
	}
}

// words are those of a line that can be split.
func words(t *testing.T, line string) []string {
	t.Helper()
	list, err := kit.SplitWords(line)
	if err != nil {
		t.Fatal(err)
	}
	return list
}

// heard is a Program that keeps what it is asked for.
type heard struct {
	Program
	said string
}

func (h *heard) Go(_ int, target string) bool { h.said += "go " + target; return true }
func (h *heard) Enter(program string)         { h.said += "; enter " + program }
func (h *heard) Ports(target string)          { h.said += "ports " + target }
func (h *heard) Files(target, path string)    { h.said += "files " + target + "; " + path }
func (h *heard) Filter(string)                {}
func (h *heard) Copy(c Copy)                  { h.said += c.Target + "; " + c.Path + "; " + c.Local }
func (h *heard) Notice(_ rows.Style, s string) {
	h.said += "! " + s
}

// TestQuotes: what is quoted is one word, and a program keeps its quotes until it is started.
func TestQuotes(t *testing.T) {
	for line, want := range map[string]string{
		"enter -it web sh -c 'echo a  b'": "go web; enter sh -c 'echo a  b'",
		"enter 'my web' -- ls":            "go my web; enter ls",
		"enter web":                       "go web; enter ",
		"ports 'my web'":                  "ports my web",
		"ports my web":                    "ports my web",
		"top 'my web'":                    "go my web",
		"files web '/a b'":                "files web; /a b",
		"files web /a b":                  "files web; /a b",
		"files web:/a":                    "files web; /a",
		"files web /a  b":                 "files web; /a  b",
		"files /a  b":                     "files ; /a  b",
		"files '/a  b'/c  d":              "files ; /a  b/c  d",
		"files 'my web':/a  b":            "files my web; /a  b",
		"files 'my web' /a":               "files my web; /a",
		"files":                           "files ; ",
		"get web '/a b' 'c d'":            "web; /a b; c d",
		"enter 'web":                      "! a quote is not closed",
		"ports 'web":                      "! a quote is not closed",
		"files web '/a":                   "! a quote is not closed",
		"kill 'web":                       "! a quote is not closed",
		"set 'web":                        "! a quote is not closed",
		"get 'web":                        "! a quote is not closed",
	} {
		h := &heard{}
		word, rest, _ := strings.Cut(line, " ")
		kit.FindWord(Words(h, func(string) string { return "" }), word).Do(rest)
		if got := h.said; got != want && (!strings.HasPrefix(want, "!") || !strings.HasPrefix(got, want)) {
			t.Errorf("%s: %q, want %q", line, got, want)
		}
	}
}
