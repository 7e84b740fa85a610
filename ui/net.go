package ui

import (
	"cmp"

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

// Storage implements commands.Program.
func (p program) Storage(target string) {
	p.opt.Sheets.ShowStorage(shell{p.UI}, cmp.Or(target, p.netTarget()))
}

// Tune implements commands.Program.
func (p program) Tune(typed string) { p.opt.Tune.Do(shell{p.UI}, p.netTarget(), typed) }
