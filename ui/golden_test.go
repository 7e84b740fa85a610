package ui

import (
	"fmt"
	"testing"
)

func TestGoldenScreens(t *testing.T) {
	for _, size := range [][2]int{{80, 24}, {160, 45}} {
		for _, c := range []struct {
			name string
			keys []string
			text string
			then []string
		}{
			{name: "start"},
			{name: "folded", keys: []string{"*", "j", "j", "j", "j"}},
			{name: "list-by-rss", keys: []string{"t", ":"}, text: "sort rss", then: []string{"Enter"}},
			{name: "filter", keys: []string{"/"}, text: "memcd"},
			{name: "help", keys: []string{"?"}},
			{name: "signals", keys: []string{":"}, text: "706", then: []string{"Enter", "F9"}},
			{name: "confirm", keys: []string{":"}, text: "706", then: []string{"Enter", "F9", "Enter"}},
			{name: "grave", keys: []string{"F9", "Enter"}},
			{name: "columns", keys: []string{"c"}},
			{name: "sort", keys: []string{"F6"}},
			{name: "hostile", keys: []string{":"}, text: "1200", then: []string{"Enter"}},
			{name: "threads", keys: []string{":"}, text: "970", then: []string{"Enter", "H", "Space"}},
		} {
			name := fmt.Sprintf("processes-%s-%dx%d", c.name, size[0], size[1])
			t.Run(name, func(t *testing.T) {
				r := world(t, size[0], size[1])
				r.Press(c.keys...)
				r.Type(c.text)
				r.Press(c.then...)
				r.SafeAsDrawn()
				r.Golden(name)
			})
		}
	}
}

func TestGoldenASCII(t *testing.T) {
	r := world(t, 80, 24, func(o *Options) { o.ASCII = true; o.ReadOnly = "started with --readonly" })
	r.Golden("processes-ascii-80x24")
}
