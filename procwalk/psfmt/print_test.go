package psfmt

import (
	"testing"

	"bones/procwalk"
	"bones/procwalk/text"
)

// cell prints one column for one process, without padding.
func cell(t *testing.T, name string, o *Options, change func(*procwalk.Process)) string {
	t.Helper()
	s := snapshot(process(42, 1, "comm", "args\x00", change))
	f, err := ParseFormat(name + "=")
	if err != nil {
		t.Fatal(err)
	}
	c := newContext(s, o)
	f.layout(c)
	c.rest = 200
	f.fields[0].print(c, &s.Processes[0])
	return string(c.cell)
}

func TestCells(t *testing.T) {
	ticks := func(n uint64) func(*procwalk.Process) {
		return func(p *procwalk.Process) { p.UTime = n; p.StartTime = 90 * day }
	}
	began := func(n uint64) func(*procwalk.Process) { return func(p *procwalk.Process) { p.StartTime = n } }
	policy := func(policy, nice, rt int) func(*procwalk.Process) {
		return func(p *procwalk.Process) { p.Policy, p.Nice, p.RTPriority = policy, nice, rt }
	}
	for _, c := range []struct {
		column string
		change func(*procwalk.Process)
		want   string
	}{
		{"bsdtime", ticks(0), "  0:00"},
		{"bsdtime", ticks(59_99), "  0:59"},
		{"bsdtime", ticks(100 * 60 * 1000), "1000:00"},
		{"time", ticks(100 * (3600 + 61)), "01:01:01"},
		{"time", ticks(day*3 + 100), "3-00:00:01"},
		{"times", ticks(day), "86400"},
		{"etime", began(100*day - 100*61), "01:01"},
		{"etime", began(100*day - 100*3600), "01:00:00"},
		{"etime", began(0), "100-00:00:00"},
		{"etime", began(200 * day), "00:00"}, // younger than the snapshot
		{"etimes", began(99 * day), "86400"},
		{"stime", began(100*day - 100), "11:59"},
		{"stime", began(98 * day), "Feb27"},
		{"stime", began(0), "2025"},
		{"start", began(100*day - 100), "11:59:59"},
		{"start", began(98 * day), "  Feb 27"},
		{"bsdstart", began(100*day - 100), " 11:59"},
		{"bsdstart", began(90 * day), "Feb 19"},
		{"lstart", began(100*day - 100), "Sun Mar  1 11:59:59 2026"},
		{"pcpu", ticks(day), "10.0"},
		{"pcpu", ticks(20 * day), "200"},
		{"c", ticks(20 * day), "99"},
		{"cp", ticks(day / 100), "  1"},
		{"cuu", ticks(day), "10.000"},
		{"pmem", func(p *procwalk.Process) { p.Status.VmRSS = 1 << 30 }, "25.0"},
		{"pmem", func(p *procwalk.Process) { p.Status.VmRSS = 8 << 30 }, "99.9"},
		{"pmem", nil, " 0.0"},
		{"rss", func(p *procwalk.Process) { p.Status = nil }, "0"},
		{"sz", nil, "2560"},
		{"size", nil, "0"},
		{"m_size", nil, "10485760"},
		{"lim", nil, "xx"},
		{"lim", func(p *procwalk.Process) { p.RSSLim = 10 << 10 }, "   10"},
		{"stat", func(p *procwalk.Process) { p.Session = 1 }, "S"},
		{"stat", func(p *procwalk.Process) { p.Nice, p.NumThreads, p.TPGID, p.Status.VmLck = -1, 2, 42, 4096 }, "S<Lsl+"},
		{"stat", func(p *procwalk.Process) { p.State = 0x1b; p.Session = 1 }, "?"},
		{"ni", policy(0, -5, 0), "-5"},
		{"ni", policy(1, -5, 3), "-"},
		{"ni", policy(3, 5, 0), "5"},
		{"cls", policy(1, 0, 0), "FF"},
		{"cls", policy(6, 0, 0), "DLN"},
		{"cls", policy(8, 0, 0), "#8"},
		{"cls", policy(12, 0, 0), "?"},
		{"rtprio", policy(0, 0, 3), "-"},
		{"rtprio", policy(2, 0, 99), "99"},
		{"pri", nil, "19"},
		{"opri", nil, "80"},
		{"pri_baz", nil, "120"},
		{"f", func(p *procwalk.Process) { p.Flags = 0x40 | 0x100 }, "5"},
		{"uid", func(p *procwalk.Process) { p.Status.EUID = 1<<32 - 1 }, "-1"},
		{"user", func(p *procwalk.Process) { p.Status.EUID = 1<<32 - 1 }, "4294967295"},
		{"user", nil, "root"},
		{"group", func(p *procwalk.Process) { p.Status.EGID = 7 }, "7"},
		{"supgid", nil, "-"},
		{"supgrp", func(p *procwalk.Process) { p.Status.Groups = []uint32{0, 9} }, "root,9"},
		{"mntns", nil, "-"},
		{"mntns", func(p *procwalk.Process) { p.NS = nil }, "-"},
		{"netns", func(p *procwalk.Process) { p.NS.Inode[procwalk.Net] = 4026531840 }, "4026531840"},
		{"cpid", func(p *procwalk.Process) { p.Status.NSpid = []int{42, 3, 1} }, "1"},
		{"args", nil, "args"},
		{"args", func(p *procwalk.Process) { p.Cmdline = nil }, "[comm]"},
		{"args", func(p *procwalk.Process) { p.Cmdline.Raw = text.New(""); p.State = 'Z' }, "[comm] <defunct>"},
		{"args", func(p *procwalk.Process) { p.Cmdline.Raw = text.New("\x00") }, "?"},
		{"args", func(p *procwalk.Process) { p.Cmdline.Raw = text.New("title ") }, "title"},
		{"args", func(p *procwalk.Process) { p.Cmdline.Raw = text.New("title  ") }, "title "},
		{"args", func(p *procwalk.Process) { p.Cmdline.Raw = text.New("a\x00\x00b\x00\x00\x00") }, "a  b"},
		{"args", func(p *procwalk.Process) { p.Cmdline.Raw = text.New("a\nb\x00") }, "a b"},
		{"ucmd", func(p *procwalk.Process) { p.Comm = text.New("cut\xe6\x97") }, "cut??"},
		{"fname", func(p *procwalk.Process) { p.Comm = text.New("0123456789") }, "01234567"},
		{"cgroup", nil, "-"},
		{"cgroup", cgroups("2:cpu:/a", "1:name=systemd:/", "0::/b c"), "2:cpu:/a,0::/b c"},
		{"cgname", cgroups("2:cpu:/a", "1:name=systemd:/s"), "systemd:/s"},
		{"lxc", cgroups("2:cpu:/lxc.payload.web/x"), "web"},
		{"lxc", cgroups("2:cpu:/lxc/outer/lxc/inner"), "inner"},
		{"lxc", nil, "-"},
		{"label", func(p *procwalk.Process) { p.Label = &procwalk.Label{Name: text.New("docker-default (enforce)\n")} },
			"docker-default (enforce)"},
		{"label", nil, "-"},
		{"exe", nil, "-"}, {"wchan", nil, "?"}, {"oom", nil, "0"}, {"luid", nil, "-"}, {"ag_id", nil, "-1"},
		{"pss", nil, "0"},
		{"numa", nil, "-1"},
		{"tt", func(p *procwalk.Process) { p.TTYNr = 0x8801 }, "pts/1"},
		{"tty4", func(p *procwalk.Process) { p.TTYNr = 0x8801 }, "1"},
		{"container", func(p *procwalk.Process) { p.PID = 301 }, `web\x1b`},
		{"runtime", nil, "-"},
	} {
		if got := cell(t, c.column, options(), c.change); got != c.want {
			t.Errorf("%s is %q, want %q", c.column, got, c.want)
		}
	}
}

