package spec

import (
	"errors"
	"fmt"
	"math"
	"math/bits"
	"strconv"
	"strings"

	"bones/procwalk/text"
)

// The grammar of sizes, processors and numbers of processes, for the portable names memory=, cpus= and pids= of an
// edit and for whoever asks for the same with a flag. Interface files take ParseSize, too.

// CPUPeriod is the period that a number of processors is counted in, in µs: the kernel's default.
//
// Source: Documentation/scheduler/sched-bwc.rst.
const CPUPeriod = 100000

// The least and greatest limits. The kernel gives no quota below 1 ms and takes no limit of processes above
// PID_MAX_LIMIT (2^22 on 64 bits); a limit of memory that is rounded to its greatest pages must still be below 2^63,
// beyond which it reads as no limit. No kernel can be built for more than 8192 processors: a quota of more would limit
// nothing.
//
// Source: sched-bwc.rst; include/linux/threads.h; mm/page_counter.c; arch/x86/Kconfig, NR_CPUS_RANGE_END.
const (
	leastMemory = 4096
	mostMemory  = 1<<63 - 1<<21
	LeastQuota  = 1000
	mostCPUs    = 8192
	mostPIDs    = 1 << 22
)

// noLimit reports whether a portable value takes the limit away.
func noLimit(s string) bool { return s == "max" || s == "unlimited" }

// ParseMemory reads a limit of memory in bytes: a size as ParseSize has it, of a page at least, or "max". 0 is no
// limit.
func ParseMemory(s string, total uint64) (int64, error) {
	if noLimit(s) {
		return 0, nil
	}
	n, err := ParseSize(s, total)
	switch {
	case s == "":
		return 0, errors.New("memory: the value is empty; give a size such as 512M or 1.5G, or max for no limit")
	case errors.Is(err, ErrTooLarge) || n > mostMemory:
		return 0, fmt.Errorf("memory: %q is too large: the kernel takes at most %d bytes, and reads more as no limit; "+
			"write max for that", text.New(cut(s)), uint64(mostMemory))
	case err != nil:
		return 0, fmt.Errorf("memory: %w", err)
	case n < leastMemory:
		return 0, fmt.Errorf("memory: %q is less than a page of memory; is the unit missing?", text.New(s))
	}
	return int64(n), nil
}

// ParseCPUs reads a number of processors with at most five decimals, such as 1.5, or "max". It returns the quota: µs
// of processor time in each CPUPeriod; 0 is no limit.
func ParseCPUs(s string) (int64, error) {
	if noLimit(s) {
		return 0, nil
	}
	whole, fraction, dot := strings.Cut(s, ".")
	n, err := ParseNumber(whole)
	if errors.Is(err, ErrTooLarge) {
		n, err = math.MaxUint64, nil
	}
	if err != nil || dot && fraction == "" || len(fraction) > 5 || strings.Trim(fraction, "0123456789") != "" {
		return 0, fmt.Errorf("cpus: %q is not a number of processors such as 2 or 0.5, with at most five decimals, or max",
			text.New(cut(s)))
	}
	micros, _ := strconv.ParseInt((fraction + "00000")[:5], 10, 64)
	if n > mostCPUs || n == mostCPUs && micros > 0 {
		return 0, fmt.Errorf("cpus: %q is more than the %d processors that Linux can have; max means no limit",
			text.New(cut(s)), mostCPUs)
	}
	quota := int64(n)*CPUPeriod + micros
	if quota < LeastQuota {
		return 0, fmt.Errorf("cpus: %q is too little: the kernel gives no less than 0.01", text.New(cut(s)))
	}
	return quota, nil
}

// ParsePIDs reads a limit of processes and threads, or "max". 0 is no limit.
func ParsePIDs(s string) (int64, error) {
	if noLimit(s) {
		return 0, nil
	}
	n, err := ParseNumber(s)
	if errors.Is(err, ErrTooLarge) || err == nil && n > mostPIDs {
		return 0, fmt.Errorf("pids: %q is too large: the kernel takes at most %d, or max", text.New(cut(s)), mostPIDs)
	}
	if err != nil || n < 1 {
		return 0, fmt.Errorf("pids: %q is not a whole number from 1 to %d, or max", text.New(cut(s)), mostPIDs)
	}
	return int64(n), nil
}

