// Package ids knows the forms in which engines write the ids of containers and pods, and systemd the names of units.
// An id is only believed in the place and form in which the engine writes it: 32 hex digits somewhere in a path say
// nothing.
package ids

import "strings"

func isHexDigit(c byte) bool { return c >= '0' && c <= '9' || c >= 'a' && c <= 'f' }

// Hex reports whether s is n lower-case hex digits.
func Hex(s string, n int) bool {
	if len(s) != n {
		return false
	}
	for i := 0; i < len(s); i++ {
		if !isHexDigit(s[i]) {
			return false
		}
	}
	return true
}

// Hex64 reports whether s is 64 hex digits: the ids of Docker, containerd, CRI-O and Podman.
func Hex64(s string) bool { return Hex(s, 64) }

// Digits reports whether s is decimal digits and nothing else.
func Digits(s string) bool {
	for i := 0; i < len(s); i++ {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return s != ""
}

// isDashed reports whether s is groups of hex digits of these lengths with sep between them.
func isDashed(s string, sep byte, groups ...int) bool {
	for i, n := range groups {
		if i > 0 {
			if s == "" || s[0] != sep {
				return false
			}
			s = s[1:]
		}
		if len(s) < n || !Hex(s[:n], n) {
			return false
		}
		s = s[n:]
	}
	return s == ""
}

// UUID reports whether s is a UUID with dashes, in lower case.
func UUID(s string) bool { return isDashed(s, '-', 8, 4, 4, 4, 12) }

// GardenID reports whether s is a handle of Cloud Foundry's: a whole UUID, or one with four digits in the last group.
func GardenID(s string) bool { return UUID(s) || isDashed(s, '-', 8, 4, 4, 4, 4) }

// BuildKitID reports whether s is 25 digits of base 36, as BuildKit draws them.
//
// Source: github.com/moby/buildkit, identity.NewID.
func BuildKitID(s string) bool {
	if len(s) != 25 {
		return false
	}
	for i := 0; i < len(s); i++ {
		if (s[i] < '0' || s[i] > '9') && (s[i] < 'a' || s[i] > 'z') {
			return false
		}
	}
	return true
}

// VMID reports whether s is what Firecracker's jailer takes as --id (docs/jailer.md).
func VMID(s string) bool {
	for i := 0; i < len(s); i++ {
		c := s[i]
		if (c < '0' || c > '9') && (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && c != '-' {
			return false
		}
	}
	return s != "" && len(s) <= 64
}

// FargateID reports whether s is TASK-NUMBER, where TASK is 32 hex digits.
func FargateID(s string) bool {
	return len(s) > 33 && Hex(s[:32], 32) && s[32] == '-' && Digits(s[33:])
}

// NomadID reports whether s is ALLOCATION.TASK, where ALLOCATION is a UUID.
func NomadID(s string) bool { return len(s) > 37 && s[36] == '.' && UUID(s[:36]) }

// Unique reports whether an id is of a form that engines draw at random: wherever it appears, it is the same one.
func Unique(s string) bool {
	return Hex64(s) || GardenID(s) || BuildKitID(s) || NomadID(s) || FargateID(s)
}

// Name reports whether s is anything at all: what a user may have chosen.
func Name(s string) bool { return s != "" }

// PodUID returns the UID of a pod with dashes, from what stands behind "pod" in a group's name: a UUID (with the
// systemd driver _ stands for -), or 32 hex digits for pods from files. ok is false for anything else.
func PodUID(s string) (uid string, ok bool) {
	switch {
	case UUID(s), Hex(s, 32):
		return s, true
	case isDashed(s, '_', 8, 4, 4, 4, 12):
		return strings.ReplaceAll(s, "_", "-"), true
	}
	return "", false
}

// UnescapeUnit undoes the \xHH escapes of systemd's unit names.
//
// Source: systemd.unit(5), "String escaping for inclusion in unit names".
func UnescapeUnit(s string) string {
	if !strings.Contains(s, `\x`) {
		return s
	}
	b := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		if s[i] == '\\' && i+3 < len(s) && s[i+1] == 'x' && isHexDigit(s[i+2]) && isHexDigit(s[i+3]) {
			b = append(b, hexValue(s[i+2])<<4|hexValue(s[i+3]))
			i += 3
			continue
		}
		b = append(b, s[i])
	}
	return string(b)
}

func hexValue(c byte) byte {
	if c >= 'a' {
		return c - 'a' + 10
	}
	return c - '0'
}
