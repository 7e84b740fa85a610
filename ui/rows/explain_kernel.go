package rows

import (
	"bones/procwalk/effect"
	"bones/procwalk/text"
	"bones/procwalk/virt"
)

// kernel is where every walk begins: what a container is not, and a virtual machine is.
func (w *walk) kernel() {
	w.begin("The kernel")
	w.line("release", text.Sanitise(w.Snap.Host.Release))
	s := Step{
		Means: "It runs on the same kernel as the host and everything else on it: a container has none of its own, and " +
			"uname says the same on both sides.",
		ByHand:  effect.Command("uname", "-r"),
		Without: "With a kernel of its own it would be a virtual machine, whose processes this host cannot see.",
	}
	switch {
	case w.IsGuest:
		w.line("machine", GuestTitle(&w.Guest))
		w.line("known from", w.Guest.Guest.Evidence)
		s.Means = "The process itself runs on the host's kernel. " + capital(GuestSays) +
			": its guest's uname may say anything."
		s.Without = "Without it the whole machine is gone: to its guest that is a power failure."
		if w.Guest.Unread != "" {
			w.styled(Warn, "not read", w.Guest.Unread)
		}
	case w.Guest.Sandbox == virt.GVisor:
		w.line("sandbox", string(virt.GVisor))
		s.Means = "This is gVisor's own kernel, a program that answers the system calls of what it runs; it is not a " +
			"virtual " +
			"machine, although it may use KVM. What runs in it has no row of its own in this host's process table."
		s.Without = "Without it the processes in the sandbox have no kernel, and end."
	case w.Process.KernelThread():
		s.Means = "It is a part of the kernel that everything on this host runs on, containers too."
	}
	if w.Snap.Host.InPIDNS {
		s.Note = "Whether this host is itself a virtual machine, bones host tells."
	}
	w.end(s)
}

// machine is a sentence on a process of a container that is a virtual machine: Kata's, or KubeVirt's.
func (w *walk) machine() string {
	if !w.IsGuest {
		return ""
	}
	return " It is a virtual machine, too: " + GuestTitle(&w.Guest) + ". " + capital(GuestSays) + "."
}
