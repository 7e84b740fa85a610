package commands

import (
	"fmt"
	"strings"
	"testing"
)

func TestCopies(t *testing.T) {
	for line, want := range map[string]string{
		"get web /etc/app.conf":          "out web /etc/app.conf app.conf",
		"get web:/etc/app.conf":          "out web /etc/app.conf app.conf",
		"get /etc/app.conf mine":         "out  /etc/app.conf mine",
		"get web /etc/app.conf mine":     "out web /etc/app.conf mine",
		"get pid:12 /etc/app.conf":       "out pid:12 /etc/app.conf app.conf",
		"get pid:12:/etc/app.conf":       "out pid:12 /etc/app.conf app.conf",
		"get":                            "!",
		"get web":                        "!",
		"get web etc/app.conf":           "!",
		"get web /a b c":                 "!",
		"put":                            "in   ",
		"put web mine /etc/app.conf":     "in web /etc/app.conf mine",
		"put mine /etc/":                 "in  /etc/ mine",
		"put mine web:/etc/":             "in web /etc/ mine",
		"put web db mine /etc/":          "!",
		"put mine":                       "!",
		"put /etc/":                      "!",
		"cp web:/etc/app.conf .":         "out web /etc/app.conf .",
		"cp mine web:/etc/":              "in web /etc/ mine",
		"cp mine other":                  "!",
		"cp web:/a db:/b":                "!",
		"cp web:/a":                      "!",
		"put name:web /root/mine /etc/x": "in name:web /etc/x /root/mine",
	} {
		words := strings.Fields(line)
		c, problem := Copies(words[0], words[1:])
		way := "out"
		if c.In {
			way = "in"
		}
		got := fmt.Sprintf("%s %s %s %s", way, c.Target, c.Path, c.Local)
		if problem != "" {
			got = "!"
		}
		if got != want {
			t.Errorf("%q is %q (%s), want %q", line, got, problem, want)
		}
	}
}
