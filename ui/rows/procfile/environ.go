package procfile

import (
	"path"
	"strings"
)

// IsEnviron reports whether a path is that of an environment, whose values are secrets as often as not. folder: paths
// are those of a process's folder in /proc.
func IsEnviron(p string, folder bool) bool {
	p = path.Clean("/" + p)
	return path.Base(p) == "environ" && (folder || strings.HasPrefix(p, "/proc/"))
}

// masked stands for a value, of whatever length.
const masked = "********"

// MaskVariable is one variable of an environment with its value masked. What is no variable is masked as a whole: a
// program may have written anything over its environment.
func MaskVariable(variable string) string {
	name, value, ok := strings.Cut(variable, "=")
	switch {
	case variable == "", ok && value == "":
		return variable
	case !ok:
		return masked
	}
	return name + "=" + masked
}
