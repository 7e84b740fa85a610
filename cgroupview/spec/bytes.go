package spec

import (
	"fmt"
	"strconv"
	"strings"
)

// Numbers of bytes in words: who shows one to a person takes a form from here, and ParseSize reads all of them.

// AppendSize appends a number of bytes in at most five cells: 812, 9.8K, 123M, 1.2G.
func AppendSize(dst []byte, n uint64) []byte {
	if n < 1000 {
		return strconv.AppendUint(dst, n, 10)
	}
	v := float64(n)
	for _, unit := range []byte(sizes) {
		v /= 1024
		if v < 9.95 {
			return append(strconv.AppendFloat(dst, v, 'f', 1, 64), unit)
		}
		if v < 999.5 {
			return append(strconv.AppendFloat(dst, v, 'f', 0, 64), unit)
		}
	}
	return append(dst, '-') // beyond what 64 bits hold
}

// Size is what AppendSize appends, without a zero behind the point: 9.8K, 1G.
func Size(n uint64) string { return strings.Replace(string(AppendSize(nil, n)), ".0", "", 1) }

// ExactSize writes a number of bytes in the largest unit, whole or with one digit behind the point: 812, 48M, 49.3M,
// 1.5G. A limit is a whole number there, and what is not is known for what it is.
func ExactSize(n uint64) string {
	unit, suffix := uint64(1), ""
	for i, s := range []string{"K", "M", "G", "T"} {
		if n >= 1<<(10*(i+1)) {
			unit, suffix = 1<<(10*(i+1)), s
		}
	}
	if n%unit == 0 {
		return strconv.FormatUint(n/unit, 10) + suffix
	}
	return fmt.Sprintf("%.1f%s", float64(n)/float64(unit), suffix)
}

// SayBytes writes a number of bytes for a sentence: 1 GiB, 1.5 MiB, 812 bytes.
func SayBytes(n uint64) string {
	v, unit := float64(n), -1
	for v >= 1024 && unit < len(sizes)-1 {
		v /= 1024
		unit++
	}
	if unit < 0 {
		return fmt.Sprintf("%d bytes", n)
	}
	number := strings.TrimSuffix(strings.TrimRight(strconv.FormatFloat(v, 'f', 2, 64), "0"), ".")
	return number + " " + sizes[unit:unit+1] + "iB"
}
