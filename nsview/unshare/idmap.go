package unshare

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"os/user"
	"strconv"
	"strings"

	"bones/procwalk/text"
)

// IDMap says how the ids of a new user namespace relate to ours, for users or for groups.
type IDMap struct {
	// Single maps our own id to Inner.
	Single bool
	Inner  uint32
	// Range maps a block of ids; Auto takes the first block that /etc/subuid or /etc/subgid gives us, from 0 on.
	Range IDBlock
	Auto  bool
}

// IDBlock is a block of Count ids from Outer on that are seen as those from Inner on. Count 0 is no range.
type IDBlock struct {
	Outer, Inner, Count uint32
}

func (m IDMap) asked() bool { return m.Single || m.Auto || m.Range.Count > 0 }

// ParseRange reads "outer,inner,count", or "inner:outer:count" as newer versions of unshare(1) write it.
func ParseRange(s string) (IDBlock, error) {
	parts := strings.Split(s, ",")
	colon := strings.Contains(s, ":")
	if colon {
		parts = strings.Split(s, ":")
	}
	var n [3]uint32
	if len(parts) != len(n) {
		return IDBlock{}, fmt.Errorf("range %q: give OUTER,INNER,COUNT", s)
	}
	for i, p := range parts {
		id, err := parseDecimal(p)
		if err != nil || id > 1<<32-1 {
			return IDBlock{}, fmt.Errorf("range %q: give OUTER,INNER,COUNT", s)
		}
		n[i] = uint32(id)
	}
	r := IDBlock{Outer: n[0], Inner: n[1], Count: n[2]}
	if colon {
		r.Inner, r.Outer = n[0], n[1]
	}
	const ids = 1<<32 - 1 // the last number stands for no id
	if r.Count == 0 || uint64(r.Outer)+uint64(r.Count) > ids || uint64(r.Inner)+uint64(r.Count) > ids {
		return IDBlock{}, fmt.Errorf("range %q: empty, or beyond the last id", s)
	}
	return r, nil
}

// ParseID reads one user or group ID in decimal digits.
func ParseID(s string) (uint32, error) {
	n, err := parseDecimal(s)
	if err != nil || n >= 1<<32-1 {
		return 0, fmt.Errorf("id %q: give a number below 4294967295", s)
	}
	return uint32(n), nil
}

// ranges works the whole map out for us, with own as our id and auto as the block for Auto. Where the block overlaps
// our own mapping, that one id is taken out of it: unshare(1), --map-users.
func (m IDMap) ranges(own uint32, auto func() (IDBlock, error)) ([]IDBlock, error) {
	block := m.Range
	if m.Auto {
		var err error
		if block, err = auto(); err != nil {
			return nil, err
		}
	}
	var out []IDBlock
	if m.Single {
		out = append(out, IDBlock{own, m.Inner, 1})
	}
	rest := []IDBlock{block}
	if m.Single {
		rest = block.withoutInner(m.Inner)
		var kept []IDBlock
		for _, r := range rest {
			kept = append(kept, r.withoutOuter(own)...)
		}
		rest = kept
	}
	for _, r := range rest {
		if r.Count > 0 {
			out = append(out, r)
		}
	}
	return out, nil
}

// withoutInner leaves the inner id out; the outer ids move up, so that the last one is not mapped.
func (r IDBlock) withoutInner(id uint32) []IDBlock {
	if id < r.Inner || id-r.Inner >= r.Count {
		return []IDBlock{r}
	}
	below := id - r.Inner
	return []IDBlock{{r.Outer, r.Inner, below}, {r.Outer + below, id + 1, r.Count - below - 1}}
}

// withoutOuter leaves the outer id out; no two inner ids may be the same outer one.
func (r IDBlock) withoutOuter(id uint32) []IDBlock {
	if id < r.Outer || id-r.Outer >= r.Count {
		return []IDBlock{r}
	}
	below := id - r.Outer
	return []IDBlock{{r.Outer, r.Inner, below}, {id + 1, r.Inner + below, r.Count - below - 1}}
}

