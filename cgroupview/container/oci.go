package container

import (
	"cmp"

	"bones/procwalk/text"
)

// usualPeriod is the kernel's own period of a quota, in microseconds.
//
// Source: Documentation/scheduler/sched-bwc.rst.
const usualPeriod = 100_000

// runcState is ROOT/ID/state.json: what runc must remember to find its container again.
//
// Source: github.com/opencontainers/runc, libcontainer/container.go (BaseState) and container_linux.go (State).
type runcState struct {
	ID               string            `json:"id"`
	InitProcessPid   int               `json:"init_process_pid"`
	InitProcessStart uint64            `json:"init_process_start"`
	CgroupPaths      map[string]string `json:"cgroup_paths"` // controller, "" for v2, to directory
	Config           struct {
		Cgroups struct {
			Memory    int64  `json:"memory"`
			CPUQuota  int64  `json:"cpu_quota"`
			CPUPeriod uint64 `json:"cpu_period"`
			PIDsLimit int64  `json:"pids_limit"`
		} `json:"cgroups"`
	} `json:"config"`
}

// RecordedLimits are those that a runtime has on disk for a container: it writes them when the container is updated
// or starts again. 0: it has none for that.
//
// Source: github.com/opencontainers/cgroups, config_linux.go (Resources); runc writes it at `runc update`, too, which
// is how engines change a limit.
type RecordedLimits struct {
	Memory   uint64    // bytes
	CPUMilli uint64    // thousandths of a processor
	Tasks    uint64    // processes and threads
	Where    text.Text // the record
}

// limits takes them from a record; negative numbers are no limit.
func (s *runcState) limits(where string) *RecordedLimits {
	c := s.Config.Cgroups
	l := &RecordedLimits{Memory: uint64(max(c.Memory, 0)), Tasks: uint64(max(c.PIDsLimit, 0)), Where: text.New(where)}
	if quota := uint64(max(c.CPUQuota, 0)); quota < 1<<50 && c.CPUPeriod < 1<<32 {
		l.CPUMilli = quota * 1000 / cmp.Or(c.CPUPeriod, uint64(usualPeriod))
	}
	return l
}

// crunStatus is ROOT/ID/status.
//
// Source: github.com/containers/crun, src/libcrun/status.c.
type crunStatus struct {
	Pid              int    `json:"pid"`
	ProcessStartTime uint64 `json:"process-start-time"`
	CgroupPath       string `json:"cgroup-path"`
	Bundle           string `json:"bundle"`
}

// ociSpec is a bundle's config.json, as far as it says who the container is.
//
// Source: github.com/opencontainers/runtime-spec, config.md.
type ociSpec struct {
	Annotations map[string]string `json:"annotations"`
	Linux       struct {
		CgroupsPath string `json:"cgroupsPath"`
	} `json:"linux"`
}

// ociRel is where a runtime keeps the record of id below p: its root, or a user's runtime directory.
func ociRel(p directory, runtime, id, file string) string {
	if p.user != nil {
		return runtime + "/" + id + "/" + file
	}
	return id + "/" + file
}

// runc looks for runc's record. engine, if not empty, is who called runc, and is kept as the runtime.
func (l *lookup) runc(id string, e ChainEntry, engine Runtime) {
	for _, p := range l.store.runc {
		if l.mayKnow(p, e) && l.runcAt(p, ociRel(p, "runc", id, "state.json"), id) {
			l.ownName(id, engine, Runc)
			return
		}
	}
}

func (l *lookup) runcAt(p directory, rel, id string) bool {
	st, err := load(l.store.files, p, rel, decode[runcState])
	if err != nil || st.ID != id {
		l.failed(err)
		return false
	}
	l.init(p.at(rel), st.InitProcessPid, st.InitProcessStart)
	l.info.Limits = st.limits(p.at(rel))
	return true
}

func (l *lookup) crun(id string, e ChainEntry, engine Runtime) {
	for _, p := range l.store.crun {
		if l.mayKnow(p, e) && l.crunAt(p, ociRel(p, "crun", id, "status")) {
			l.ownName(id, engine, Crun)
			return
		}
	}
}

func (l *lookup) crunAt(p directory, rel string) bool {
	st, err := load(l.store.files, p, rel, decode[crunStatus])
	if err != nil {
		l.failed(err)
		return false
	}
	l.init(p.at(rel), st.Pid, st.ProcessStartTime)
	return true
}

// ownName: without an engine above it, a runtime knows a container only by the id that its user chose.
func (l *lookup) ownName(id string, engine, runtime Runtime) {
	if engine == Unknown {
		l.found(runtime)
		l.info.Name = text.New(id)
	}
}
