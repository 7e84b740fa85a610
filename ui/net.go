package ui

import (
	"cmp"

	"bones/ui/commands"
	"bones/ui/kit"
	"bones/ui/ports"
)

// netTarget is what the sheets about the network are of: in view 2 the selected container, else the process.
func (u *UI) netTarget() string { return ports.Target(u.View(), u.frame, u.target()) }

// Ports implements commands.Program.
func (p program) Ports(target string) { p.opt.Network.ShowPorts(shell{p.UI}, target) }

// Net implements commands.Program.
func (p program) Net(target string) { p.opt.Network.ShowNet(shell{p.UI}, target) }

// Reach implements commands.Program.
func (p program) Reach(ends string) { p.opt.Network.ShowReach(shell{p.UI}, p.netTarget(), ends) }

// chooseReach asks which other one is meant, with the containers to choose from.
func (p program) chooseReach() { p.opt.Network.ChooseReach(shell{p.UI}, p.netTarget()) }

// Storage implements commands.Program.
func (p program) Storage(target string) {
	p.opt.Sheets.ShowStorage(shell{p.UI}, cmp.Or(target, p.netTarget()))
}

// Tune implements commands.Program.
func (p program) Tune(typed string) { p.opt.Tune.Do(shell{p.UI}, p.netTarget(), typed) }

// Files implements commands.Program.
func (p program) Files(target, path string) {
	if p.Go(kit.Files, target) && path != "" {
		p.files.GoToPath(path)
	}
}

// Copy implements commands.Program.
func (p program) Copy(c commands.Copy) {
	if c.Path == "" {
		p.showNumber(kit.Files)
		p.files.PutBack()
	} else if p.Go(kit.Files, c.Target) && c.In {
		p.files.PutInto(c.Local, c.Path)
	} else if p.View().Number() == kit.Files {
		p.files.GetFrom(c.Path, c.Local)
	}
}