// writeMaps sets the maps of the user namespace of the process pid. It runs outside of it. Source: user_namespaces(7).
func (u Unshare) writeMaps(pid int) error {
	dir := "/proc/" + strconv.Itoa(pid)
	if u.UserMap.asked() {
		r, err := u.UserMap.ranges(uint32(os.Geteuid()),
			func() (IDBlock, error) { return subordinate("/etc/subuid", os.Geteuid()) })
		if err != nil {
			return err
		}
		if err := writeMap(dir+"/uid_map", "newuidmap", pid, r, u.UserMap.plain()); err != nil {
			return err
		}
	}
	setgroups := u.SetGroups
	if u.GroupMap.Single && !u.GroupMap.block() {
		setgroups = "deny" // else an unprivileged user may not write gid_map
	}
	// A denial stands before the map is written, a permission is given after.
	if setgroups == "deny" {
		if err := writeOnce(dir+"/setgroups", "deny"); err != nil {
			return err
		}
	}
	if u.GroupMap.asked() {
		r, err := u.GroupMap.ranges(uint32(os.Getegid()),
			func() (IDBlock, error) { return subordinate("/etc/subgid", os.Geteuid()) })
		if err != nil {
			return err
		}
		if err := writeMap(dir+"/gid_map", "newgidmap", pid, r, u.GroupMap.plain()); err != nil {
			return err
		}
	}
	if setgroups == "allow" {
		return writeOnce(dir+"/setgroups", "allow")
	}
	return nil
}

func (m IDMap) block() bool { return m.Auto || m.Range.Count > 0 }

// plain reports whether we may write the map ourselves whoever we are: it holds but our own id.
func (m IDMap) plain() bool { return m.Single && !m.block() }

// writeMap writes a map, or has newuidmap(1) write it where we may not: those are setuid and check /etc/subuid.
func writeMap(file, helper string, pid int, ranges []IDBlock, plain bool) error {
	var lines strings.Builder
	args := []string{strconv.Itoa(pid)}
	for _, r := range ranges {
		fmt.Fprintf(&lines, "%d %d %d\n", r.Inner, r.Outer, r.Count)
		args = append(args, fmt.Sprint(r.Inner), fmt.Sprint(r.Outer), fmt.Sprint(r.Count))
	}
	if plain || os.Geteuid() == 0 {
		return writeOnce(file, lines.String())
	}
	path, err := exec.LookPath(helper)
	if err != nil {
		return fmt.Errorf("mapping a range of ids: %s is not installed, and only root may do without; install the "+
			"package uidmap", helper)
	}
	if out, err := exec.Command(path, args...).CombinedOutput(); err != nil {
		return fmt.Errorf("%s: %w: %s", helper, err, text.Sanitise(strings.TrimSpace(string(out[:min(len(out), 500)]))))
	}
	return nil
}

// subordinate finds the first block that a file such as /etc/subuid gives a user, by name or by number, and lays it
// from inner id 0 on. Source: subuid(5).
func subordinate(file string, uid int) (IDBlock, error) {
	f, err := os.Open(file)
	if errors.Is(err, fs.ErrNotExist) {
		return IDBlock{}, fmt.Errorf("%s: there is none, so no block of ids is ours; an administrator can add one with "+
			"usermod --add-subuids", file)
	}
	if err != nil {
		return IDBlock{}, err
	}
	defer f.Close()
	name := ""
	if u, err := user.LookupId(strconv.Itoa(uid)); err == nil {
		name = u.Username
	}
	return parseSubordinate(f, file, name, strconv.Itoa(uid))
}

func parseSubordinate(r io.Reader, file, name, uid string) (IDBlock, error) {
	lines := bufio.NewScanner(r) // of any length: sites have a line for each of 100,000 users
	for lines.Scan() {
		f := strings.Split(lines.Text(), ":")
		if len(f) != 3 || f[0] == "" || f[0] != name && f[0] != uid {
			continue
		}
		block, err := ParseRange(f[1] + ",0," + f[2])
		if err != nil {
			return IDBlock{}, fmt.Errorf("%s: the block of %s is broken", file, text.Sanitise(f[0]))
		}
		return block, nil
	}
	if err := lines.Err(); err != nil {
		return IDBlock{}, fmt.Errorf("%s: %w", file, err)
	}
	return IDBlock{}, fmt.Errorf("%s: no block of ids for uid %s; an administrator can add one with usermod", file, uid)
}

// writeOnce writes a kernel file with one write(2) and never creates it.
func writeOnce(path, value string) error {
	f, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	_, err = f.WriteString(value)
	return errors.Join(err, f.Close())
}
