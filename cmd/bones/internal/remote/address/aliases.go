package address

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"

	"bones/cmd/bones/internal/ours"
	"bones/procwalk/bounded"

	"golang.org/x/sys/unix"
)

// Aliases are the names of hosts in the user's configuration of ssh, for a shell to offer: those of its Host
// lines that are no patterns. ssh itself reads what they mean. more says that the file is longer than bones reads.
func Aliases() (names []string, more bool) {
	home, err := os.UserHomeDir()
	if err != nil {
		return nil, false
	}
	path := filepath.Join(home, ".ssh", "config")
	f, err := ours.OpenPlain(unix.AT_FDCWD, path, path)
	if err != nil {
		return nil, false
	}
	defer f.Close()
	return aliases(f)
}

// MaxAliases is how much of the configuration is read, in bytes.
const MaxAliases = 1 << 20

func aliases(r io.Reader) (names []string, more bool) {
	b, err := bounded.ReadAll(r, MaxAliases)
	if more = errors.Is(err, bounded.ErrTooLong); more {
		b = b[:bytes.LastIndexByte(b, '\n')+1] // half a name is that of another host, or of none
	}
	for line := range strings.Lines(string(b)) {
		words := strings.FieldsFunc(line, func(c rune) bool { return strings.ContainsRune(" \t\r\n=\"", c) })
		if len(words) < 2 || !strings.EqualFold(words[0], "host") {
			continue
		}
		for _, w := range words[1:] {
			if _, err := destination("", w, ""); err == nil {
				names = append(names, w)
			}
		}
	}
	return names, more
}
