package ui

import "bones/procwalk/text"

// Logs implements commands.Program.
func (p program) Logs(target string) bool {
	if p.opt.Containers.Logs.Read == nil {
		return false
	}
	if target == "" {
		target = p.netTarget()
	}
	if target != "" {
		p.opt.Containers.Logs.Show(shell{p.UI}, target, text.Line(target))
	}
	return target != ""
}
