package psfmt

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"bones/procwalk"
	"bones/procwalk/proctest"
)

func TestParseFormat(t *testing.T) {
	for _, c := range []struct{ list, want string }{ // HEAD:width
		{"pid", "PID:0"},
		{"pid,args", "PID:0 COMMAND:27"},
		{"pid args\tcomm\nuser", "PID:0 COMMAND:27 COMMAND:15 USER:8"},
		{"pid,", "PID:0"},
		{"user=WHO", "WHO:8"},
		{"user=A_LONG_HEADER", "A_LONG_HEADER:13"},
		{"user:3", "USER:3"},
		{"user:3=LONGER", "LONGER:3"},
		{"args=", ":27"},
		{"rss=\x1b[31m", `\x1b[31m:8`},
		{"HP_", "PID:0 TT:8 TIME:8 COMMAND:15"},
	} {
		f, err := ParseFormat(c.list)
		if err != nil {
			t.Errorf("%q: %v", c.list, err)
			continue
		}
		var got []string
		for _, fd := range f.fields {
			got = append(got, fd.head+":"+strings.TrimSpace(string(appendInt(fd.width))))
		}
		if s := strings.Join(got, " "); s != c.want {
			t.Errorf("%q gives %s, want %s", c.list, s, c.want)
		}
	}
	for list, want := range map[string]string{
		"":              "empty",
		",pid":          "missing",
		"pid,,args":     "missing",
		"nonsense":      `unknown column "nonsense"`,
		"pid:0":         "width",
		"pid:":          "width",
		"pid:x":         "width",
		"pid:99999999":  "width",
		"HP_:5":         "several columns",
		"_left":         "unsupported column _left: ",
		"bad\x1b[2Jcol": `bad\x1b[2Jcol`,
	} {
		if _, err := ParseFormat(list); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want an error with %q", list, err, want)
		}
	}
}

func appendInt(n int) []byte {
	c := &context{}
	c.int(n)
	return c.cell
}

// Every macro and every column must be usable, whatever the snapshot lacks.
func TestAllColumns(t *testing.T) {
	bare := snapshot(procwalk.Process{Stat: procwalk.Stat{PID: 1}}, procwalk.Process{Stat: procwalk.Stat{PID: 2}})
	for name := range byName() {
		f, err := ParseFormat(name)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		f.Append(nil, bare, &Options{})
		f.Append(nil, fixture(), options())
		s, err := ParseSort("-" + name + ",pid")
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		f.Append(nil, fixture(), &Options{Sort: s})
	}
	for _, m := range strings.Fields("DFMT DefBSD DefSysV END_BSD END_SYS5 F5FMT FB_ FB_j FB_l FB_u FB_v FD_ FD_f " +
		"FD_fj FD_j FD_l FD_lj FL5FMT FLASK_context HP_ HP_f HP_fl HP_l J390 JFMT L5FMT LFMT OL_X OL_j OL_l OL_m OL_s " +
		"OL_u OL_v RD_ RD_f RD_fj RD_j RD_l RD_lj RUSAGE SCHED SFMT Std_f Std_fl Std_l THREAD UFMT VFMT") {
		if _, err := ParseFormat(m); err != nil {
			t.Errorf("%s: %v", m, err)
		}
	}
	if AXJF().Want() != wantBrief|wantCmdline {
		t.Errorf("axjf wants %b", AXJF().Want())
	}
	if f, _ := ParseFormat("pid,comm,tty,s"); f.Want() != 0 {
		t.Errorf("what stat holds needs no more: %b", f.Want())
	}
}

// pids returns the first field of each line but the header.
func pids(t *testing.T, list string, s *procwalk.Snapshot, o *Options) string {
	t.Helper()
	f, err := ParseFormat(list)
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, l := range strings.Split(strings.TrimSpace(string(f.Append(nil, s, o))), "\n")[1:] {
		all = append(all, strings.Fields(l)[0])
	}
	return strings.Join(all, " ")
}

func TestSort(t *testing.T) {
	for keys, want := range map[string]string{
		"pid":      "1 2 3 100 200 201 202 300 301 302 303 304 4000000",
		"-pid":     "4000000 304 303 302 301 300 202 201 200 100 3 2 1",
		"+user":    "301 300 200 201 202 1 2 3 100 302 303 304 4000000",
		"-rss,pid": "301 1 100 200 201 202 302 303 304 4000000 2 3 300",
		"jobc":     "1 2 3 100 200 201 202 300 301 302 303 304 4000000",
		"tty,-pid": "4000000 304 303 302 301 300 100 3 2 1 202 201 200",
	} {
		s, err := ParseSort(keys)
		if err != nil {
			t.Fatal(err)
		}
		o := options()
		o.Sort = s
		if got := pids(t, "pid,user", fixture(), o); got != want {
			t.Errorf("%s: %s\nwant %s", keys, got, want)
		}
	}
	for _, bad := range []string{"", "nonsense", "-", "pid,,rss"} {
		if _, err := ParseSort(bad); err == nil {
			t.Errorf("%q is taken for a sort list", bad)
		}
	}
}

