package spec

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"bones/procwalk/text"
)

// ParseList reads a list of processors or memory nodes as the kernel prints and takes it, "0-3,5", in ascending order
// and each once. A number of limit or above is an error, so that a span is never longer than that.
//
// Source: cpuset(7), "List format".
func ParseList(s string, limit int) ([]int, error) {
	if err := checkList(s); err != nil {
		return nil, err
	}
	var list []int
	for part := range strings.SplitSeq(s, ",") {
		first, last, span := strings.Cut(part, "-")
		if !span {
			last = first
		}
		a, _ := ParseNumber(first)
		b, _ := ParseNumber(last)
		if b >= uint64(limit) {
			return nil, fmt.Errorf("%q: there is no number %d: the highest possible is %d", text.New(cut(s)), b, limit-1)
		}
		for n := int(a); n <= int(b); n++ {
			list = append(list, n)
		}
	}
	slices.Sort(list)
	return slices.Compact(list), nil
}

// FormatList writes numbers in ascending order as ParseList reads them; empty for none.
func FormatList(list []int) string {
	var parts []string
	for i := 0; i < len(list); {
		j := i
		for j+1 < len(list) && list[j+1] == list[j]+1 {
			j++
		}
		part := strconv.Itoa(list[i])
		if j > i {
			part += "-" + strconv.Itoa(list[j])
		}
		parts = append(parts, part)
		i = j + 1
	}
	return strings.Join(parts, ",")
}
