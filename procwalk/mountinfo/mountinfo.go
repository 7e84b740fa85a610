// Package mountinfo reads /proc/PID/mountinfo: the mounts that a process sees. It is the only place that knows the
// form of that file.
//
// Source: proc_pid_mountinfo(5); fs/proc_namespace.c, show_mountinfo.
package mountinfo

import (
	"errors"
	"fmt"
	"io"
	"iter"
	"slices"
	"strconv"
	"strings"

	"bones/procwalk/bounded"
	"bones/procwalk/text"
)

// Mount is one line: a mount as the process sees it. Whoever mounted it chose every text of it, also the type (that of
// a FUSE file system holds a name of the mounter's choice); the numbers and Device are the kernel's.
type Mount struct {
	ID int // unique among the mounts that exist now; may be used again later
	// ID of the mount that it is on; the topmost has its own, or one that is not listed
	Parent  int
	Device  string    // MAJOR:MINOR, as stat(2) has it for the files on it
	Root    text.Text // the directory of the file system that is mounted
	Point   text.Text // where it is mounted, seen from the process's root directory
	Options text.Text // of this mount: "rw,nosuid,relatime"
	// Propagation says how mounts made below it spread: "shared:1 master:2", "unbindable", ...; empty: they do not.
	Propagation text.Text
	FSType      text.Text
	Source      text.Text // what the file system says that it is of: a device, HOST:PATH, any word
	Super       text.Text // options of the file system, which all its mounts share
}

// Max bounds how much of mountinfo Read takes, in bytes. A mount namespace holds as many mounts as
// /proc/sys/fs/mount-max allows, 100,000 by default, of about 150 bytes each.
const Max = 32 << 20

// ErrCut says that the text ends within a line, or goes on beyond what was read: there are more mounts.
var ErrCut = errors.New("the list of mounts is longer than what was read of it")

// ErrForm says that a line does not have the form of the man page.
var ErrForm = errors.New("mountinfo has a line in an unknown form")

// Read reads all mounts. With ErrCut it returns those that fit into Max bytes.
func Read(r io.Reader) ([]Mount, error) {
	b, err := bounded.ReadAll(r, Max)
	if errors.Is(err, bounded.ErrTooLong) {
		list, _ := Parse(b)
		return list, fmt.Errorf("%w (%d MiB)", ErrCut, Max>>20)
	}
	if err != nil {
		return nil, err
	}
	return Parse(b)
}

// Parse returns the mounts of a text in its order: a mount comes behind those that it is on. Lines that are not
// understood are passed over, and the error says how many they are; the mounts are good beside an error, too.
func Parse(b []byte) ([]Mount, error) {
	var list []Mount
	var broken int
	var cut error
	for m, err := range Lines(b) {
		switch {
		case err == nil:
			list = append(list, m)
		case errors.Is(err, ErrCut):
			cut = err
		default:
			broken++
		}
	}
	if broken > 0 {
		return list, errors.Join(fmt.Errorf("%w (%d of them)", ErrForm, broken), cut)
	}
	return list, cut
}

// Lines yields each line, or what is wrong with it: ErrForm, and ErrCut for a last line that has no end.
func Lines(b []byte) iter.Seq2[Mount, error] {
	return func(yield func(Mount, error) bool) {
		for line := range strings.Lines(string(b)) {
			whole, ended := strings.CutSuffix(line, "\n")
			if !ended {
				yield(Mount{}, ErrCut)
				return
			}
			if !yield(ParseLine(whole)) {
				return
			}
		}
	}
}

// ParseLine reads one line of mountinfo, without the end of the line.
//
// The kernel escapes blanks, tabs, line ends and backslashes within a field, and nothing else: a field may be empty
// (the source of "mount -t tmpfs ” DIR"), and may hold what other alphabets count among the blanks. So the line is cut
// at single blanks only.
func ParseLine(line string) (Mount, error) {
	// ID PARENT MAJOR:MINOR ROOT POINT OPTIONS [PROPAGATION...] - TYPE SOURCE SUPER
	words := strings.Split(line, " ")
	if len(words) < 9 {
		return Mount{}, ErrForm
	}
	dash := slices.Index(words[6:], "-") + 6
	id, err := strconv.Atoi(words[0])
	parent, err2 := strconv.Atoi(words[1])
	if dash < 6 || dash+2 >= len(words) || err != nil || err2 != nil || !device(words[2]) ||
		!strings.HasPrefix(words[4], "/") {
		return Mount{}, ErrForm
	}
	field := func(i int) text.Text { return text.New(Unescape(words[i])) }
	return Mount{
		ID: id, Parent: parent, Device: words[2], Root: field(3), Point: field(4), Options: text.New(words[5]),
		Propagation: text.New(strings.Join(words[6:dash], " ")),
		FSType:      field(dash + 1), Source: field(dash + 2), Super: text.New(strings.Join(words[dash+3:], " ")),
	}, nil
}

// device reports whether a word is of the form MAJOR:MINOR.
func device(word string) bool {
	major, minor, ok := strings.Cut(word, ":")
	return ok && digits(major) && digits(minor)
}

func digits(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return s != ""
}

// Unescape undoes the octal escapes that the kernel writes for blank, tab, line end and backslash in a path.
//
// Source: fs/seq_file.c, mangle_path; lib/string_helpers.c, ESCAPE_OCTAL.
func Unescape(s string) string {
	if strings.IndexByte(s, '\\') < 0 {
		return s
	}
	b := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		if s[i] == '\\' && i+3 < len(s) && s[i+1] >= '0' && s[i+1] <= '3' && octal(s[i+2]) && octal(s[i+3]) {
			b = append(b, (s[i+1]-'0')<<6|(s[i+2]-'0')<<3|(s[i+3]-'0'))
			i += 3
			continue
		}
		b = append(b, s[i])
	}
	return string(b)
}

func octal(c byte) bool { return c >= '0' && c <= '7' }

// Has reports whether a list of options, separated by commas, holds one.
func Has(options text.Text, option string) bool {
	for o := range strings.SplitSeq(options.Raw(), ",") {
		if o == option {
			return true
		}
	}
	return false
}
