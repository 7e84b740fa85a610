// Package first prints the version before the rest of the program is made. The packages that bones is linked with fill
// tables as it starts, which takes longer than all that `bones version` has to do. Of packages whose imports are
// there,
// Go starts the one whose path comes first, so this package imports nothing that is started late: runtime/debug, which
// has ReadBuildInfo, comes after nearly all others.
package first

import (
	"os"
	"runtime"
	"strings"
	"syscall"
	_ "unsafe" // for go:linkname
)

// Build is what the linker has noted of this binary.
type Build struct {
	Version  string // of the module; (devel) where it has none
	Revision string // of the source, if it was built in a checkout
	Time     string // of that commit, as RFC 3339 has it
	Modified bool   // the source was not that of Revision
}

// modinfo returns what `go version -m` prints, between two marks of 16 bytes. It is in the runtime for ReadBuildInfo
// of
// runtime/debug.
//
//go:linkname modinfo runtime/debug.modinfo
func modinfo() string

// Read returns what is noted.
func Read() Build { return parse(modinfo()) }

// parse finds it in what `go version -m` prints. TestParse compares it with what runtime/debug makes of the same.
func parse(info string) Build {
	b := Build{Version: "(devel)"}
	for line := range strings.SplitSeq(info, "\n") {
		kind, rest, _ := strings.Cut(line, "\t")
		switch kind {
		case "mod":
			if word := strings.Split(rest, "\t"); len(word) > 1 && word[1] != "" {
				b.Version = word[1]
			}
		case "build":
			switch key, value, _ := strings.Cut(rest, "="); key {
			case "vcs.revision":
				b.Revision = value
			case "vcs.time":
				b.Time = value
			case "vcs.modified":
				b.Modified = value == "true"
			}
		}
	}
	return b
}

// Line is what `bones version` prints, its line feed left out.
func (b Build) Line() string {
	words := []string{"bones", b.Version}
	if b.Revision != "" {
		words = append(words, b.Revision)
	}
	if b.Time != "" {
		words = append(words, b.Time)
	}
	if b.Modified {
		words = append(words, "modified")
	}
	return strings.Join(append(words, runtime.Version(), "linux/"+runtime.GOARCH), " ")
}

// Everything else goes the long way: flags, and an output that takes nothing, of which the command says why.
func init() {
	if len(os.Args) != 2 || os.Args[1] != "version" {
		return
	}
	line := Read().Line() + "\n"
	if n, err := syscall.Write(1, []byte(line)); err == nil && n == len(line) {
		os.Exit(0)
	}
}
