package psfmt

import (
	"os"
	"path"
	"strconv"
	"strings"

	"bones/procwalk"

	"golang.org/x/sys/unix"
)

// What systemd knows of a process follows from its cgroup's path, made of slices and then a unit:
// /user.slice/user-1000.slice/user@1000.service/app.slice/foo.service. These are the rules of sd-login(3), which ps
// asks; seats and machines are files below /run/systemd.
//
// Source: systemd 252, src/basic/cgroup-util.c.

const runSystemd = "/run/systemd"

// unitPath returns the path of a process in systemd's hierarchy, below that of PID 1, "" if there is none.
func (c *context) unitPath(p *procwalk.Process) string {
	if c.sd == nil {
		c.sd = &systemd{}
		if c.o.Files != nil {
			c.sd.look(path.Join(c.o.Files.sys, "fs/cgroup"))
		}
		if init := c.snap.Find(1); init != nil {
			root := c.sd.path(init)
			for _, own := range []string{"/init.scope", "/system.slice", "/system"} {
				if s, ok := strings.CutSuffix(root, own); ok {
					root = s
					break
				}
			}
			c.sd.root = strings.TrimRight(root, "/")
		}
	}
	full := c.sd.path(p)
	if rest, ok := strings.CutPrefix(full, c.sd.root); ok && (rest == "" || rest[0] == '/') {
		return rest
	}
	return full
}

// systemd is what is constant in one table.
type systemd struct {
	hybrid bool   // v1, with systemd's own hierarchy on v2
	none   bool   // its hierarchy is not mounted, as in a chroot: libsystemd gives ps no answer then
	root   string // the path below which the units are
}

// look finds systemd's hierarchy where libsystemd looks for it (cg_unified_cached).
func (s *systemd) look(dir string) {
	is := func(name string, magic int64) bool {
		var fs unix.Statfs_t
		return unix.Statfs(path.Join(dir, name), &fs) == nil && int64(fs.Type) == magic
	}
	if is("", unix.CGROUP2_SUPER_MAGIC) {
		return
	}
	tmpfs := is("", unix.TMPFS_MAGIC)
	s.hybrid = tmpfs && (is("unified", unix.CGROUP2_SUPER_MAGIC) || is("systemd", unix.CGROUP2_SUPER_MAGIC))
	s.none = !s.hybrid && !(tmpfs && is("systemd", unix.CGROUP_SUPER_MAGIC))
}

func (s *systemd) path(p *procwalk.Process) string {
	if p.Cgroups == nil || s.none {
		return ""
	}
	v2 := ""
	for _, l := range p.Cgroups.Lines {
		raw := strings.TrimSuffix(l.Path.Raw(), " (deleted)")
		if l.V2() {
			v2 = raw
		} else if l.Controllers.Raw() == "name=systemd" && !s.hybrid {
			return raw
		}
	}
	return v2
}

// component cuts a path after its first component.
func component(p string) (first, rest string) {
	p = strings.TrimLeft(p, "/")
	if i := strings.IndexByte(p, '/'); i >= 0 {
		return p[:i], p[i:]
	}
	return p, ""
}

// unitName undoes the escape of a component, "" if it is no unit.
func unitName(comp string) string {
	name := strings.TrimPrefix(comp, "_")
	if len(comp) < 3 || len(name) > 255 {
		return ""
	}
	dot := strings.LastIndexByte(name, '.')
	if dot <= 0 {
		return ""
	}
	switch name[dot+1:] {
	case "service", "socket", "target", "device", "mount", "automount", "swap", "timer", "path", "slice", "scope":
	default:
		return ""
	}
	for i := 0; i < dot; i++ {
		b := name[i]
		letter := b >= '0' && b <= '9' || b >= 'a' && b <= 'z' || b >= 'A' && b <= 'Z'
		if !letter && !strings.ContainsRune(":-_.\\@", rune(b)) {
			return ""
		}
	}
	if at := strings.IndexByte(name, '@'); at == 0 || at == dot-1 {
		return ""
	}
	return name
}

func isSlice(comp string) bool {
	name := unitName(comp)
	return len(name) >= len("x.slice") && strings.HasSuffix(name, ".slice") && !strings.Contains(name, "@")
}

// skipSlices returns the path behind the slices that it begins with, and the last of these.
func skipSlices(p string) (rest, slice string) {
	for {
		first, behind := component(p)
		if !isSlice(first) {
			return p, slice
		}
		slice, p = unitName(first), behind
	}
}

