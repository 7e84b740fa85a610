package inventory

import (
	"os"
	"strconv"
	"strings"

	"bones/procwalk"
)

// FindProcess returns the process that a TARGET names: a PID, pid:N, or self for bones.
func FindProcess(s *procwalk.Snapshot, target string) (*procwalk.Process, error) {
	pid, err := TargetPID(target)
	if err != nil {
		return nil, err
	}
	p := s.Find(pid)
	if p == nil {
		return nil, noTarget("%s: there is no such process", target)
	}
	return p, nil
}

// TargetPID returns the number that a TARGET names.
func TargetPID(target string) (int, error) {
	if target == "self" {
		return os.Getpid(), nil
	}
	word := strings.TrimPrefix(target, "pid:")
	pid, err := strconv.Atoi(word)
	if err != nil || pid < 1 || word[0] == '+' {
		return 0, usage("%q is not a target: give a PID, pid:N or self", target)
	}
	return pid, nil
}
