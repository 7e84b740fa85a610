package complete

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"bones/cmd/bones/internal/listing"
	"bones/cmd/bones/internal/spaces"
	"bones/nsview"
	"bones/procwalk"

	"github.com/spf13/cobra"
)

// takeNamespaces are the commands whose TARGET may be a namespace.
var takeNamespaces = []string{"enter", "net", "ns", "ports", "reach"}

// completeNamespace offers the namespaces there are beside the targets.
func (r *resolver) completeNamespace(ctx context.Context, c *cobra.Command, args []string, word string) []candidate {
	diff := c.Flags().Changed("diff")
	if len(args) > 0 && !diff {
		return nil // one is enough, unless two are compared
	}
	list := r.completeTarget(ctx, c, args, word)
	if diff || beginsNamespace(word) {
		return list
	}
	return append(list, r.namespaces(ctx, c, word)...)
}

// beginsNamespace reports whether a word can only go on as a namespace: it begins with netns:, ns: or the name of a
// type and a colon, or is a number that is too high for a PID.
func beginsNamespace(word string) bool {
	prefix, _, prefixed := strings.Cut(word, ":")
	switch {
	case prefix == "ns" || prefix == "netns":
		return prefixed
	case prefixed && prefix != procwalk.PID.String() && prefix != procwalk.Cgroup.String():
		_, is := nsview.TypeOf(prefix)
		return is
	}
	_, is, _ := spaces.Parse(word)
	return is
}

// namespaces offers the namespaces that processes are in, or those of `ip netns`, in the form that was begun.
func (r *resolver) namespaces(ctx context.Context, c *cobra.Command, word string) []candidate {
	prefix := word[:strings.IndexByte(word, ':')+1]
	if prefix == "netns:" {
		var list []candidate
		for _, name := range spaces.Names(word[len(prefix):]) {
			list = append(list, candidate{prefix + name, "a network namespace of ip netns"})
		}
		return list
	}
	v, err := listing.Groups(ctx, r.Finder(), procwalk.WantNS)
	if err != nil {
		return nil
	}
	every := slices.Contains([]string{"enter", "ns"}, c.Name()) // the others look at networks
	var list []candidate
	for i := range v.Namespaces {
		n := &v.Namespaces[i]
		named := prefix == "" || prefix == "ns:" || prefix == n.Type.String()+":"
		if !named || !every && n.Type != procwalk.Net {
			continue
		}
		does := n.Type.String()
		if row := n.Leader(); row >= 0 {
			does += " of " + v.Snapshot.Processes[row].Comm.Raw()
		}
		list = append(list, candidate{prefix + strconv.FormatUint(n.Inode, 10), does})
	}
	return list
}
