package shell

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"bones/cmd/bones/internal/remote/address"
	"bones/procwalk/leaktest"
	"bones/procwalk/proctest"
)

// TestMain has this binary be the bones of the other host where it is started as that.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == "version" {
		fmt.Println("bones (test)")
		os.Exit(0)
	}
	if len(os.Args) > 1 && os.Args[1] == "words" {
		for _, w := range os.Args[2:] {
			fmt.Printf("%q\n", w)
		}
		io.Copy(os.Stdout, os.Stdin)
		os.Exit(9)
	}
	leaktest.Main(m)
}

// fakeSSH puts an ssh on PATH: a shell script, which has the command for the other host as $cmd.
func fakeSSH(t *testing.T, script string) (s *SSH, tmp string) {
	t.Helper()
	dir := t.TempDir()
	tmp = filepath.Join(dir, "tmp")
	if err := os.Mkdir(tmp, 0o700); err != nil {
		t.Fatal(err)
	}
	script = "#!/bin/sh\nfor cmd; do :; done\n" + script + "\n"
	if err := os.WriteFile(filepath.Join(dir, "ssh"), []byte(script), 0o755); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", dir+":/usr/bin:/bin")
	t.Setenv("TMPDIR", tmp)
	return &SSH{Host: address.Destination{Name: "db1", Args: []string{"--", "db1"}}}, tmp
}

// left is what is in a directory.
func left(t *testing.T, dir string) (names []string) {
	t.Helper()
	list, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range list {
		names = append(names, e.Name())
	}
	return names
}

// login are the shells that run what ssh hands over, as far as they are installed.
func login() (list []string) {
	for _, sh := range []string{"/bin/dash", "/bin/bash", "/usr/bin/zsh", "/usr/bin/fish", "/bin/busybox sh"} {
		if _, err := os.Stat(strings.Fields(sh)[0]); err == nil {
			list = append(list, sh)
		}
	}
	return list
}

// TestEveryWordArrives: whatever a word holds, it is one word there, and does nothing.
func TestEveryWordArrives(t *testing.T) {
	var all [255]byte
	for i := range all {
		all[i] = byte(i + 1)
	}
	hostile := []string{"", " ", "'", `"`, `\`, `a'b"c\d`, "$(touch pwned)", "`touch pwned`", "; touch pwned", "--", "-x",
		"*", "~", "a\nb", "\n", "end\n", "\xff\xfe", "!!", "%s%n", "\x1b[2J", string(all[:])}
	plain := []string{"", "a b", "'", "it's", "$HOME", "; id", "-x", "*", `back\slash`, "!x", "~root"}
	for _, sh := range login() {
		words := hostile
		if strings.HasSuffix(sh, "fish") {
			words = plain // of which it knows another way to write the others
		}
		s, tmp := fakeSSH(t, `printf 'Welcome!\nno newline'; echo to stderr >&2; exec `+sh+` -c "$cmd"`)
		if err := os.Chdir(tmp); err != nil {
			t.Fatal(err)
		}
		own, err := os.Executable()
		if err != nil {
			t.Fatal(err)
		}
		var out, errs bytes.Buffer
		end, err := s.Run(t.Context(), Program{Path: own, Words: append([]string{"words"}, words...), Out: &out,
			Err: &errs, In: strings.NewReader("what is read\n")})
		want := ""
		for _, w := range words {
			want += fmt.Sprintf("%q\n", w)
		}
		if want += "what is read\n"; err != nil || !end.Found || end.Status != 9 || out.String() != want {
			t.Errorf("%s: %+v %v %s\n%s\nwant\n%s", sh, end, err, errs.String(), out.String(), want)
		}
		if got := left(t, tmp); len(got) > 0 {
			t.Errorf("%s: %v was made", sh, got)
		}
		os.Chdir("/")
	}
}

// TestNoBonesThere: what the host says of itself when there is no bones, or something else that is called so;
// and what it would have read is still to be read.
func TestNoBonesThere(t *testing.T) {
	s, tmp := fakeSSH(t, `exec sh -c "$cmd"`)
	in := strings.NewReader("for later")
	for _, program := range []string{"", "#!/bin/sh\necho I am no bones\n"} {
		if program != "" {
			if err := os.WriteFile(filepath.Join(tmp, "../bones"), []byte(program), 0o755); err != nil {
				t.Fatal(err)
			}
		}
		var out bytes.Buffer
		end, err := s.Run(t.Context(), Program{Path: "bones", Words: []string{"ps"}, Out: &out, Err: io.Discard, In: in})
		if err != nil || end.Found || end.System != "Linux" || end.Machine == "" || out.Len() > 0 || in.Len() != 9 {
			t.Errorf("%+v %v %q, %d bytes are left", end, err, out.String(), in.Len())
		}
		if end, err = s.Ask(t.Context(), Program{Path: "bones", Err: io.Discard}); err != nil || end.Machine == "" {
			t.Errorf("asked: %+v %v", end, err)
		}
	}
}

