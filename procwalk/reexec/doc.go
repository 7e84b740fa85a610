// Package reexec starts this binary again in a part of its own, and talks with it.
package reexec
