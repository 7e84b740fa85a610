package complete

import (
	"context"
	"fmt"
	"os"
	"strconv"
	"strings"

	"bones/cgroupview/inventory/events"
	"bones/cgroupview/inventory/totals"
	"bones/cmd/bones/internal/listing"
	"bones/cmd/bones/internal/netlist"
	"bones/cmd/bones/internal/ports"
	"bones/cmd/bones/internal/remote/address"
	"bones/nsview/unshare/demo"
	"bones/procwalk"
	"bones/procwalk/psfmt"
	"bones/procwalk/signals"
	"bones/ui"
	"bones/ui/rows"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"golang.org/x/sys/unix"
)

// groupings are what containers can be added up by.
func groupings() completer {
	var list []string
	for _, by := range totals.All() {
		list = append(list, string(by), "")
	}
	return words(list...)
}

// sortNames are the columns that tables of containers are sorted by.
func sortNames(names []string) (list []string) {
	for _, name := range names {
		list = append(list, name, "")
	}
	return list
}

// eventKinds are what events can be about.
func eventKinds(context.Context, *cobra.Command, []string, string) []candidate {
	var list []candidate
	for _, k := range events.Kinds() {
		list = append(list, candidate{string(k), k.Does()})
	}
	return list
}

// flagCompleters are what may stand behind flags, by command and flag. Of a flag that is not here nobody can guess the
// value, but for one that may go without: that is a file.
//
// Long: it is a table.
func flagCompleters() map[string]completer {
	intervals := words("0.5", "", "1", "", "5s", "", "1m", "")
	sources := words("auto", "BPF where the kernel and the rights allow it", "proc", "the files of /proc", "bpf",
		"or none")
	sizes := words("64M", "", "128M", "", "256M", "", "512M", "", "1G", "")
	return map[string]completer{
		"bones --at": words("now", "the last moment", "-10m", "ten minutes before its end", "-1h",
			"an hour before its end", "03:00", "at three, the last time"),
		"bones --columns":    several(uiColumns, ""),
		"bones --host":       several(otherHosts, ""),
		"bones --cgroup":     ourFiles,
		"bones --from":       ourFiles,
		"bones --journal":    ourFiles,
		"bones --proc":       ourFiles,
		"bones --source":     sources,
		"bones --theme":      themes,
		"containers --group": groupings(),
		"containers --sort":  words(sortNames(listing.Orders.Names())...),
		"health --over":      words("1s", "", "10s", "", "10m", "of a recording", "1h", "", "0", "one reading"),
		"logs --since":       words("10m", "", "1h", "", "1d", "", "03:00", "at three, the last time"),
		"logs --tail":        words("10", "", "100", "", "1000", ""),
		"net --over":         intervals,
		"net --sort":         words(sortNames(netlist.Orders.Names())...),
		"ports --over":       intervals,
		"ports --sort":       words(sortNames(ports.Orders.Names())...),
		"stats --begin":      words("-1h", "an hour before its end", "-1d", "", "03:00", "at three, the last time"),
		"stats --end":        words("now", "", "-10m", "ten minutes before its end", "04:00", "at four, the last time"),
		"stats --every":      words("10s", "", "1m", "", "10m", "", "1h", ""),
		"stats --sort":       words(sortNames(listing.Orders.Names())...),
		"events --kind":      several(eventKinds, ""),
		"events --since":     words("10m", "", "1h", "", "1d", "", "03:00", "at three, the last time"),
		"events --until":     words("10m", "", "1h", "", "1d", "", "04:00", "at four, the last time"),
		"stats --group":      groupings(),
		"demo --memory":      sizes,
		"demo --name":        demoNames,
		"enter --as": words("container", "what the target is", "root",
			"user 0 with every capability of its user namespace"),
		"enter --namespaces":   several(nsTypes, ""),
		"enter --setenv":       ourVariables,
		"enter --user":         words("root", "", "nobody", ""),
		"kill --signal":        signalNames,
		"ns --type":            several(nsTypes, ""),
		"ps --format":          several(psColumnNames, ""),
		"ps --sort":            several(psColumnNames, "+-"),
		"unshare --kill-child": signalNames,
		"unshare --memory":     sizes,
		"unshare --cpus":       words("0.5", "", "1", "", "2", ""),
		"unshare --pids":       words("20", "", "100", "", "500", ""),
		"unshare --propagation": words("private", "no mount event in or out", "shared", "both ways", "slave", "in, not out",
			"unchanged", "as they are"),
		"unshare --setgroups":      words("allow", "", "deny", ""),
		"unshare --map-user":       words("0", "root"),
		"unshare --map-group":      words("0", "root"),
		"unshare --map-users":      words("auto", "the block of /etc/subuid"),
		"unshare --map-groups":     words("auto", "the block of /etc/subgid"),
		"unshare --root":           ourFiles,
		"unshare --wd":             ourFiles,
		"files touch --mode":       words("644", "", "600", "", "755", ""),
		"files put --mode":         words("644", "", "600", "", "755", ""),
		"files mkdir --mode":       words("755", "", "700", "", "1777", ""),
		"files edit --mode":        words("644", "", "600", "", "755", ""),
		"unshare --mount-proc":     ourFiles,
		"stats --interval":         intervals,
		"bones --delay":            intervals,
		"record --dir":             ourFiles,
		"export --web.config.file": ourFiles, "export --textfile": ourFiles,
		"export --listen": words("127.0.0.1:9777", "", ":9777", ""), "export --web.telemetry-path": words("/metrics", ""),
		"export --interval": words("5", "", "15s", "", "1m", ""), "export --processes": words("10", "", "50", ""),
		"kubectl --kubectl": ourFiles, "kubectl --kubeconfig": ourFiles,
		"deploy systemd --binary": ourFiles, "deploy systemd --interval": intervals,
		"deploy systemd export --binary": ourFiles, "deploy systemd export --web.config.file": ourFiles,
		"deploy systemd export --listen": words("127.0.0.1:9777", "this host alone", ":9777", "every address"),
		"deploy systemd --keep":          words("12h", "", "2d", "", "7d", ""),
		"deploy systemd --max-size":      words("500M", "", "2G", "", "10G", ""),
		"record --interval":              intervals,
		"record --keep":                  words("12h", "", "2d", "", "7d", ""),
		"record --max-size":              words("500M", "", "2G", "", "10G", ""),
		"record --output":                ourFiles,
		"replay --columns":               several(uiColumns, ""),
		"replay --delay":                 intervals,
		"replay --dir":                   ourFiles,
		"replay --theme":                 themes,
		"tour --columns":                 several(uiColumns, ""),
		"tour --delay":                   intervals,
		"tour --theme":                   themes,
	}
}