func unitOf(p string) string {
	rest, _ := skipSlices(p)
	first, _ := component(rest)
	name := unitName(first)
	if strings.HasSuffix(name, ".slice") {
		return ""
	}
	return name
}

// userUnitOf is the unit of a user's own service manager, or below a session.
func userUnitOf(p string) string {
	rest, _ := skipSlices(p)
	first, behind := component(rest)
	if id, ok := between(first, "user@", ".service"); ok {
		if _, err := strconv.ParseUint(id, 10, 32); err == nil {
			return unitOf(behind)
		}
	}
	if id, ok := between(first, "session-", ".scope"); ok && sessionID(id) {
		return unitOf(behind)
	}
	return ""
}

func between(s, before, after string) (string, bool) {
	s, ok1 := strings.CutPrefix(s, before)
	s, ok2 := strings.CutSuffix(s, after)
	return s, ok1 && ok2 && s != ""
}

func sessionID(id string) bool {
	for i := 0; i < len(id); i++ {
		b := id[i]
		if !(b >= '0' && b <= '9' || b >= 'a' && b <= 'z' || b >= 'A' && b <= 'Z') {
			return false
		}
	}
	return id != ""
}

func orDash(s string) string {
	if s == "" {
		return "-"
	}
	return s
}

func sdUnit(c *context, p *procwalk.Process) string  { return orDash(unitOf(c.unitPath(p))) }
func sdUunit(c *context, p *procwalk.Process) string { return orDash(userUnitOf(c.unitPath(p))) }

func sdSlice(c *context, p *procwalk.Process) string {
	if _, slice := skipSlices(c.unitPath(p)); slice != "" {
		return slice
	}
	if c.sd.none {
		return "-"
	}
	return "-.slice"
}

func sdSession(c *context, p *procwalk.Process) string {
	if id, ok := between(unitOf(c.unitPath(p)), "session-", ".scope"); ok && sessionID(id) {
		return id
	}
	return "-"
}

// sdSeat reads SEAT= of the session's file.
func sdSeat(c *context, p *procwalk.Process) string {
	id := sdSession(c, p)
	if id == "-" {
		return "-"
	}
	b, err := readSmall(path.Join(runSystemd, "sessions", id), 64<<10)
	if err != nil {
		return "-"
	}
	for line := range strings.Lines(string(b)) {
		if seat, ok := strings.CutPrefix(strings.TrimSuffix(line, "\n"), "SEAT="); ok && seat != "" {
			return seat
		}
	}
	return "-"
}

// sdOuid is the user whose slice the process is in.
func sdOuid(c *context, p *procwalk.Process) string {
	_, slice := skipSlices(c.unitPath(p))
	if id, ok := between(slice, "user-", ".slice"); ok {
		if n, err := strconv.ParseUint(id, 10, 32); err == nil && n != 1<<32-1 && n != 1<<16-1 {
			return strconv.FormatUint(n, 10)
		}
	}
	return "-"
}

// sdMachine is the virtual machine or container that is registered for the unit.
func sdMachine(c *context, p *procwalk.Process) string {
	unit := unitOf(c.unitPath(p))
	if unit == "" {
		return "-"
	}
	name, err := os.Readlink(path.Join(runSystemd, "machines", "unit:"+unit))
	if err != nil {
		return "-"
	}
	return name
}

func printSDUnit(c *context, p *procwalk.Process) int    { return c.plain(sdUnit(c, p)) }
func printSDUunit(c *context, p *procwalk.Process) int   { return c.plain(sdUunit(c, p)) }
func printSDSlice(c *context, p *procwalk.Process) int   { return c.plain(sdSlice(c, p)) }
func printSDSession(c *context, p *procwalk.Process) int { return c.plain(sdSession(c, p)) }
func printSDSeat(c *context, p *procwalk.Process) int    { return c.plain(sdSeat(c, p)) }
func printSDOuid(c *context, p *procwalk.Process) int    { return c.plain(sdOuid(c, p)) }
func printSDMachine(c *context, p *procwalk.Process) int { return c.plain(sdMachine(c, p)) }

var (
	bySDUnit  = words(sdUnit)
	bySDUunit = words(sdUunit)
	bySDSlice = words(sdSlice)
	bySDSess  = words(sdSession)
	bySDSeat  = words(sdSeat)
	bySDOuid  = words(sdOuid)
	bySDMach  = words(sdMachine)
)
