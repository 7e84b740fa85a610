package netview

import (
	"slices"
	"strings"
	"testing"

	"bones/procwalk/fault"

	"golang.org/x/sys/unix"
)

// TestNotSeenIsOneSentence: what is missing in a list is said once, with everything that it takes to see it.
func TestNotSeenIsOneSentence(t *testing.T) {
	refusal := &fault.Error{Kind: fault.NotPermitted, Hint: "needs CAP_SYS_ADMIN", Err: unix.EPERM}
	for _, c := range []struct {
		refused, untold int
		note            []string // what the one note has; empty: there is none
		err             string
	}{
		{},
		{refused: 2, note: []string{"2 of 3 network namespaces", "CAP_SYS_ADMIN"}},
		{untold: 1, note: []string{"which network namespaces 1 process is in", "CAP_SYS_PTRACE and all capabilities"}},
		{refused: 2, untold: 7, note: []string{"2 of 3", "CAP_SYS_ADMIN; and which ones 7 processes are in",
			"CAP_SYS_PTRACE and all capabilities"}},
		{refused: 3, untold: 7, err: "this host: looking into the network namespace: operation not permitted (EPERM); " +
			"needs CAP_SYS_ADMIN"},
	} {
		v := &View{}
		err := v.notSeen(Scope{Spaces: make([]*Space, 3), Name: "this host", Untold: c.untold}, c.refused, refusal)
		if c.err == "" && err != nil || c.err != "" && (err == nil || err.Error() != c.err) {
			t.Errorf("%+v: %v", c, err)
		}
		if len(v.Notes) != min(1, len(c.note)) || slices.ContainsFunc(c.note, func(part string) bool {
			return !strings.Contains(strings.Join(v.Notes, "\n"), part)
		}) {
			t.Errorf("%+v: %q", c, v.Notes)
		}
	}
	if err := unseenWhy(1, unix.EACCES); !strings.Contains(err.Error(), "CAP_SYS_PTRACE and all capabilities that the") {
		t.Error(err) // bones may have the one and lack the others
	}
}
