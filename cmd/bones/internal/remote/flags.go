package remote

import (
	"fmt"
	"strings"

	"bones/cmd/bones/internal/habits"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// Flags are the global flags that have a command run on other hosts.
type Flags struct {
	hosts []string
	yes   bool
	copy  bool
	show  bool
	given map[string]int // how often each was given
}

// The names of the flags.
const (
	hostFlag = "host"
	yesFlag  = "yes"
	copyFlag = "with-copy"
	showFlag = "show-ssh"
)

// Register adds the flags to those of the program.
func (f *Flags) Register(flags *pflag.FlagSet) {
	f.given = map[string]int{}
	flags.Var(&value{f: f, name: hostFlag, list: &f.hosts}, hostFlag, "run the command on `HOST` through ssh: "+
		"user@host, ssh://user@host:port, a name in ssh's configuration, a docker context, or docker: for the host "+
		"that docker uses; several, or A,B, are merged by "+mergedNames())
	for _, b := range []struct {
		name, usage string
		to          *bool
	}{
		{yesFlag, "with --host: copy bones to a host that has none, for the session, without asking", &f.yes},
		{copyFlag, "with --host: run a copy of this bones there even if the host has one, for instance an older one",
			&f.copy},
		{showFlag, "with --host: print each ssh command on standard error", &f.show},
	} {
		flags.Var(&value{f: f, name: b.name, flag: b.to}, b.name, b.usage)
		flags.Lookup(b.name).NoOptDefVal = "true"
	}
}

// Given reports whether the command is for other hosts.
func (f *Flags) Given() bool { return len(f.hosts) > 0 }

// value is a flag that counts how often it was given: so many words of the command line are for bones here.
type value struct {
	f    *Flags
	name string
	list *[]string
	flag *bool
}

// String implements pflag.Value.
func (v *value) String() string {
	switch {
	case v.list != nil:
		return strings.Join(*v.list, ",")
	case v.flag != nil:
		return fmt.Sprint(*v.flag)
	}
	return ""
}

// Set implements pflag.Value.
func (v *value) Set(s string) error {
	v.f.given[v.name]++
	if v.list != nil {
		*v.list = append(*v.list, strings.Split(s, ",")...)
		return nil
	}
	switch s {
	case "true", "1":
		*v.flag = true
	case "false", "0":
		*v.flag = false
	default:
		return fmt.Errorf("it is true or false")
	}
	return nil
}

// Type implements pflag.Value.
func (v *value) Type() string {
	if v.list != nil {
		return "string"
	}
	return "bool"
}

// IsBoolFlag says that no value has to follow.
func (v *value) IsBoolFlag() bool { return v.list == nil }

// words returns the command line as the other host is to have it: without what is for bones here. c is the command
// that was found in it, with its flags read.
func (f *Flags) words(c *cobra.Command, args []string) []string {
	left := map[string]int{}
	for name, n := range f.given {
		left[name] = n
	}
	var rest []string
	for i := 0; i < len(args); i++ {
		word := args[i]
		name, _, valued := strings.Cut(strings.TrimPrefix(word, "--"), "=")
		switch {
		case word == "--":
			return append(rest, args[i:]...)
		case strings.HasPrefix(word, "--") && left[name] > 0:
			left[name]--
			if name == hostFlag && !valued {
				i++
			}
		case len(word) > 1 && word[0] == '-' && habits.WantsValue(c, word) && i+1 < len(args):
			rest = append(rest, word, args[i+1])
			i++
		default:
			rest = append(rest, word)
		}
	}
	return rest
}

// insert puts words in front of "--", or at the end.
func insert(args []string, words ...string) []string {
	for i, w := range args {
		if w == "--" {
			return append(append(append([]string{}, args[:i]...), words...), args[i:]...)
		}
	}
	return append(append([]string{}, args...), words...)
}
