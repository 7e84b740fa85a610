package container

import "strings"

// The forms of ids. An id is only believed in the place and form in which the engine writes it: 32 hex digits
// somewhere in a path say nothing.

func isHexDigit(c byte) bool { return c >= '0' && c <= '9' || c >= 'a' && c <= 'f' }

func isHex(s string, n int) bool {
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

func isHex64(s string) bool { return isHex(s, 64) }

func isDigits(s string) bool {
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
		if len(s) < n || !isHex(s[:n], n) {
			return false
		}
		s = s[n:]
	}
	return s == ""
}

func isUUID(s string) bool { return isDashed(s, '-', 8, 4, 4, 4, 12) }

// isGardenID: Cloud Foundry's handles, whole UUIDs or shortened to four digits in the last group.
func isGardenID(s string) bool { return isUUID(s) || isDashed(s, '-', 8, 4, 4, 4, 4) }

// isBuildKitID: 25 digits of base 36 (github.com/moby/buildkit, identity.NewID).
func isBuildKitID(s string) bool {
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

// isVMID: what Firecracker's jailer takes as --id (docs/jailer.md).
func isVMID(s string) bool {
	for i := 0; i < len(s); i++ {
		c := s[i]
		if (c < '0' || c > '9') && (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && c != '-' {
			return false
		}
	}
	return s != "" && len(s) <= 64
}

// isFargateID: TASK-NUMBER, where TASK is 32 hex digits.
func isFargateID(s string) bool {
	return len(s) > 33 && isHex(s[:32], 32) && s[32] == '-' && isDigits(s[33:])
}

// isNomadID: ALLOCATION.TASK, where ALLOCATION is a UUID.
func isNomadID(s string) bool { return len(s) > 37 && s[36] == '.' && isUUID(s[:36]) }

// isUnique reports whether an id is of a form that engines draw at random: wherever it appears, it is the same one.
func isUnique(s string) bool {
	return isHex64(s) || isGardenID(s) || isBuildKitID(s) || isNomadID(s) || isFargateID(s)
}

func isName(s string) bool { return s != "" }

// podUID returns the UID of a pod with dashes, from what stands behind "pod" in a group's name: a UUID (with the
// systemd driver _ stands for -), or 32 hex digits for pods from files.
func podUID(s string) (string, bool) {
	switch {
	case isUUID(s), isHex(s, 32):
		return s, true
	case isDashed(s, '_', 8, 4, 4, 4, 12):
		return strings.ReplaceAll(s, "_", "-"), true
	}
	return "", false
}

// unescapeUnit undoes the \xHH escapes of systemd's unit names.
//
// Source: systemd.unit(5), "String escaping for inclusion in unit names".
func unescapeUnit(s string) string {
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
