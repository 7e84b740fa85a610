package files

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"strings"

	"bones/nsview"
	"bones/procwalk/rootfs"
	"bones/procwalk/text"
	"bones/ui/kit"
	"bones/ui/rows/procfile"
)

// socketMax is how much of each list of sockets is read, in bytes.
const socketMax = 1 << 20

// sockets reads what the sockets among open files are, from the lists of the network namespace.
func (b *Backend) sockets(ctx context.Context, at location, list []rootfs.Info) map[string]string {
	isSocket := func(i rootfs.Info) bool { return strings.HasPrefix(i.Target, "socket:") }
	if b.Read == nil || !slices.ContainsFunc(list, isSocket) {
		return nil
	}
	files, cut := map[string]string{}, false
	for _, name := range procfile.SocketFiles {
		content, err := b.Read(ctx, at.id, at.where, "/net/"+name, socketMax+1)
		if err != nil {
			continue
		}
		if len(content) > socketMax {
			cut, content = true, content[:bytes.LastIndexByte(content[:socketMax], '\n')+1]
		}
		files[name] = string(content)
	}
	known := procfile.Sockets(files)
	if cut {
		known[procfile.Unlisted] = fmt.Sprintf("a socket, which is not in the first %d MiB of its list; bones reads no more",
			socketMax>>20)
	}
	return known
}

// about says what each entry of a directory of the folder in /proc is.
func (v *View) about(sockets map[string]string) []string {
	if v.where != rootfs.ProcDir {
		return nil
	}
	is := make([]string, len(v.list))
	for n := range v.list {
		i := &v.list[n]
		says := procfile.About(v.join(i.Name))
		switch dir := v.path[strings.LastIndexByte(v.path, '/')+1:]; {
		case i.Err != "":
			says = text.Line(i.Err)
		case dir == "fd" && i.Kind == rootfs.Link:
			says = procfile.Descriptor(i.Target, sockets)
		case dir == "ns" && i.Kind == rootfs.Link:
			says += v.membersOf(i.Target)
		case dir == "task" && i.Kind == rootfs.Directory:
			says = "a thread, with a folder like that of the process"
		}
		if i.Kind == rootfs.Link {
			says = strings.TrimRight(text.Line(i.Target)+"  "+says, " ")
		}
		is[n] = says
	}
	return is
}

// membersOf says how many processes are in the namespace of a link such as "net:[4026531840]".
func (v *View) membersOf(target string) string {
	key, ok := nsview.ParseLink(target)
	f := v.sh.Frame()
	if !ok || !f.HasTable() {
		return ""
	}
	n, first := 0, false
	for i := range f.Snap.Processes {
		if p := &f.Snap.Processes[i]; p.NS != nil && p.NS.Inode[key.Type] == key.Inode {
			n++
			first = first || p.PID == 1
		}
	}
	switch {
	case first:
		return "; that of PID 1, in it " + kit.Plural(n, "process", "processes")
	case n > 0:
		return "; another than that of PID 1, in it " + kit.Plural(n, "process", "processes")
	}
	return ""
}
