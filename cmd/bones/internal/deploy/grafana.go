package deploy

import (
	"encoding/json"

	"bones/cmd/bones/internal/command"

	"github.com/spf13/cobra"
)

// panel is one graph of the dashboard.
type panel struct {
	title, unit string // unit as Grafana calls it
	queries     []query
}

// query is one line, or set of lines, of a graph. legend names each by its labels.
type query struct{ expr, legend string }

// of chooses the containers that the variables of the dashboard name.
const of = `{instance=~"$instance",namespace=~"$namespace",container=~"$container"}`

// each keeps containers apart that have one name: those of the pods of one Deployment, and of several hosts.
const each = "by (instance, namespace, pod, container) "

// called is how a legend names a container. Outside of Kubernetes two of the labels are empty.
const called = "{{namespace}} {{pod}} {{container}}"

// on chooses the hosts.
const on = `{instance=~"$instance"}`

// network is the traffic of pods, and of the containers that are in none. That of a pod is told of one of its
// containers, whichever of them the dashboard shows: see the reference of the metrics.
func network(way, sign string) string {
	rate := func(of string) string {
		return "rate(bones_container_network_" + way + "_bytes_total{instance=~\"$instance\",namespace=~\"$namespace\"," +
			of + "}[$__rate_interval])"
	}
	return sign + "sum " + each + "(" + rate(`pod="",container=~"$container"`) + ") or " + sign +
		"sum by (instance, namespace, pod) (" + rate(`pod!=""`) + " and on (instance, namespace, pod) " +
		`bones_container_info{pod!="",container=~"$container"})`
}

// panels are the dashboard, two in a row.
var panels = []panel{
	{"CPU by container", "none", []query{
		{"sum " + each + "(rate(bones_container_cpu_usage_seconds_total" + of + "[$__rate_interval]))",
			called}}},
	{"Throttled: share of periods", "percentunit", []query{
		{"rate(bones_container_cpu_throttled_periods_total" + of + "[$__rate_interval]) / (rate(" +
			"bones_container_cpu_periods_total" + of + "[$__rate_interval]) > 0)", called + ", quota of {{level}}"}}},
	{"Memory: working set", "bytes", []query{
		{"sum " + each + "(bones_container_memory_working_set_bytes" + of + ")", called}}},
	{"Memory: share of the limit that binds", "percentunit", []query{
		{"max " + each + "(bones_container_memory_working_set_bytes" + of + " / ignoring (level) " +
			"bones_container_memory_limit_bytes" + of + ")", called}}},
	{"Killed for want of memory", "none", []query{
		{"sum " + each + "(increase(bones_container_memory_oom_kills_total" + of + "[$__rate_interval]))",
			called}}},
	{"Swap", "bytes", []query{
		{"sum " + each + "(bones_container_memory_swap_bytes" + of + ")", called}}},
	{"Pressure: waiting", "percentunit", []query{
		{"rate(bones_container_pressure_waiting_seconds_total" + of + "[$__rate_interval])",
			called + " for {{resource}}"}}},
	{"Tasks", "none", []query{{"sum " + each + "(bones_container_pids" + of + ")", called}}},
	{"Network", "Bps", []query{
		{network("receive", ""), called + " received"}, {network("transmit", "-"), called + " sent"}}},
	{"Block I/O", "Bps", []query{
		{"sum " + each + "(rate(bones_container_io_read_bytes_total" + of + "[$__rate_interval]))",
			called + " read"},
		{"-sum " + each + "(rate(bones_container_io_written_bytes_total" + of + "[$__rate_interval]))",
			called + " written"}}},
	{"Processes by state", "none", []query{
		{"sum by (state) (bones_container_processes" + of + ")", "{{state}}"}}},
	{"Virtual machines: CPU", "none", []query{
		{"sum by (machine, instance) (rate(bones_machine_cpu_usage_seconds_total" + on + "[$__rate_interval]))",
			"{{machine}} on {{instance}}"}}},
	{"Virtual machines: memory of the host", "bytes", []query{
		{"sum by (machine, instance) (bones_machine_resident_memory_bytes" + on + ")", "{{machine}} on {{instance}}"}}},
	{"Namespaces", "none", []query{{"sum by (type) (bones_namespace_populated" + on + ")", "{{type}}"}}},
	{"Host: CPU", "percentunit", []query{
		{"1 - sum by (instance) (rate(bones_host_cpu_seconds_total{instance=~\"$instance\",mode=~\"idle|iowait\"}" +
			"[$__rate_interval])) / sum by (instance) (rate(bones_host_cpu_seconds_total" + on + "[$__rate_interval]))",
			"{{instance}}"}}},
	{"Host: memory available", "percentunit", []query{
		{"bones_host_memory_available_bytes" + on + " / bones_host_memory_bytes" + on, "{{instance}}"}}},
	{"Host: pressure, all waiting", "percentunit", []query{
		{"rate(bones_host_pressure_stalled_seconds_total" + on + "[$__rate_interval])",
			"{{instance}} for {{resource}}"}}},
	{"What bones itself takes", "percentunit", []query{
		{"rate(bones_exporter_cpu_seconds_total" + on + "[$__rate_interval])", "{{instance}}: of one processor"},
		{"bones_exporter_collection_duration_seconds" + on, "{{instance}}: seconds a collection"}}},
}

