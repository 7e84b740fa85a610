package habits

import "slices"

// readsInput are the commands that read their standard input.
var readsInput = []string{"enter", "unshare", "files put", "replay"}

// ReadsInput reports whether a command, by its path without the name of the program such as "files put", reads its
// standard input. In a pod or on another host no other command gets any: what this terminal or a script has there may
// be for somebody else.
func ReadsInput(path string) bool { return slices.Contains(readsInput, path) }
