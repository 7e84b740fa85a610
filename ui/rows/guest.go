package rows

import (
	"fmt"
	"strings"

	"bones/procwalk/text"
	"bones/procwalk/virt"
	"bones/procwalk/virt/machines"
)

// GuestSays is what is true of every process that is a virtual machine.
const GuestSays = "this process is the machine; its guest has a kernel and processes of its own that this host " +
	"cannot see"

// GuestTitle names a virtual machine in a sentence: web (QEMU, 2 vCPUs, 512M of guest memory, KVM).
func GuestTitle(g *machines.GuestProcess) string {
	about := []string{g.Guest.Monitor}
	if g.Guest.VCPUs == 1 {
		about = append(about, "1 vCPU")
	} else if g.Guest.VCPUs > 1 {
		about = append(about, fmt.Sprintf("%d vCPUs", g.Guest.VCPUs))
	}
	if g.Guest.Memory > 0 {
		about = append(about, Size(g.Guest.Memory)+" of guest memory")
	}
	switch {
	case g.Guest.Accelerated:
		about = append(about, "by KVM")
	case g.Guest.Monitor == "QEMU" && g.Unread == "":
		about = append(about, "in software")
	}
	if g.Sandbox != virt.NoSandbox {
		about = append(about, "a sandbox of "+string(g.Sandbox))
	}
	if g.Guest.Name.Len() == 0 {
		return strings.Join(about, ", ")
	}
	return g.Guest.Name.String() + " (" + strings.Join(about, ", ") + ")"
}

// guestLines are what details say of one.
func guestLines(g *machines.GuestProcess) []Line {
	list := []Line{{"is", GuestTitle(g), Plain}, {"guest", GuestSays, Plain}, {"known from", g.Guest.Evidence, Dim}}
	if g.Unread != "" {
		list = append(list, Line{"not read", text.Line(g.Unread), Warn})
	}
	return list
}

// capital begins a sentence.
func capital(s string) string { return strings.ToUpper(s[:1]) + s[1:] }
