package rootfs

import (
	"context"
	"encoding/base64"
	"fmt"
	"path"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"bones/procwalk"
	"bones/procwalk/effect"
	"bones/procwalk/idmap"
)

// MaxByHand is how much of a content stands in the command by hand, in bytes: what is longer is no command any more.
const MaxByHand = 64 << 10

// maxPrinted is how much of a text is given to printf; beyond it base64 is shorter than the escapes may be.
const maxPrinted = 4 << 10

// ByHand implements effect.Effect. By hand, a link in the path may lead out of the container.
func (c *Change) ByHand() string {
	root := "/proc/" + strconv.Itoa(c.client.id.PID) + "/root/"
	path := root + trimSlash(c.op.Path)
	switch {
	case c.op.Kind == "mv":
		return c.made(effect.Command("mv", "-nT", "--", path, root+trimSlash(c.op.To)), "", "mv", "-nT", "--", path,
			root+trimSlash(c.op.To))
	case c.op.Kind == "copy":
		return c.copyByHand(path)
	case c.op.Kind == "unpack":
		return effect.Command("tar", "-xpf", "-", "-C", path)
	case c.op.Kind == "restore":
		return c.restoreByHand(path)
	case c.op.Kind == "rm" && c.op.Recursive:
		return effect.Command("rm", "-r", "--", path)
	case c.op.Kind == "rm" && c.replaces != nil && c.replaces.Kind == Directory:
		return effect.Command("rmdir", "--", path)
	case c.op.Kind == "rm":
		return effect.Command("rm", "--", path)
	case c.op.Kind == "mkdir" && c.op.Parents:
		return c.made(effect.Command("mkdir", "-p", "--", path), path, "mkdir", "-p", "--", path)
	case c.op.Kind == "mkdir":
		return c.made(effect.Command("mkdir", "--", path), path, "mkdir", "--", path)
	case c.op.Kind == "touch" && c.replaces != nil && c.replaces.Kind == Link:
		return effect.Command("touch", "-h", "--", path)
	case c.op.Kind == "touch":
		return c.made(effect.Command("touch", "--", path), path, "touch", "--", path)
	}
	write, print := c.writeByHand()+" > "+effect.Command(path), c.writeByHand()
	if c.local != "-" {
		write, print = effect.Command("cp", "--", c.local, path), effect.Command("cat", "--", c.local)
	}
	if c.owner == "" || c.replaces != nil {
		return write + c.attributesByHand(path)
	}
	return write + c.chownByHand(path) + " || " + print + " | " + c.asItsRoot("sh", "-c",
		"cat > "+effect.Command(path)) + c.attributesByHand(path)
}

// made is plain, and what follows it. In a user namespace with another root than ours, what is made gets that as its
// owner; where that fails, because the file system was mounted in there and takes nothing new from a user without a
// number in it, its root makes it.
func (c *Change) made(plain, path string, words ...string) string {
	if c.owner == "" || c.replaces != nil && c.op.Kind != "mv" {
		return plain + c.attributesByHand(path)
	}
	return plain + c.chownByHand(path) + " || " + c.asItsRoot(words...) + c.attributesByHand(path)
}

// copyByHand is the command for a copy of a tree. What it makes belongs to root, as what bones makes does.
func (c *Change) copyByHand(path string) string {
	from, to := c.op.Local, path
	if c.op.Into {
		from, to = strings.TrimRight(from, "/")+"/.", strings.TrimRight(path, "/")+"/"
	}
	words := []string{"cp", "-dR", "--preserve=mode,timestamps,links"}
	if c.op.Archive {
		words = []string{"cp", "-a"}
	}
	if c.op.Follow {
		words = append(words, "-H")
	}
	line := effect.Command(append(words, "-T", "--", from, to)...)
	owner := c.owner
	if c.op.UID != nil && c.op.GID != nil {
		owner = fmt.Sprintf("%d:%d", *c.op.UID, *c.op.GID)
	}
	if owner != "" && (!c.op.Archive || c.op.UID != nil) {
		line += " && " + effect.Command("chown", "-hR", "--", owner, path)
	}
	if c.op.Mode != nil {
		line += " && " + effect.Command("find", path, "-type", "f", "-exec", "chmod", fmt.Sprintf("%04o",
			*c.op.Mode&0o7777), "{}", "+")
	}
	return line
}

