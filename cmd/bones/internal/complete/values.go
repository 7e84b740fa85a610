package complete

import (
	"cmp"
	"context"
	"slices"
	"strconv"
	"strings"

	"bones/cgroupview"
	"bones/cgroupview/spec"

	"github.com/spf13/cobra"
)

// completeFile offers the interface files of the target's groups, with what each holds.
func (r *resolver) completeFile(ctx context.Context, _ *cobra.Command, args []string, _ string) []candidate {
	var list []candidate
	for _, f := range r.interfaceFiles(ctx, args) {
		if f.Spec == nil || f.Spec.Readable {
			list = append(list, candidate{f.Name.Raw(), does(&f)})
		}
	}
	return list
}

// interfaceFiles are the files of all groups that the first argument names, by name.
func (r *resolver) interfaceFiles(ctx context.Context, args []string) []cgroupview.File {
	h, t := r.groupsForCompletion(ctx, args)
	if t == nil {
		return nil
	}
	var all []cgroupview.File
	for _, g := range t.Groups.List {
		files, err := h.Files(g)
		if err == nil {
			all = append(all, files...)
		}
	}
	slices.SortStableFunc(all, func(x, y cgroupview.File) int { return cmp.Compare(x.Name.Raw(), y.Name.Raw()) })
	return all
}

func does(f *cgroupview.File) string {
	if f.Spec == nil {
		return ""
	}
	return f.Spec.Does
}

// portable are the names that mean the right file on cgroup v1 and v2, with what is often asked of them.
var portable = []struct {
	name, does string
	files      string // of v1 and v2, where the value is a plain number
	values     []string
}{
	{"memory", "the most memory the group may use, in bytes or as a share", "memory.limit_in_bytes memory.max",
		[]string{"128M", "256M", "512M", "1G", "2G", "4G", "50%", "max"}},
	{"cpus", "how many processors it may use", "", []string{"0.25", "0.5", "1", "1.5", "2", "4", "max"}},
	{"pids", "the most tasks, threads included", "pids.max", []string{"50", "100", "500", "1000", "max"}},
}

// completeAssignment offers the files that can be set, and behind the "=" values for them.
func (r *resolver) completeAssignment(ctx context.Context, _ *cobra.Command, args []string, word string) []candidate {
	name, _, value := strings.Cut(word, "=")
	files := r.interfaceFiles(ctx, args)
	if len(files) == 0 {
		return nil
	}
	given := func(name string) bool {
		return slices.ContainsFunc(args[1:], func(s string) bool { return strings.HasPrefix(s, name+"=") })
	}
	var list []candidate
	for _, p := range portable {
		switch {
		case value && p.name == name:
			for i := range files {
				f := &files[i]
				if _, err := strconv.ParseUint(f.Value.Raw(), 10, 53); err == nil && slices.Contains(strings.Fields(p.files),
					f.Name.Raw()) {
					list = append(list, candidate{name + "=" + f.Value.Raw(), "as it is"})
				}
			}
			for _, v := range p.values {
				list = append(list, candidate{name + "=" + v, ""})
			}
		case !value && !given(p.name):
			list = append(list, candidate{p.name + "=", p.does})
		}
	}
	for i := range files {
		f := &files[i]
		if ok, _ := f.Editable(); !ok {
			continue
		}
		switch {
		case value && f.Name.Raw() == name:
			list = append(list, valuesOf(f)...)
		case !value && !given(f.Name.Raw()):
			list = append(list, candidate{f.Name.Raw() + "=", does(f)})
		}
	}
	return list
}

// valuesOf are values that a file takes: what it holds, no limit in the kernel's word for it, and ordinary ones.
func valuesOf(f *cgroupview.File) []candidate {
	set := f.Name.Raw() + "="
	var list []candidate
	if f.Err == nil && f.Value.Len() > 0 && !f.Truncated {
		list = append(list, candidate{set + f.Value.Raw(), "as it is"})
	}
	if f.Spec.Unlimited != "" {
		list = append(list, candidate{set + f.Spec.Unlimited, "no limit"})
	}
	var more []string
	switch f.Spec.Kind {
	case spec.Bytes:
		more = []string{"128M", "256M", "512M", "1G", "2G", "4G"}
	case spec.Quota: // of a period of 100 ms, as the kernel sets it
		more = []string{"50000", "100000", "200000"}
	case spec.Micros:
		more = []string{"50000", "100000", "200000"}
	}
	switch f.Name.Raw() {
	case "pids.max":
		more = []string{"50", "100", "500", "1000"}
	case "freezer.state":
		more = []string{"FROZEN", "THAWED"}
	case "cgroup.freeze", "memory.oom.group", "cpu.idle":
		more = []string{"0", "1"}
	case "cpu.shares":
		more = []string{"512", "1024", "2048"}
	case "cpu.weight", "io.weight":
		more = []string{"50", "100", "200"}
	}
	for _, v := range more {
		list = append(list, candidate{set + v, ""})
	}
	return list
}

// completeChange offers the changes of the history that can be undone, the last one first.
func (r *resolver) completeChange(context.Context, *cobra.Command, []string, string) []candidate {
	h, err := r.History()
	if err != nil {
		return nil
	}
	defer h.Close()
	var list []candidate
	for _, c := range slices.Backward(h.Changes) {
		if !c.Undoable() {
			continue
		}
		e, err := h.Entry(c)
		if err != nil {
			return list
		}
		list = append(list, candidate{strconv.Itoa(c.N), e.What.Raw()})
	}
	return list
}