func TestVersions(t *testing.T) {
	in := []string{"pts/10", "pts/9", "?", "tty1", "pts/2", "pts/100", "ttyS0", "tty12", "tty2"}
	want := []string{"?", "pts/2", "pts/9", "pts/10", "pts/100", "tty1", "tty2", "tty12", "ttyS0"}
	slices.SortFunc(in, versions)
	if !slices.Equal(in, want) {
		t.Errorf("%v, want %v", in, want)
	}
}

func TestForestOfStrangeFamilies(t *testing.T) {
	at := func(start uint64) func(*procwalk.Process) { return func(p *procwalk.Process) { p.StartTime = start } }
	for _, c := range []struct {
		name string
		snap *procwalk.Snapshot
		want string
	}{
		{"own parent", snapshot(process(5, 5, "a", "", nil)), "5"},
		{"two in a circle", snapshot(process(5, 6, "a", "", nil), process(6, 5, "b", "", nil)), "5 6"},
		{"a tail into a circle", snapshot(process(4, 6, "t", "", at(9)), process(5, 6, "a", "", at(1)),
			process(6, 5, "b", "", at(2))), "5 6 4"},
		{"reused PID", snapshot(process(5, 6, "child", "", at(9)), process(6, 0, "parent", "", at(1))), "6 5"},
		{"siblings by age", snapshot(process(5, 0, "p", "", nil), process(6, 5, "young", "", at(900)),
			process(7, 5, "old", "", at(800))), "5 7 6"},
	} {
		if got := pids(t, "pid,comm", c.snap, &Options{Forest: true}); got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
}

func TestForestDeepAndWide(t *testing.T) {
	n := proctest.Soak(4000, 20000)
	chain := make([]procwalk.Process, n)
	fan := make([]procwalk.Process, n)
	for i := range n {
		chain[i] = process(i+2, i+1, "deep", "", nil)
		fan[i] = process(i+2, 2, "wide", "", nil)
	}
	for name, rows := range map[string][]procwalk.Process{"chain": chain, "fan": fan} {
		out := AXJF().Append(nil, snapshot(rows...), &Options{Forest: true})
		if lines := bytes.Count(out, []byte("\n")); lines != n+1 {
			t.Errorf("%s: %d lines, want %d", name, lines, n+1)
		}
		if most := n * (4*levelsMax + 150); len(out) > most {
			t.Errorf("%s: %d bytes, want no more than %d", name, len(out), most)
		}
	}
	f, _ := ParseFormat("comm=")
	lines := strings.Split(string(f.Append(nil, snapshot(chain[:200]...), &Options{Forest: true})), "\n")
	if want := strings.Repeat("    ", 3) + ` \_ deep`; lines[4] != want {
		t.Errorf("the fifth of a chain is %q, want %q", lines[4], want)
	}
	if want := strings.Repeat("    ", 128) + ` +71 \_ deep`; lines[199] != want {
		t.Errorf("the 200th of a chain is %q, want %q", lines[199], want)
	}
}

// What one row costs must not depend on how many there are.
func TestRowsDoNotAllocate(t *testing.T) {
	o := options()
	measure := func(n int) float64 {
		rows := make([]procwalk.Process, n)
		for i := range rows {
			rows[i] = process(i+1, i/2, "name", "a command\x00with\x00arguments\x00", nil)
		}
		s := snapshot(rows...)
		buf := make([]byte, 0, n*200)
		aux := AUX()
		return testing.AllocsPerRun(5, func() { aux.Append(buf, s, o) })
	}
	few, many := measure(100), measure(2100)
	if many-few > 20 {
		t.Errorf("100 rows take %v allocations, 2,100 take %v", few, many)
	}
}

func TestOnly(t *testing.T) {
	s := fixture()
	only := make([]bool, len(s.Processes))
	for i := range s.Processes {
		only[i] = s.Processes[i].PID >= 200 && s.Processes[i].PID < 300
	}
	if got := pids(t, "pid,args", s, &Options{Forest: true, Only: only}); got != "200 202 201" {
		t.Errorf("the subtree is %s", got)
	}
}