// completeFlags gives every flag with a value its completion.
func completeFlags(root *cobra.Command) {
	known := flagCompleters()
	for c := range Commands(root) {
		set := func(f *pflag.Flag) {
			find, ours := known[flagName(c, f)]
			if _, file := f.Annotations[TakesFile]; file {
				ours = true // --mount=FILE
			}
			c.RegisterFlagCompletionFunc(f.Name, offer(func(ctx context.Context, c *cobra.Command, args []string,
				word string) ([]candidate, bool) {
				if ours && find == nil {
					return nil, false
				}
				if find == nil {
					return nil, true
				}
				return find(ctx, c, args, word), true
			}))
		}
		c.LocalFlags().VisitAll(set)
	}
}

// flagName is what flagCompleters calls a flag.
func flagName(c *cobra.Command, f *pflag.Flag) string {
	path := strings.TrimPrefix(c.CommandPath(), "bones ")
	return path + " --" + f.Name
}

// otherHosts are the names that the user's ssh and docker have for other hosts.
func otherHosts(context.Context, *cobra.Command, []string, string) []candidate {
	var list []candidate
	names, more := address.Aliases()
	does := "ssh"
	if more {
		does = fmt.Sprintf("ssh; there are more: bones reads %d MiB of ~/.ssh/config", address.MaxAliases>>20)
	}
	for _, name := range names {
		list = append(list, candidate{name, does})
	}
	for _, name := range address.OwnDocker().Contexts() {
		list = append(list, candidate{"context:" + name, "docker context"})
	}
	return list
}

func uiColumns(context.Context, *cobra.Command, []string, string) []candidate {
	var list []candidate
	for _, c := range rows.Columns() {
		list = append(list, candidate{c.Name, c.Title})
	}
	return list
}

// ourVariables are the names of the caller's variables, whose value `-e NAME` hands on.
func ourVariables(context.Context, *cobra.Command, []string, string) []candidate {
	var list []candidate
	for _, v := range os.Environ() {
		if name, _, ok := strings.Cut(v, "="); ok && name != "" {
			list = append(list, candidate{name, ""})
		}
	}
	return list
}

func themes(context.Context, *cobra.Command, []string, string) []candidate {
	var list []candidate
	for _, name := range ui.Themes() {
		list = append(list, candidate{name, ""})
	}
	return list
}

func psColumnNames(context.Context, *cobra.Command, []string, string) []candidate {
	var list []candidate
	for _, c := range psfmt.Columns() {
		list = append(list, candidate{c.Name, c.Header})
	}
	return list
}

func nsTypes(context.Context, *cobra.Command, []string, string) []candidate {
	var list []candidate
	for t := range procwalk.NSTypes {
		list = append(list, candidate{t.String(), ""})
	}
	return list
}

func signalNames(context.Context, *cobra.Command, []string, string) []candidate {
	var list []candidate
	for n := unix.Signal(1); n <= 64; n++ {
		if name := signals.Name(n); name != "" && name[0] > '9' {
			list = append(list, candidate{name, strconv.Itoa(int(n)) + ", " + signals.Does(n)})
		}
	}
	return list
}

func demoNames(context.Context, *cobra.Command, []string, string) []candidate {
	store, err := demo.DefaultStore()
	if err != nil {
		return nil
	}
	all, _ := store.List()
	var list []candidate
	for _, s := range all {
		list = append(list, candidate{s.Name, "PID " + strconv.Itoa(s.PID)})
	}
	return list
}
