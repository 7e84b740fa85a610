package engines

import (
	"encoding/json"
	"path/filepath"
	"strings"

	"bones/cgroupview/container"

	"github.com/BurntSushi/toml"
)

// args is a command line.
type args struct {
	words []string
	// system: it is root's. The settings that a user's program names are not read: they could be a pipe, or on a file
	// system that never answers.
	system bool
}

// path returns the absolute path that is given with one of these flags, in the forms --flag VALUE and --flag=VALUE;
// the last one counts, as it does for the programs. Empty if there is none.
func (a args) path(flags ...string) string {
	found := ""
	for i, word := range a.words {
		name, value, ok := strings.Cut(word, "=")
		if !ok && i+1 < len(a.words) {
			value = a.words[i+1]
		}
		for _, flag := range flags {
			if name == flag && filepath.IsAbs(value) {
				found = filepath.Clean(value)
			}
		}
	}
	return found
}

// dockerd: its command line, and the settings file that it names. Which directory below the data of an engine with
// --userns-remap it uses is found there.
//
// Source: dockerd(8), --data-root, --exec-root, --config-file.
func (f *Finder) dockerd(a args) Places {
	d := container.DockerDirs{Data: a.path("--data-root", "--graph", "-g"), Exec: a.path("--exec-root")}
	settings := a.path("--config-file")
	if settings == "" {
		settings = "/etc/docker/daemon.json"
	}
	var set struct {
		Data string `json:"data-root"`
		Exec string `json:"exec-root"`
	}
	if b := f.settings(a, settings); b != nil && json.Unmarshal(b, &set) == nil {
		if d.Data == "" && filepath.IsAbs(set.Data) {
			d.Data = set.Data
		}
		if d.Exec == "" && filepath.IsAbs(set.Exec) {
			d.Exec = set.Exec
		}
	}
	if d == (container.DockerDirs{}) {
		return Places{}
	}
	return Places{Docker: []container.DockerDirs{d}}
}

// containerd: k3s, rke2, k0s, microk8s and the snaps start it with directories of their own.
//
// Source: containerd(8), --state, --address, --config; containerd-config.toml(5).
func (f *Finder) containerd(a args) Places {
	state, address := a.path("--state"), a.path("--address", "-a")
	settings := a.path("--config", "-c")
	if settings == "" {
		settings = "/etc/containerd/config.toml"
	}
	var set containerdSettings
	if b := f.settings(a, settings); b != nil && toml.Unmarshal(b, &set) == nil {
		if state == "" && filepath.IsAbs(set.State) {
			state = set.State
		}
		if address == "" && filepath.IsAbs(set.GRPC.Address) {
			address = set.GRPC.Address
		}
	}
	if state != "" {
		return Places{Containerd: []string{state}}
	}
	return Places{Containerd: besideSocket(address)}
}

type containerdSettings struct {
	State string `toml:"state"`
	GRPC  struct {
		Address string `toml:"address"`
	} `toml:"grpc"`
}

// shim: the process that containerd leaves beside each container or pod has the address of the engine's socket, which
// as a rule is in the state directory, or beside it.
//
// Source: containerd, core/runtime/v2/README.md.
func (f *Finder) shim(a args) Places {
	return Places{Containerd: besideSocket(a.path("-address", "--address"))}
}

// besideSocket are the directories that may be the state directory of the containerd with this socket.
func besideSocket(address string) []string {
	if address == "" {
		return nil
	}
	return []string{filepath.Dir(address), strings.TrimSuffix(address, ".sock")}
}

// conmon: Podman and CRI-O tell it where the container's files are, and Podman also how it is to be called when the
// container ends.
//
// Source: conmon(8), --bundle, --container-pidfile, --exit-command, --exit-command-arg.
func (f *Finder) conmon(a args) Places {
	var exit args
	for i, word := range a.words {
		if word == "--exit-command-arg" && i+1 < len(a.words) {
			exit.words = append(exit.words, a.words[i+1])
		} else if value, ok := strings.CutPrefix(word, "--exit-command-arg="); ok {
			exit.words = append(exit.words, value)
		}
	}
	d := container.StorageDirs{Graph: exit.path("--root"), Run: exit.path("--runroot")}
	bundle, ok := aboveUserdata(a.path("-b", "--bundle"))
	if d.Graph == "" && ok {
		d.Graph = bundle
	}
	if run, ok := aboveUserdata(filepath.Dir(a.path("-p", "--container-pidfile"))); d.Run == "" && ok {
		d.Run = run
	}
	if d.Graph == "" && d.Run == "" {
		return Places{}
	}
	return Places{Storage: []container.StorageDirs{d}}
}

// aboveUserdata returns ROOT of ROOT/DRIVER-containers/ID/userdata.
func aboveUserdata(path string) (string, bool) {
	list := filepath.Dir(filepath.Dir(path))
	if filepath.Base(path) != "userdata" || !strings.HasSuffix(list, "-containers") {
		return "", false
	}
	return filepath.Dir(list), true
}

// crio is CRI-O itself.
//
// Source: crio(8), --root, --runroot.
func (f *Finder) crio(a args) Places {
	d := container.StorageDirs{Graph: a.path("--root", "-r"), Run: a.path("--runroot")}
	if d.Graph == "" && d.Run == "" {
		return Places{}
	}
	return Places{Storage: []container.StorageDirs{d}}
}

// runc is one that stays with its container in the foreground.
//
// Source: runc(8), --root.
func (f *Finder) runc(a args) Places {
	if root := a.path("--root", "-root"); root != "" {
		return Places{Runc: []string{root}}
	}
	return Places{}
}

// crun is the same for crun(1).
func (f *Finder) crun(a args) Places {
	if root := a.path("--root"); root != "" {
		return Places{Crun: []string{root}}
	}
	return Places{}
}

// lxc: a monitor calls itself by the directory of its containers and the name of its own.
func (f *Finder) lxc(a args) Places {
	if dir, name, ok := monitor(a.words); ok {
		return Places{LXC: []string{dir}, monitor: name}
	}
	return Places{}
}

// monitor reads the command line of an LXC monitor: the directory of its containers and the name of its own.
//
// Source: lxc, src/lxc/lxccontainer.c (do_lxcapi_start): "[lxc monitor] LXCPATH NAME".
func monitor(words []string) (dir, name string, ok bool) {
	rest, ok := strings.CutPrefix(strings.TrimRight(strings.Join(words, " "), " \x00"), "[lxc monitor] ")
	at := strings.LastIndexByte(rest, ' ')
	if !ok || at < 0 || !filepath.IsAbs(rest[:at]) || rest[at+1:] == "" {
		return "", "", false
	}
	return filepath.Clean(rest[:at]), rest[at+1:], true
}
