package tuning

import (
	"fmt"
	"strconv"
	"strings"

	"bones/procwalk/effect"
)

// ByHand implements effect.Effect. Where every process gets the same, it is one loop over their PIDs.
func (e *Tune) ByHand() string {
	if len(e.targets) == 1 {
		return strings.Join(commands(e.targets[0], strconv.Itoa(e.targets[0].ID.PID)), " && ")
	}
	var list []string
	if !e.alike() {
		for _, t := range e.targets {
			list = append(list, commands(t, strconv.Itoa(t.ID.PID))...)
		}
		return strings.Join(list, "; ")
	}
	for _, t := range e.targets {
		list = append(list, strconv.Itoa(t.ID.PID))
	}
	return fmt.Sprintf("for p in %s; do %s; done", strings.Join(list, " "), strings.Join(commands(e.targets[0], "$p"),
		"; "))
}

// commands are those that give a process its values; pid is its number, or a variable of the shell that holds it.
func commands(t Plan, pid string) []string {
	var list []string
	for _, v := range t.Values {
		list = append(list, command(v.Name, v.Value, pid, "ls /proc/"+pid+"/task | xargs "))
		for _, a := range v.Apart {
			list = append(list, command(v.Name, a.Value, strconv.Itoa(a.TID), ""))
		}
	}
	return list
}

// command is one of them. threads is what stands before a command that takes each thread by its number; empty: pid is
// one thread.
func command(name, value, pid, threads string) string {
	one := " " + pid
	if threads != "" {
		one = ""
	}
	switch name {
	case Nice:
		return threads + "renice " + value + " -p" + one
	case IOPrio:
		class, level, leveled := strings.Cut(value, ":")
		words := "ionice -c " + class
		if leveled {
			words += " -n " + level
		}
		return threads + words + " -p" + one
	case CPUs:
		all := ""
		if threads != "" {
			all = "-a "
		}
		return "taskset " + all + "-c -p " + value + " " + pid
	case OOM:
		return "choom -p " + pid + " -n " + value
	case "nicelimit":
		name = "nice"
	}
	return "prlimit --pid " + pid + " " + effect.Command("--"+name+"="+value)
}
