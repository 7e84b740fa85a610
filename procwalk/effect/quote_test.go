package effect

import (
	"os/exec"
	"strings"
	"testing"

	"bones/procwalk/text"
)

var words = []string{
	"", "a", "kill", "-9", "a b", "it's", `"`, `\`, "$HOME", "`id`", "$(id)", "*", "~", "#", "!x", "a=b", "é日本",
	"new\nline", "end\n", "\n", "\n\n", "\x1b[31m", "\xff", "\u202e", "%s%n", `\033`, "a\\\x01'", "-", "--", "'", "''",
	"-\xbe", "--\n\x1b", "-n\x07", "-v\xff%s", "a!b\x1b", "!!\xbe", "%\x01", "-",
}

// shells that are checked: dash is Debian's sh, bash is what people type into.
func shells(t *testing.T) []string {
	t.Helper()
	var found []string
	for _, sh := range []string{"sh", "bash", "busybox"} {
		if path, err := exec.LookPath(sh); err == nil {
			found = append(found, path)
		}
	}
	if len(found) == 0 {
		t.Fatal("no shell on this machine")
	}
	return found
}

func roundTrip(t *testing.T, shell string, args ...string) {
	t.Helper()
	line := Command(append([]string{"printf", `%s\0`}, args...)...)
	if bad := strings.ReplaceAll(text.Sanitise(line), `\\`, `\`); bad != line {
		t.Errorf("the command for %q is not safe to print: %q", args, line)
	}
	argv := []string{"-c", line}
	if strings.HasSuffix(shell, "busybox") {
		argv = append([]string{"sh"}, argv...)
	}
	out, err := exec.Command(shell, argv...).Output()
	if err != nil {
		t.Fatalf("%s -c %s: %v", shell, line, err)
	}
	if want := strings.Join(args, "\x00") + "\x00"; string(out) != want {
		t.Errorf("%s -c %s gave %q, want %q", shell, line, out, want)
	}
}

func TestCommandReachesTheShellWhole(t *testing.T) {
	for _, sh := range shells(t) {
		roundTrip(t, sh, words...)
		for _, w := range words {
			roundTrip(t, sh, w)
		}
	}
}

func TestCommandReadsWell(t *testing.T) {
	for _, c := range []struct {
		words []string
		want  string
	}{
		{[]string{"kill", "-TERM", "1234"}, "kill -TERM 1234"},
		{[]string{"cat", "/proc/1/status"}, "cat /proc/1/status"},
		{[]string{"ls", "a b"}, "ls 'a b'"},
		{[]string{"ls", "a\x1bb"}, `ls "$(printf 'a\033b')"`},
		{[]string{"ls", "-\xbe"}, `ls "$(printf '\055\276')"`},
		{[]string{"ls", "!a\xbe"}, `ls "$(printf '\041a\276')"`},
		{[]string{"ls", "a\n"}, `eval "$(printf '\047ls\047 \047a\012\047')"`},
	} {
		if got := Command(c.words...); got != c.want {
			t.Errorf("Command(%q) = %s, want %s", c.words, got, c.want)
		}
	}
}

func FuzzQuote(f *testing.F) {
	for _, w := range words {
		f.Add(w)
	}
	f.Fuzz(func(t *testing.T, w string) {
		if strings.ContainsRune(w, 0) || len(w) > 10000 {
			t.Skip("no argument holds a NUL")
		}
		roundTrip(t, "sh", w)
	})
}
