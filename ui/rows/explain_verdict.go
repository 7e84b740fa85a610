package rows

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"bones/cgroupview/container"
	"bones/nsview"
	"bones/procwalk"
)

func refused(err error) bool { return errors.Is(err, fs.ErrPermission) }

// verdict says in a sentence or two what the process is.
func (w *walk) verdict() (kind, s string) {
	p, inner := w.Process, w.Chain.Innermost()
	who := fmt.Sprintf("PID %d (%s)", p.PID, shown(p.Comm))
	switch {
	case p.KernelThread():
		return "kernel", who + " is not in a container: it is a thread of the kernel itself, without a program or memory " +
			"of its own."
	case w.isContainer():
		return "container", who + w.inContainer() + w.machine()
	case w.IsGuest:
		return "vm", who + " is a virtual machine: " + GuestTitle(&w.Guest) + ". " + capital(GuestSays) + "."
	case inner.Kind == container.Conmon:
		what := strings.TrimSpace(string(inner.Runtime) + " container " + shown(inner.ID))
		return "beside", who + " is not in a container but beside one: it is the engine's own process that looks after " +
			"the " + what + "." + w.outerContainers()
	case len(w.Started) > 0:
		return "beside", who + " is not in a container but beside one: it started the first process of the container " +
			w.started() + " and stayed outside." + w.outerContainers()
	case inner.Kind == container.Pod:
		return "pod", who + " is in the group of the pod " + shown(inner.PodUID) + " and in none of its containers." +
			w.outerContainers()
	case w.Container != nil && len(w.apart) > 0:
		return "sandbox", fmt.Sprintf("%s is in no container that an engine knows, and yet not like the other processes "+
			"of the host: its %s not the host's. "+
			"Such a sandbox is what unshare makes, or a browser for its pages.%s", who, namespacesAre(w.apart),
			w.outerContainers())
	case w.Role != "":
		return "beside", who + " is not in a container but beside those of a user: it is " + w.Role + "." +
			w.outerContainers()
	case w.Snap.Host.InPIDNS:
		return "inside", who + w.within()
	case w.isInit():
		return "init", who + " is not in a container: it is the first process of this host; the host's namespaces are by " +
			"definition its own." + w.unread()
	}
	return w.plain(who)
}

// inContainer continues the sentence about a container's process.
func (w *walk) inContainer() string {
	c := w.Container
	name := strings.TrimSpace(c.Runtime+" container") + " " + shown(c.Name)
	for i := len(c.Outer) - 1; i >= 0; i-- {
		name += ", within the container " + shown(c.Outer[i])
	}
	s := " is in the " + name
	if c.Guest {
		return " visits the " + name + ", as what nsenter runs does: it is in its pid namespace and ends with it, but in " +
			"none of its control groups, and its limits do not bind it." + w.unread() + w.outerContainers()
	}
	if n := w.inside(); n > 0 && w.ns[procwalk.PID].Share != nsview.Hosts {
		s = fmt.Sprintf(" is PID %d of the %s", n, name)
	}
	var with []string
	if len(w.own) > 0 {
		with = append(with, "namespaces of its own ("+strings.Join(w.own, ", ")+")")
	}
	for _, l := range w.Limits {
		if l.What == "memory" && l.Limit.Err == nil && !l.Limit.Unlimited {
			with = append(with, "a memory limit of "+Size(l.Limit.Value))
		}
	}
	if another, known := w.anotherRoot(); known && another {
		with = append(with, "another root")
	}
	s += ": an ordinary process"
	if len(with) > 0 {
		s += " with " + list(with)
	}
	s += "."
	s += w.sharedWith()
	// user, time and cgroup namespaces are shared as a rule.
	var shares []string
	for _, t := range []procwalk.NSType{procwalk.PID, procwalk.Net, procwalk.Mnt, procwalk.IPC, procwalk.UTS} {
		if w.ns[t].Share == nsview.Hosts {
			shares = append(shares, t.String())
		}
	}
	if len(shares) > 0 {
		s += " Its " + namespacesAre(shares) + " the host's."
	}
	if w.unconfined() {
		s += " Its root is hardly held back: it may have SYS_ADMIN, no system call is filtered, and UID 0 in it is UID 0 " +
			"of the host."
	}
	return s + w.unread() + w.outerContainers()
}

// namespacesAre continues to "net namespace is", "mnt and net namespaces are".
func namespacesAre(types []string) string {
	if len(types) == 1 {
		return types[0] + " namespace is"
	}
	return list(types) + " namespaces are"
}

// sharedWith is a sentence on the namespaces that are neither the host's nor its own: what it shares with others of
// its pod, or with the container whose namespaces it was given or visits.
func (w *walk) sharedWith() string {
	var types []string
	var with []string
	for t := range procwalk.NSTypes {
		if w.ns[t].Share != nsview.Neighbour {
			continue
		}
		types = append(types, t.String())
		for _, row := range w.ns[t].Others {
			if name := w.whose(row); name != "" && !slices.Contains(with, name) {
				with = append(with, name)
			}
		}
	}
	switch {
	case len(types) == 0:
		return ""
	case len(with) == 0:
		return " Its " + namespacesAre(types) + " shared with other processes."
	case len(with) > 3:
		with = append(with[:3], fmt.Sprintf("%d more", len(with)-3))
	}
	return " Its " + namespacesAre(types) + " shared with " + list(with) + "."
}

