package export

import (
	"fmt"
	"slices"
	"strings"
)

// rows are all metrics, in the order of the reference.
func rows() []row {
	var all []row
	add := func(list []row) { all = append(all, list...) }
	add(rowsOf(ofContainers(), containerLabels, ""))
	add(rowsOf(ofContainersBesideLimits(), containerLabels, ""))
	add(rowsOf(ofGroups(), unitLabels, "--units"))
	add(rowsOf(ofProcesses(), processLabels, "--processes"))
	add(rowsOf(ofMachines(), machineLabels, ""))
	add(rowsOf(ofNamespaces(), nil, ""))
	add(rowsOf(ofHost(), nil, ""))
	add(rowsOf(ofExporter(), nil, ""))
	return all
}

func rowsOf[Of any](table []metric[Of], common []string, when string) []row {
	list := make([]row, len(table))
	for i := range table {
		list[i] = table[i].row(common, when)
	}
	return list
}

// Reference is the page that says what each metric means, in Markdown: made from the table, like the metrics.
func Reference() string {
	var b strings.Builder
	b.WriteString(`# Metrics of bones export

What is not known is left out and never 0. ` + "`level`" + ` says whose a limit or counter is: ` + "`container`" +
		` the container's own group, ` + "`inner`" + ` one below it, else the path of a group around it, and ` +
		"`unseen`" + ` one that cannot be seen from here. Labels that are empty are left out.

What network devices count is told once for each network namespace, so that sums count nothing twice: of a pod on its
container ` + "`pause:POD`" + `, which holds the namespace, and else on the container that was started first, if others
have joined it. Containers in the host's network namespace have none of it. The traffic of pods is

    sum by (namespace, pod) (rate(bones_container_network_receive_bytes_total[5m]))

`)
	last := ""
	for _, r := range rows() {
		if head := strings.Join(strings.SplitN(r.Name, "_", 3)[:2], "_"); head != last {
			last = head
			fmt.Fprintf(&b, "## %s_*%s\n\n", head, map[bool]string{true: ", with " + r.When}[r.When != ""])
			if len(r.Common) > 0 {
				fmt.Fprintf(&b, "Labels of all: `%s`.\n\n", strings.Join(r.Common, "`, `"))
			}
			b.WriteString("| metric | type | labels | meaning |\n|---|---|---|---|\n")
		}
		labels := ""
		if len(r.Labels) > 0 {
			labels = "`" + strings.Join(r.Labels, "`, `") + "`"
		}
		fmt.Fprintf(&b, "| `%s` | %s | %s | %s |\n", r.Name, r.Kind, labels, strings.ReplaceAll(r.Help, "|", `\|`))
		if end := slices.IndexFunc(rows(), func(x row) bool { return x.Name == r.Name }); end+1 == len(rows()) ||
			!strings.HasPrefix(rows()[end+1].Name, last+"_") {
			b.WriteString("\n")
		}
	}
	return strings.TrimSuffix(b.String(), "\n")
}
