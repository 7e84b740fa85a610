package inventory

import (
	"strconv"
	"strings"
	"unicode"

	"bones/procwalk"
	"bones/procwalk/procroot"
	"bones/procwalk/text"
)

// TargetKind says among what a TARGET is looked for.
type TargetKind int

// What a TARGET can name.
const (
	ByPID     TargetKind = iota + 1 // a process: digits alone, or pid:N
	Self                            // bones itself: self
	ByName                          // a container, by its whole name: name:NAME
	ByID                            // a container, by its whole id or how that begins: id:ID
	ByGroup                         // a control group, as /proc/PID/cgroup has it: cgroup:/PATH, or /PATH
	ByPod                           // a container of a pod: pod:POD, pod:NAMESPACE/POD, pod:NAMESPACE/POD/CONTAINER
	ByService                       // a service or slice of systemd's: service:NAME
	// a container, by its whole name, its pod, its whole id, or how that begins if that holds a letter
	ByWord
)

// Target is what the word means that stands for a TARGET on a command line. What it names need not be there.
type Target struct {
	Kind  TargetKind
	PID   int    // of ByPID, at least 1
	Value string // of all but ByPID and Self: the name, the id, the path with one slash before it, or the word
	word  string // as it was typed
}

// stopped is what is said of the number that is no PID. Whoever types it most often has it from an engine.
const stopped = "0 is the PID of no process; docker inspect prints it for a container that does not run"

// ParseTarget reads a TARGET. What a word means never depends on what there is on the host: digits alone are a PID,
// also where that process has ended and a container's name or id begins so.
func ParseTarget(word string) (Target, error) {
	prefix, value, _ := strings.Cut(word, ":")
	t := Target{Value: value, word: word}
	switch {
	case strings.TrimFunc(word, unicode.IsSpace) == "":
		return t, usage("an empty TARGET names nothing")
	case word == "self":
		return Target{Kind: Self, word: word}, nil
	case strings.HasPrefix(word, "/"):
		return t.group(word)
	case prefix == word: // none
	case prefix == "name" && value != "":
		t.Kind = ByName
		return t, nil
	case prefix == "id" && value != "":
		t.Kind = ByID
		return t, nil
	case prefix == "pod" && value != "":
		t.Kind = ByPod
		return t, nil
	case prefix == "service" && value != "":
		t.Kind = ByService
		return t, nil
	case prefix == "cgroup" && value != "":
		return t.group(value)
	case prefix == "pid" && value != "":
		return t.number(value)
	case prefix == "name" || prefix == "id" || prefix == "cgroup" || prefix == "pid" || prefix == "pod" ||
		prefix == "service":
		return t, usage("%s: an empty %s names nothing", text.Sanitise(word), prefix)
	}
	if likeNumber(word) {
		return t.number(word)
	}
	t.Kind, t.Value = ByWord, word
	return t, nil
}

// group takes a path for that of a control group. The root group is only meant by whoever writes just that: cgroup:/
// and nothing else. A path whose parts a script left empty does not become the group of all processes.
func (t Target) group(path string) (Target, error) {
	t.Kind, t.Value = ByGroup, "/"+strings.Trim(path, "/")
	if t.Value == "/" && t.word != "cgroup:/" {
		return t, usage("%s: an empty path names no control group; the root group is cgroup:/", text.Sanitise(t.word))
	}
	return t, nil
}

// likeNumber reports whether a word holds nothing but a number, in whatever script, and what can stand around one:
// blanks, a sign, what cannot be seen. It may have been meant for a PID, and is therefore taken for nothing else.
func likeNumber(word string) bool {
	found := false
	for _, r := range strings.TrimLeftFunc(word, func(r rune) bool {
		return unicode.IsSpace(r) ||
			strings.ContainsRune("+-\u2212", r)
	}) {
		switch {
		case unicode.IsNumber(r):
			found = true
		case !unicode.IsSpace(r) && !unicode.In(r, unicode.Cc, unicode.Cf):
			return false
		}
	}
	return found
}

// number takes digits for a PID, as the kernel writes it in /proc: no sign, no zero before it, no other digits than
// these.
func (t Target) number(digits string) (Target, error) {
	for _, r := range digits {
		if r < '0' || r > '9' {
			return t, usage("\"%s\" is no PID: write it with the digits 0 to 9 and nothing else", text.Sanitise(t.word))
		}
	}
	switch {
	case strings.Trim(digits, "0") == "":
		return t, noTarget("%s: %s", text.Sanitise(t.word), stopped)
	case digits[0] == '0':
		return t, usage("%s is no PID: none begins with a 0; a container whose id begins so is id:%s",
			text.Sanitise(t.word), digits)
	}
	pid, err := strconv.ParseInt(digits, 10, 32)
	if err != nil {
		return t, noTarget("%s: there is no such process: the kernel gives no PID that large", text.Sanitise(t.word))
	}
	t.Kind, t.PID, t.Value = ByPID, int(pid), ""
	return t, nil
}

// IsProcess reports whether the word means a process, and not a container or a group, which has to be looked for.
func (t Target) IsProcess() bool { return t.Kind == ByPID || t.Kind == Self }

// PIDIn returns the PID that the word means in a snapshot; IsProcess must hold. Bones itself has the number there that
// this /proc knows it by, if it knows it at all: our own may be a stranger's there.
func (t Target) PIDIn(s *procwalk.Snapshot) (int, error) {
	if t.Kind != Self {
		return t.PID, nil
	}
	if s.Host.OwnPID() == 0 {
		return 0, noTarget("self: bones is not among these processes: %w", procroot.ErrStranger)
	}
	return s.Host.OwnPID(), nil
}

// PIDAt is PIDIn for the proc file system at root. That there is such a process is certain for no longer than it takes
// to look.
func (t Target) PIDAt(root string) (int, error) {
	if t.Kind == Self {
		pid, err := procroot.Self(root)
		if err != nil {
			return 0, noTarget("self: %w", err)
		}
		return pid, nil
	}
	if why := procroot.NotShown(root, t.PID); why != "" {
		return 0, noTarget("%s: %s", t, why)
	}
	return t.PID, nil
}

// String returns the word as it was typed, safe to print.
func (t Target) String() string { return text.Sanitise(t.word) }

// BareName reports whether a container's name alone is a TARGET that means containers of that name, and nothing else.
func BareName(name string) bool {
	t, err := ParseTarget(name)
	return err == nil && t.Kind == ByWord
}

// NameTarget returns the TARGET that means containers of this name, to be shown to whoever may type it: the name
// alone, or with name: before it where the name alone would mean something else.
func NameTarget(name string) string {
	if BareName(name) {
		return name
	}
	return "name:" + name
}

// BareID reports whether the beginning of an id alone is a TARGET that means containers whose id begins so.
func BareID(id string) bool { return BareName(id) && strings.ContainsFunc(id, unicode.IsLetter) }