// object is one of JSON.
type object = map[string]any

// dashboard is the JSON that Grafana imports.
//
// Source: Grafana, "Dashboard JSON model", schema version 39 (Grafana 10 and 11).
func dashboard() object {
	source := object{"type": "prometheus", "uid": "${source}"}
	list := make([]object, len(panels))
	for i, p := range panels {
		targets := make([]object, len(p.queries))
		for j, q := range p.queries {
			targets[j] = object{"datasource": source, "expr": q.expr, "legendFormat": q.legend, "refId": string(rune('A' + j))}
		}
		list[i] = object{"id": i + 1, "type": "timeseries", "title": p.title, "datasource": source, "targets": targets,
			"gridPos":     object{"h": 8, "w": 12, "x": i % 2 * 12, "y": i / 2 * 8},
			"fieldConfig": object{"defaults": object{"unit": p.unit}, "overrides": []object{}},
			"options":     object{"tooltip": object{"mode": "multi", "sort": "desc"}}}
	}
	values := func(name, label, query string) object {
		return object{"name": name, "label": label, "type": "query", "datasource": source, "query": query, "refresh": 2,
			"definition": query, "multi": true, "includeAll": true, "allValue": ".*", "sort": 1,
			"current": object{"text": "All", "value": "$__all"}}
	}
	return object{"title": "Containers (bones)", "uid": "bones", "tags": []string{"bones", "containers"},
		"schemaVersion": 39, "editable": true, "refresh": "30s", "time": object{"from": "now-1h", "to": "now"},
		"templating": object{"list": []object{
			{"name": "source", "label": "Prometheus", "type": "datasource", "query": "prometheus"},
			values("instance", "Host", "label_values(bones_host_info, instance)"),
			values("namespace", "Namespace",
				`label_values(bones_container_info{instance=~"$instance"}, namespace)`),
			values("container", "Container",
				`label_values(bones_container_info{instance=~"$instance",namespace=~"$namespace"}, container)`)}},
		"panels": list}
}

func grafanaCommand(p command.Program) *cobra.Command {
	return &cobra.Command{
		Use:   "grafana",
		Short: "Print a dashboard for Grafana of the metrics of bones export",
		Long: `Print a Grafana dashboard as JSON: containers, namespaces and hosts, from the metrics that bones
export gives to Prometheus. Import it under Dashboards, New, Import, or put it into the directory
from which Grafana is provisioned.`,
		Example: "  bones deploy grafana > /var/lib/grafana/dashboards/bones.json",
		Args:    cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			e := json.NewEncoder(p.Out())
			e.SetIndent("", "  ")
			e.SetEscapeHTML(false)
			return command.Failed(e.Encode(dashboard()))
		},
	}
}