// TestHold: a copy that is what this program is, for us alone, and gone afterwards.
func TestHold(t *testing.T) {
	proctest.NeedPrograms(t, "sha256sum", "mktemp", "head")
	s, tmp := fakeSSH(t, `echo Welcome; exec sh -c "$cmd"`)
	h, err := s.Hold(t.Context(), io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	copied, err := os.ReadFile(h.Path)
	if err != nil {
		t.Fatal(err)
	}
	own, err := os.ReadFile("/proc/self/exe")
	if err != nil || !bytes.Equal(own, copied) {
		t.Errorf("%d bytes, want %d: %v", len(copied), len(own), err)
	}
	for _, path := range []string{h.Path, filepath.Dir(h.Path)} {
		if st, err := os.Stat(path); err != nil || st.Mode().Perm() != 0o700 {
			t.Errorf("%s: %v %v", path, st.Mode(), err)
		}
	}
	var out bytes.Buffer
	end, err := s.Run(t.Context(), Program{Path: h.Path, Words: []string{"words", "x"}, Out: &out, Err: io.Discard})
	if err != nil || end.Status != 9 || out.String() != "\"x\"\n" {
		t.Errorf("%+v %v %s", end, err, out.String())
	}
	if err := h.Remove(); err != nil {
		t.Error(err)
	}
	if h, err = s.Hold(t.Context(), io.Discard); err != nil {
		t.Fatal(err)
	}
	h.c.Process.Kill() // as ^C does, which every process of a terminal gets
	if err := h.Remove(); err != nil {
		t.Error(err)
	}
	if got := left(t, tmp); len(got) > 0 {
		t.Errorf("%v is left", got)
	}
}

// TestHostsThatLie: nothing that a host says steers what is run, and no answer is waited for without an end.
func TestHostsThatLie(t *testing.T) {
	marker := `m=$(echo "$cmd" | grep -o "bones-[0-9a-f]\{32\}" | head -n 1); `
	uname := ` Linux ` + machines[runtime.GOARCH][0] + `"; `
	for name, c := range map[string]struct{ script, want string }{
		"another architecture": {`echo "$m host Linux sparc64"; cat >/dev/null`, "sparc64"},
		"another system":       {`echo "$m host FreeBSD amd64"; cat >/dev/null`, "FreeBSD"},
		"no uname":             {`printf '%s\n' "$m host $(printf '\033')[2J x"; cat >/dev/null`, "which uname never answers"},
		"a command as directory": {`echo "$m host` + uname + `echo "$m directory /tmp/bones-1234567890;id"; cat >/dev/null`,
			"not one that bones asked for"},
		"a way out as directory": {`echo "$m host` + uname + `echo "$m directory /tmp/../bones-1234567890"; cat >/dev/null`,
			"not one that bones asked for"},
		"an option as directory": {`echo "$m host` + uname + `echo "$m directory -x/bones-1234567890"; cat >/dev/null`,
			"not one that bones asked for"},
		"nowhere":       {`echo "$m host` + uname + `echo "$m nowhere"; cat >/dev/null`, "no directory there"},
		"another copy":  {`echo "$m host` + uname + `echo "$m directory /tmp/bones-1234567890"; echo "$m sum 00"; cat >/dev/null`, "is not that of what bones sent"},
		"garbage":       {`exec yes garbage`, "without an end"},
		"one long line": {`exec tr "\0" x </dev/zero`, "without an end"},
		"nothing":       {`exit 0`, "ssh ended before"},
	} {
		s, _ := fakeSSH(t, marker+c.script)
		h, err := s.Hold(t.Context(), io.Discard)
		if err == nil {
			h.Remove()
			t.Errorf("%s: it is held", name)
		} else if !strings.Contains(err.Error(), c.want) || strings.ContainsAny(err.Error(), "\x1b") {
			t.Errorf("%s: %q, want %q in it", name, err, c.want)
		}
	}
	s, _ := fakeSSH(t, "exec yes garbage")
	end, err := s.Run(t.Context(), Program{Path: "bones", Out: io.Discard, Err: io.Discard})
	if err == nil || end.Found || !strings.Contains(err.Error(), "not what bones asked for") {
		t.Errorf("garbage: %+v %v", end, err)
	}
	s, _ = fakeSSH(t, marker+`echo "$m run"; exec yes garbage`)
	end, err = s.Run(t.Context(), Program{Path: "bones", Out: &Bounded{Most: 100_000}, Err: io.Discard})
	if !errors.Is(err, ErrTooMuch) || !end.Found {
		t.Errorf("without an end: %+v %v", end, err)
	}
	s, _ = fakeSSH(t, `echo "hello $(printf '\033')[2J"; exit 3`)
	end, err = s.Run(t.Context(), Program{Path: "bones", Out: io.Discard, Err: io.Discard})
	if why := end.Why(); err != nil || why == nil || !strings.Contains(why.Error(), "hello") ||
		strings.Contains(why.Error(), "\x1b") {
		t.Errorf("no shell: %+v %v", end, err)
	}
	s, _ = fakeSSH(t, `exit 255`)
	if end, err = s.Run(t.Context(), Program{Path: "bones", Out: io.Discard, Err: io.Discard}); err != nil ||
		end.Why() == nil || end.Status != FailedStatus {
		t.Errorf("ssh fails: %+v %v", end, err)
	}
	t.Setenv("PATH", "/nonexistent")
	if _, err = s.Run(t.Context(), Program{Path: "bones", Out: io.Discard, Err: io.Discard}); err == nil ||
		!strings.Contains(err.Error(), "openssh-client") {
		t.Errorf("no ssh: %v", err)
	}
}

// TestScriptsGoThroughEveryShell: what would mean something within single quotes to a shell is in no script.
func TestScriptsGoThroughEveryShell(t *testing.T) {
	for _, script := range []string{runScript, terminalScript, askScript, holdScript, removeScript} {
		if strings.ContainsAny(script, "'\\!\n") {
			t.Errorf("%q", script)
		}
	}
	if line := (&SSH{Host: address.Destination{Args: []string{"--", "db1"}}, Batch: true}).line(true,
		askScript); !slices.Equal(
		line[:6], []string{"ssh", "-t", "-o", "BatchMode=yes", "--", "db1"}) || len(line) != 7 {
		t.Errorf("%q", line)
	}
}
