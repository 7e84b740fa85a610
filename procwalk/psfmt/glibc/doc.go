// Package glibc decides as the C library does where ps leaves a decision to it: which characters can be printed and
// how wide they are, whether the environment asks for UTF-8, and what the time zone is. What bones prints as ps does
// must be decided by these rules and not by Go's newer tables.
package glibc
