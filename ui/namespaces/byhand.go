package namespaces

import "bones/procwalk"

// byHandIn is a command that shows what a namespace isolates, from inside where that tells most.
func byHandIn(t procwalk.NSType, pid string) []string {
	switch t {
	case procwalk.Net:
		return []string{"nsenter", "--target", pid, "--net", "ip", "address"}
	case procwalk.UTS:
		return []string{"nsenter", "--target", pid, "--uts", "hostname"}
	case procwalk.IPC:
		return []string{"nsenter", "--target", pid, "--ipc", "ipcs"}
	case procwalk.PID:
		return []string{"grep", "NSpid", "/proc/" + pid + "/status"}
	case procwalk.User:
		return []string{"cat", "/proc/" + pid + "/uid_map"}
	case procwalk.Time:
		return []string{"cat", "/proc/" + pid + "/timens_offsets"}
	case procwalk.Cgroup:
		return []string{"cat", "/proc/" + pid + "/cgroup"}
	}
	return []string{"cat", "/proc/" + pid + "/mountinfo"}
}
