package ui

import (
	"testing"

	"bones/procwalk"
	"bones/ui/rows"
	"bones/ui/rows/rowstest"
)

// BenchmarkRefresh is what a refresh costs beside reading: tree, rates, rows and drawing.
func BenchmarkRefresh(b *testing.B) {
	for _, c := range []struct {
		name string
		keys []string
	}{{"tree", nil}, {"by-cpu", []string{">", ">", ">", ">", ">", ">", ">", ">", ">"}},
		{"filter", []string{"/", "4", "2", "Enter"}}} {
		b.Run(c.name, func(b *testing.B) {
			r := newRig(b, 160, 45)
			snaps := []*procwalk.Snapshot{rowstest.Many(5000, 0), rowstest.Many(5000, 1)}
			r.frame(snaps[0])
			r.Press(c.keys...)
			b.ReportAllocs()
			for i := range b.N {
				r.frame(snaps[i%2])
				r.Redraw()
			}
		})
	}
}

func BenchmarkDraw100000(b *testing.B) {
	r := newRig(b, 160, 45)
	r.frame(rowstest.Many(100000, 0))
	r.Press("G")
	b.ReportAllocs()
	b.ResetTimer()
	for range b.N {
		r.Redraw()
	}
}

func BenchmarkBuild(b *testing.B) {
	m := rows.NewModel(rows.Names{})
	f := rows.NewFacts(nil, rowstest.Moment(rowstest.Many(5000, 0)))
	b.ReportAllocs()
	for range b.N {
		m.SetFacts(f)
		m.Build()
	}
}

func BenchmarkPaletteKey(b *testing.B) {
	r := newRig(b, 160, 45)
	r.frame(rowstest.Many(20000, 0))
	r.Press(":")
	for b.Loop() {
		r.Press("w", "^u")
	}
}
