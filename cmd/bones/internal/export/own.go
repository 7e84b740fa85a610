package export

import (
	"runtime"
	"runtime/debug"
	"time"

	"golang.org/x/sys/unix"
)

// cost is what the exporter itself does and takes.
type cost struct {
	*exporter
	took time.Duration // of this collection
}

// ofExporter are the metrics of the exporter.
//
// Long: it is a table.
func ofExporter() []metric[*cost] {
	return []metric[*cost]{
		{Name: "bones_exporter_build_info", Help: "Which bones this is; always 1.",
			Labels: []string{"version", "revision", "goversion"}, read: func(_ *cost, emit emitter) {
				version, revision := build()
				emit(1, version, revision, runtime.Version())
			}},
		{Name: "bones_exporter_collections_total", Kind: counter, Help: "How often the host was read.",
			read: func(c *cost, emit emitter) { emit(c.collections) }},
		{Name: "bones_exporter_failed_collections_total", Kind: counter,
			Help: "How often it could not be read, or not within the deadline.",
			read: func(c *cost, emit emitter) { emit(c.failures) }},
		{Name: "bones_exporter_shared_scrapes_total", Kind: counter,
			Help: "Scrapes that were answered with what had just been read for another one.",
			read: func(c *cost, emit emitter) { emit(float64(c.shared.Load())) }},
		{Name: "bones_exporter_collection_duration_seconds", Unit: "seconds", Help: "How long reading the host took.",
			read: func(c *cost, emit emitter) { emit(c.took.Seconds()) }},
		{Name: "bones_exporter_cut_labels_total", Kind: counter,
			Help: "Values of labels that were cut because they were longer than 128 bytes.",
			read: func(c *cost, emit emitter) { emit(c.labels.cuts) }},
		{Name: "bones_exporter_left_out", Labels: []string{"what"},
			Help: "What has no metrics of its own because there are too many; of a network, its devices.",
			read: func(c *cost, emit emitter) {
				for _, what := range []string{"container", "unit", "machine", "network"} {
					emit(c.leftOut[what], what)
				}
			}},
		{Name: "bones_exporter_incomplete", Help: "1 if the process table lacks processes or fields, or bones may " +
			"open too few files to read all.",
			read: func(c *cost, emit emitter) { emit(bit(c.incomplete)) }},
		{Name: "bones_exporter_unread_records",
			Help: "Records of engines that are there and could not be used, so that containers may lack a name.",
			read: func(c *cost, emit emitter) { emit(float64(c.unread)) }},
		{Name: "bones_exporter_cpu_seconds_total", Kind: counter, Unit: "seconds",
			Help: "Processor time that the exporter itself has used.", read: func(_ *cost, emit emitter) {
				var u unix.Rusage
				if unix.Getrusage(unix.RUSAGE_SELF, &u) == nil {
					emit(time.Duration(u.Utime.Nano() + u.Stime.Nano()).Seconds())
				}
			}},
		{Name: "bones_exporter_memory_bytes", Unit: "bytes", Help: "Memory that the exporter itself has of the system.",
			read: func(_ *cost, emit emitter) {
				var m runtime.MemStats
				runtime.ReadMemStats(&m)
				emit(float64(m.Sys - m.HeapReleased))
			}},
	}
}

// build tells which bones this is.
func build() (version, revision string) {
	version = "(devel)"
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return version, ""
	}
	if info.Main.Version != "" {
		version = info.Main.Version
	}
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" {
			revision = s.Value
		}
	}
	return version, revision
}