func cgroups(lines ...string) func(*procwalk.Process) {
	return func(p *procwalk.Process) {
		for _, l := range lines {
			id, rest, _ := cutTwo(l)
			p.Cgroups.Lines = append(p.Cgroups.Lines, procwalk.CgroupLine{Hierarchy: id, Controllers: text.New(rest[0]),
				Path: text.New(rest[1])})
		}
	}
}

func cutTwo(l string) (id int, rest [2]string, ok bool) {
	id = int(l[0] - '0')
	for i := 2; i < len(l); i++ {
		if l[i] == ':' {
			return id, [2]string{l[2:i], l[i+1:]}, true
		}
	}
	return id, rest, false
}

func TestSystemdColumns(t *testing.T) {
	for _, c := range []struct{ path, unit, user, slice, session, owner string }{
		{"/", "-", "-", "-.slice", "-", "-"},
		{"/system.slice/ssh.service", "ssh.service", "-", "system.slice", "-", "-"},
		{"/system.slice/system-getty.slice/getty@tty1.service", "getty@tty1.service", "-", "system-getty.slice", "-", "-"},
		{"/user.slice/user-1000.slice/session-c2.scope", "session-c2.scope", "-", "user-1000.slice", "c2", "1000"},
		{"/user.slice/user-1000.slice/user@1000.service/app.slice/foo.service", "user@1000.service", "foo.service",
			"user-1000.slice", "-", "1000"},
		{"/system.slice/docker-0123.scope/nested", "docker-0123.scope", "-", "system.slice", "-", "-"},
		{"/docker/0123", "-", "-", "-.slice", "-", "-"},
		{"/system.slice", "-", "-", "system.slice", "-", "-"},
		{"/system.slice/x\x1b.service", "-", "-", "system.slice", "-", "-"},
		{"/system.slice/_cpu.service", "cpu.service", "-", "system.slice", "-", "-"},
		{"/system.slice/a.service (deleted)", "a.service", "-", "system.slice", "-", "-"},
	} {
		set := cgroups("0::" + c.path)
		for column, want := range map[string]string{"unit": c.unit, "uunit": c.user, "slice": c.slice,
			"lsession": c.session, "ouid": c.owner} {
			if got := cell(t, column, options(), set); got != want {
				t.Errorf("%s of %q is %q, want %q", column, c.path, got, want)
			}
		}
	}
}

func TestNamesTooWide(t *testing.T) {
	for _, c := range []struct {
		name  string
		width int
		want  string
	}{
		{"systemd-network", 8, "systemd+"},
		{"exactly8", 8, "exactly8"},
		{"", 3, "12+"}, // the ID itself is cut the same way
		{"a\x1bb", 8, "a?b"},
		{"ééééé", 3, "1234"}, // a cut would go through a character
		{"a-name-of-more-than-thirty-two-characters", 50, "1234"},
	} {
		s := snapshot(process(1, 0, "c", "", func(p *procwalk.Process) { p.Status.EUID = 1234 }))
		o := options()
		o.Users = names{1234: c.name}
		ctx := newContext(s, o)
		ctx.rest = c.width
		ctx.name(o.Users, 1234)
		if got := string(ctx.cell); got != c.want {
			t.Errorf("%q in %d columns is %q, want %q", c.name, c.width, got, c.want)
		}
	}
}