// restoreByHand takes away what was made, and unpacks what was kept.
func (c *Change) restoreByHand(path string) string {
	at := path
	if !c.op.Into {
		at = strings.TrimRight(path, "/")
		at = at[:strings.LastIndexByte(at, '/')+1]
	}
	var lines, files, directories []string
	for n := len(c.op.Made) - 1; n >= 0; n-- {
		m := c.op.Made[n]
		if name := strings.TrimRight(at, "/") + "/" + string(m.Path); m.Dir {
			directories = append(directories, name)
		} else {
			files = append(files, name)
		}
	}
	if len(files) > 0 {
		lines = append(lines, effect.Command(append([]string{"rm", "-f", "--"}, files...)...))
	}
	if len(directories) > 0 {
		lines = append(lines, effect.Command(append([]string{"rmdir", "--"}, directories...)...))
	}
	if len(c.op.Content) > 0 {
		unpack := effect.Command("tar", "-xzpf", "-", "--numeric-owner", "--xattrs", "--xattrs-include=*", "-C", at)
		if len(c.op.Content) > MaxByHand {
			lines = append(lines, unpack) // of what is in the journal
		} else {
			lines = append(lines, "echo "+base64.StdEncoding.EncodeToString(c.op.Content)+" | base64 -d | "+unpack)
		}
	}
	return strings.Join(lines, " && ")
}

func (c *Change) chownByHand(path string) string {
	if c.op.Kind == "mv" {
		return ""
	}
	return " && " + effect.Command("chown", "--", c.owner, path)
}

func (c *Change) asItsRoot(words ...string) string {
	return effect.Command(append([]string{"nsenter", "-t", strconv.Itoa(c.client.id.PID), "-U", "-S", "0", "-G", "0",
		"--"}, words...)...)
}

// writeByHand is what prints the content of a put.
func (c *Change) writeByHand() string {
	s := string(c.op.Content)
	switch {
	case c.content != nil || len(s) > MaxByHand:
		return "cat"
	case len(s) <= maxPrinted && utf8.ValidString(s) && !strings.ContainsRune(s, 0):
		return effect.Command("printf", "%s", s)
	}
	return "echo " + base64.StdEncoding.EncodeToString(c.op.Content) + " | base64 -d"
}

// attributesByHand gives what was made the owner and the mode that it gets here.
func (c *Change) attributesByHand(path string) string {
	made := c.replaces == nil
	if c.op.Kind == "mv" {
		return ""
	}
	if !made && c.op.Kind != "put" && c.op.Kind != "touch" {
		return "" // what is there keeps its own
	}
	owner, mode := "", c.op.Mode
	if c.op.UID != nil && c.op.GID != nil {
		owner = fmt.Sprintf("%d:%d", *c.op.UID, *c.op.GID)
	}
	line := ""
	if c.op.Kind == "put" && mode == nil && made && c.mode != nil && *c.mode != 0o644 {
		mode = new(uint32)
		*mode = 0o644
	}
	if owner != "" {
		line += " && " + effect.Command("chown", "--", owner, path)
	}
	if mode != nil {
		digits := 4
		if directory := c.op.Kind == "mkdir" || !made && c.replaces.Kind == Directory; directory && !c.op.KeepSetID {
			digits = 5 // with fewer chmod(1) leaves a directory the set-user-ID and set-group-ID that it has
		}
		line += " && " + effect.Command("chmod", "--", fmt.Sprintf("%0*o", digits, *mode&0o7777), path)
	}
	if c.op.MTime != nil {
		at := time.Unix(0, *c.op.MTime)
		line += " && " + effect.Command("touch", "-d", fmt.Sprintf("@%d.%09d", at.Unix(), at.Nanosecond()), "--", path)
	}
	return line
}

// rootOwner is who is root in the process's user namespace, as UID:GID here, or UID alone where the directory gives
// what is made in it its group; empty where that is root here, or unknown.
func (c *Client) rootOwner(ctx context.Context, op Op) string {
	folder, err := procwalk.OpenFolder(c.procRoot, c.id)
	if err != nil {
		return ""
	}
	defer folder.Close()
	var ids [2]int64
	for i, name := range []string{"uid_map", "gid_map"} {
		b, _, _ := folder.Read(name, idmap.MaxSize) // what was not read gives root no number
		m, err := idmap.Parse(b)
		if ids[i] = number(m.Outside(0)); err != nil || ids[i] < 0 {
			return ""
		}
	}
	if ids == [2]int64{} {
		return ""
	}
	if parent, err := c.Stat(ctx, path.Dir(op.Path), true); err == nil && parent.Mode&0o2000 != 0 { // set-group-ID
		return strconv.Itoa(int(ids[0]))
	}
	return fmt.Sprintf("%d:%d", ids[0], ids[1])
}
