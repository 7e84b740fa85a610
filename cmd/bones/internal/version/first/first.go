// Package first prints the version before the rest of the program is made. The packages that bones is linked with
// fill tables as it starts, which takes longer than all that `bones version` has to do. Of packages whose imports
// are there, Go starts the one whose path comes first, so this package imports nothing that waits for others: os,
// strings and syscall would come after a third of the program, runtime/debug, which has ReadBuildInfo, after nearly
// all of it. TestImports holds it to that.
package first

import (
	"runtime"
	"unsafe"
)

// Build is what the linker has noted of this binary.
type Build struct {
	Version  string // of the module; (devel) where it has none
	Revision string // of the source, if it was built in a checkout
	Time     string // of that commit, as RFC 3339 has it
	Modified bool   // the source was not that of Revision
}

// modinfo returns what `go version -m` prints, between two marks of 16 bytes. It is in the runtime for
// ReadBuildInfo of runtime/debug.
//
//go:linkname modinfo runtime/debug.modinfo
func modinfo() string

// Read returns what the linker has noted of this binary: version, commit, its time, and whether the source was
// modified.
func Read() Build { return parse(modinfo()) }

// parse finds it in what `go version -m` prints. TestParse compares it with what runtime/debug makes of the same.
func parse(info string) Build {
	b := Build{Version: "(devel)"}
	for info != "" {
		var line string
		line, info = cut(info, '\n')
		switch kind, rest := cut(line, '\t'); kind {
		case "mod":
			_, rest = cut(rest, '\t')
			if version, _ := cut(rest, '\t'); version != "" {
				b.Version = version
			}
		case "build":
			switch key, value := cut(rest, '='); key {
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

// cut returns what stands before the first such byte, and what behind it.
func cut(s string, at byte) (before, after string) {
	for i := range len(s) {
		if s[i] == at {
			return s[:i], s[i+1:]
		}
	}
	return s, ""
}

// Line is what `bones version` prints, its line feed left out.
func (b Build) Line() string {
	line := "bones " + b.Version
	if b.Revision != "" {
		line += " " + b.Revision
	}
	if b.Time != "" {
		line += " " + b.Time
	}
	if b.Modified {
		line += " modified"
	}
	return line + " " + runtime.Version() + " linux/" + runtime.GOARCH
}

// args are the words of the command line. It is in the runtime for package os.
//
//go:linkname args os.runtime_args
func args() []string

// write is write(2), and returns what it does or a negative error number.
//
//go:noescape
func write(fd int, p *byte, n int) int

// exit is exit_group(2) with status 0.
func exit()

// Everything else goes the long way: flags, and an output that takes nothing, of which the command says why.
func init() {
	if words := args(); len(words) != 2 || words[1] != "version" {
		return
	}
	line := Read().Line() + "\n"
	if write(1, unsafe.StringData(line), len(line)) == len(line) {
		exit()
	}
}
