package terminal

import (
	"encoding/base64"
	"fmt"
	"os"
)

// CopyToClipboard asks the terminal on the standard output to put s on the clipboard of its user: OSC 52, which works
// through ssh too.
//
// Source: xterm control sequences, Manipulate Selection Data.
func CopyToClipboard(s string) {
	fmt.Fprint(os.Stdout, "\x1b]52;c;"+base64.StdEncoding.EncodeToString([]byte(s))+"\x1b\\")
}