// sizes are the units of bytes, by the letter that they begin with; all are powers of 1024, as the kernel takes them.
const sizes = "KMGTPE"

// ParseSize reads a number of bytes: 1073741824, 1024K, 1G, 1.5G, 1GB, 1GiB, or N% of total, which is the machine's
// memory. Each unit is 1024 times the one before, with whatever letters: so docker and systemd have it, and who limits
// memory to 100MB means what they would do. The kernel would take more and mean something else: what overflows is cut
// off silently, and octal and hexadecimal are read.
func ParseSize(s string, total uint64) (uint64, error) {
	if percent, ok := strings.CutSuffix(s, "%"); ok {
		p, err := ParseNumber(percent)
		switch {
		case err != nil || p < 1 || p > 100:
			return 0, fmt.Errorf("%q: a share is a whole number from 1%% to 100%%", text.New(cut(s)))
		case total == 0:
			return 0, fmt.Errorf("%q: bones does not know how much memory there is; give bytes, as 64M",
				text.New(cut(s)))
		}
		hi, lo := bits.Mul64(total, p)
		q, _ := bits.Div64(hi, lo, 100)
		return q, nil
	}
	m := sizeParts().FindStringSubmatch(s)
	if m == nil {
		if _, err := ParseNumber(s); err != nil && (s == "" || strings.Trim(s, "+-0123456789") == "") {
			return 0, err // a number, but not one that a limit can be
		}
		return 0, errUnit(s)
	}
	digits, fraction, unit, shift := m[1], m[2], m[3], 0
	if unit != "" {
		if shift = 10 * (1 + strings.Index(sizes, strings.ToUpper(unit[:1]))); shift == 0 {
			return 0, errUnit(s)
		}
	}
	n, err := ParseNumber(digits)
	switch {
	case err != nil && !errors.Is(err, ErrTooLarge):
		return 0, err
	case fraction != "" && shift == 0:
		return 0, errUnit(s) // there is no half a byte
	case err != nil || bits.Len64(n)+shift > 63:
		return 0, tooLarge(s, 1<<63-1, " bytes")
	}
	return n<<shift + fractionOf(fraction, shift), nil
}

// sizeParts are the digits, those behind the point, and the unit. Without a number before the point it is none.
var sizeParts = text.Pattern(`^([0-9]+)(?:\.([0-9]{1,9}))?([A-Za-z](?:i?[Bb])?)?$`)

// fractionOf is so many billionths, at most, of a unit of 1<<shift bytes, rounded down as docker does.
func fractionOf(digits string, shift int) uint64 {
	if digits == "" {
		return 0
	}
	n, _ := strconv.ParseUint((digits + "000000000")[:9], 10, 64) // nine digits
	hi, lo := bits.Mul64(n, 1<<shift)
	q, _ := bits.Div64(hi, lo, 1e9)
	return q
}

func errUnit(s string) error {
	return fmt.Errorf("%q: bytes are a number with K, M, G or KiB, MiB, GiB, each 1024 times the one before: 1.5G",
		text.New(cut(s)))
}

// ErrTooLarge is in the error of ParseNumber for a number that does not fit into 64 bits, and in that of ParseSize for
// more bytes than the kernel can count: it would take them for another number.
var ErrTooLarge = errors.New("is too large")

func tooLarge(s string, most uint64, unit string) error {
	return fmt.Errorf("%q %w: at most %d%s are possible", text.New(cut(s)), ErrTooLarge, most, unit)
}

// ParseNumber reads a number in decimal digits without a sign; a leading zero would mean octal to the kernel.
func ParseNumber(s string) (uint64, error) {
	n, err := strconv.ParseUint(s, 10, 64)
	if errors.Is(err, strconv.ErrRange) && s[0] != '+' && s[0] != '0' {
		return 0, tooLarge(s, math.MaxUint64, "")
	}
	if err != nil || s[0] == '+' || len(s) > 1 && s[0] == '0' {
		return 0, fmt.Errorf("%q is not a whole number in decimal digits", text.New(cut(s)))
	}
	return n, nil
}

// cut keeps a message from being as long as what it complains of.
func cut(s string) string {
	if len(s) > 40 {
		return s[:40] + "..."
	}
	return s
}
