package files

import (
	"slices"

	"bones/procwalk/rootfs"
	"bones/ui/kit"
)

// Keys implements kit.View.
func (v *View) Keys() []kit.Binding {
	change := kit.OffIf(v.backend.Change == nil, "files cannot be changed here")
	if change == "" && v.where == rootfs.ProcDir {
		change = "that is the kernel's own; . goes to the root"
	}
	return slices.Concat(kit.MoveKeys(v.move, v.moveTo, func() *kit.Table { return &v.table }), []kit.Binding{
		{Keys: "l Right", Action: "open", Help: "open the directory, or look at the file", Do: func() { v.Enter() }},
		{Keys: "h Left", Action: "parent", Help: "go to the parent directory", Do: v.up},
		{Keys: ">", Action: "get", Help: "copy a file or directory out, to a place on the host", Footer: true,
			Off: kit.OffIf(v.backend.Get == nil, "files cannot be copied here"), Do: v.get},
		{Keys: "p", Action: "path", Help: "go to a path: a directory, or the file with this name", Footer: true,
			Do: func() { v.sh.Ask(kit.Question{Label: "go to path: ", Accept: v.GoToPath}) }},
		{Keys: ".", Action: "/proc or root", Help: "go from the root of the process to its folder /proc/PID, or back",
			Footer: true, Do: v.swap},
		{Keys: "/ F4", Action: "filter", Help: "show only the names that hold a text", Footer: true, Do: v.askFilter},
		{Keys: "a", Action: "new file", Help: "make an empty file", Changes: true, Footer: true, Off: change,
			Do: func() { v.askNew("touch", "new file: ") }},
		{Keys: "m", Action: "mkdir", Help: "make a directory", Changes: true, Off: change,
			Do: func() { v.askNew("mkdir", "new directory: ") }},
		{Keys: "e", Action: "edit", Help: "edit a small file here", Changes: true, Footer: true, Off: change,
			Do: v.edit},
		{Keys: "R", Action: "rename", Help: "give the file or directory another name or place; nothing is replaced",
			Changes: true, Off: change, Do: v.rename},
		{Keys: "D", Action: "remove", Help: "remove the file, or the directory with all that is in it", Changes: true,
			Footer: true, Off: change, Do: v.remove},
		{Keys: "<", Action: "put", Help: "copy a file or directory of the host into this directory", Changes: true,
			Footer: true, Off: change, Do: v.put},
	}, v.find.Keys("a name"))
}

// Words implements kit.Commander.
func (v *View) Words() []kit.Word {
	return []kit.Word{
		{Words: "cd", Args: "PATH", Help: "go to a directory or file, within the root that is shown",
			Offers: v.offerDirectories, Do: v.cd},
	}
}

// LeadsTo implements kit.Leader.
func (v *View) LeadsTo() string { return "open" }
