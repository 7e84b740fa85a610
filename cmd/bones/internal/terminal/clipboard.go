package main

import "encoding/base64"

// osc52 is the sequence that puts s on the clipboard of the terminal's user.
func osc52(s string) string {
	return "\x1b]52;c;" + base64.StdEncoding.EncodeToString([]byte(s)) + "\x1b\\"
}
