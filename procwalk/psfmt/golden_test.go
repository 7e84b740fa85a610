package psfmt

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write the golden files anew")

func TestGolden(t *testing.T) {
	parse := func(lists ...string) *Format {
		f, err := ParseFormat(lists...)
		if err != nil {
			t.Fatal(err)
		}
		return f
	}
	sorted, err := ParseSort("-rss,user")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name   string
		format *Format
		change func(*Options)
	}{
		{"axjf", AXJF(), func(o *Options) { o.Forest = true }},
		{"axjf-ascii-60", AXJF(), func(o *Options) { o.Forest, o.UTF8, o.Width = true, false, 60 }},
		{"aux", AUX(), nil},
		{"aux-sorted-forest", AUX(), func(o *Options) { o.Forest, o.Sort = true, sorted }},
		{"own", parse("pid,cpid,container,runtime,mntns,comm"), nil},
		{"narrow", parse("user:4,args:12,pid", "tty=TERMINAL,comm="), func(o *Options) { o.Width = 30 }},
		{"no-header", parse("pid=,comm="), nil},
		{"signals", parse("pid,sig,blocked,ignored,caught,args"), func(o *Options) { o.Width = 70 }},
	} {
		t.Run(c.name, func(t *testing.T) {
			o := options()
			if c.change != nil {
				c.change(o)
			}
			got := c.format.Append(nil, fixture(), o)
			var written bytes.Buffer
			if err := c.format.Write(&written, fixture(), o); err != nil || !bytes.Equal(written.Bytes(), got) {
				t.Errorf("Write differs from Append: %v", err)
			}
			file := filepath.Join("testdata", c.name+".txt")
			if *update {
				if err := os.WriteFile(file, got, 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), string(got)); diff != "" {
				t.Errorf("%s (-want +got):\n%s", file, diff)
			}
		})
	}
}