// visitor is a sentence on a process in none of a container's groups that is in some of its namespaces, as nsenter
// puts it there; empty where its namespaces are not those of one container.
func (w *walk) visitor() string {
	of := ""
	var types []string
	for t := range procwalk.NSTypes {
		if w.ns[t].Share != nsview.Neighbour {
			continue
		}
		for _, row := range w.ns[t].Others {
			if name := w.whose(row); name != "" && (of == "" || of == name) {
				of = name
				types = append(types, t.String())
				break
			}
		}
	}
	if of == "" {
		return ""
	}
	what := types[0] + " namespace"
	if len(types) > 1 {
		what = list(types) + " namespaces"
	}
	return "It visits the " + what + " of " + of + ", as what nsenter runs does: it is in none of its control groups, " +
		"and its limits do not bind it."
}

// whose names the container that another process is in; empty for none.
func (w *walk) whose(row int32) string {
	if w.ContainerOf == nil {
		return ""
	}
	name := w.ContainerOf(&w.Snap.Processes[row])
	if name.Len() == 0 {
		return ""
	}
	return "the container " + shown(name)
}

// sysAdmin is CAP_SYS_ADMIN.
const sysAdmin = 21

// unconfined reports whether root in it could do nearly all that root of the host can: what docker calls privileged.
func (w *walk) unconfined() bool {
	return w.status != nil && w.status.CapBnd>>sysAdmin&1 != 0 && w.status.Seccomp <= 0 &&
		w.ns[procwalk.User].Share == nsview.Hosts
}

// outerContainers is a sentence on that bones itself may not be on the host.
func (w *walk) outerContainers() string {
	if !w.Snap.Host.InPIDNS {
		return ""
	}
	return " All this is as seen from inside of a pid namespace that bones itself is in: what is called the host here " +
		"is PID 1 of that, and what is around it cannot be seen."
}

// unread is a sentence on namespaces that may not be looked at.
func (w *walk) unread() string {
	if w.hidden == 0 {
		return ""
	}
	if w.CanTrace {
		return " Its namespaces may not be looked at, although bones has CAP_SYS_PTRACE."
	}
	return " Its namespaces may not be looked at: that takes CAP_SYS_PTRACE, or the same user."
}

// within is about a process that shares what PID 1 has, where that PID 1 is not the host's.
func (w *walk) within() string {
	s := " has no container of its own among the processes that are seen here; but bones itself is inside of a pid " +
		"namespace, so that all of them are in some container or sandbox."
	if w.Process.PID == 1 {
		s = " is the first process of this pid namespace, which is not the host's: bones itself is inside of a container " +
			"or sandbox, and this is its PID 1."
	}
	var isolated []string
	for t := range procwalk.NSTypes {
		if is, known := nsview.IsFirst(t, w.ns[t].Inode); known && !is {
			isolated = append(isolated, t.String())
		}
	}
	if len(isolated) > 0 {
		s += " Its " + namespacesAre(isolated) + " not the host's: those have fixed numbers."
	}
	return s + " What made it, and the limits around it, cannot be known from in here: ask on the host." + w.unread()
}

// plain is about a process of the host.
func (w *walk) plain(who string) (kind, s string) {
	inner := w.Chain.Innermost()
	kind, s = "process", who+" is not in a container: it is an ordinary process of this host"
	switch inner.Kind {
	case container.Service:
		kind, s = "service", who+" is not in a container: it is a plain service ("+shown(inner.Unit)+")"
	case container.Session, container.Scope:
		if inner.Kind == container.Session {
			kind = "session"
		}
		if inner.Unit.Len() > 0 {
			s += ", in " + shown(inner.Unit)
		}
	}
	with := "PID 1"
	if w.host.PID[procwalk.Mnt] != 1 {
		with = "the host"
	}
	switch {
	case len(w.apart) > 0 && kind == "service":
		s += fmt.Sprintf(". Its %s not the host's, as systemd gives to services (PrivateTmp= and the like); that alone "+
			"makes no container.", namespacesAre(w.apart))
	case len(w.apart) > 0 && w.visitor() != "":
		s += ". " + w.visitor()
	case len(w.apart) > 0:
		s += fmt.Sprintf(". Its %s not the host's, and it made them for its children or was put there: no engine is known.",
			namespacesAre(w.apart))
	case len(w.untold) > 0:
		s += fmt.Sprintf(". Whether its %s the host's cannot be told, as PID 1 may not be looked into (CAP_SYS_PTRACE). "+
			"Its control group is that of no container.", namespacesAre(w.untold))
	case len(w.hosts) > 0 && w.hidden == 0:
		s += " and shares all namespaces with " + with + "."
	default:
		s += "." + w.unread() + " Its control group is that of no container."
	}
	if kind == "service" || kind == "session" {
		return kind, s + " It has a control group, as every process has: that alone makes no container."
	}
	return kind, s
}

// started names the containers that it started.
func (w *walk) started() string {
	var names []string
	for _, t := range w.Started {
		if len(names) == 5 {
			names = append(names, fmt.Sprintf("%d more", len(w.Started)-5))
			break
		}
		names = append(names, shown(t))
	}
	slices.Sort(names[:min(len(names), 5)])
	return list(names)
}

// list joins words: "a, b and c".
func list(words []string) string {
	switch n := len(words); n {
	case 0:
		return "none"
	case 1:
		return words[0]
	default:
		return strings.Join(words[:n-1], ", ") + " and " + words[n-1]
	}
}
