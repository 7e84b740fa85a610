package counters

import (
	"errors"
	"testing"

	"bones/cgroupview"
)

// TestMemoryParts: the parts by the names of both versions, and whose limit it is that they count against.
func TestMemoryParts(t *testing.T) {
	const mib = 1 << 20
	v2 := map[string]string{
		"pod/web/memory.max": "max\n", "pod/web/memory.high": "max\n", "pod/web/memory.current": "104857600\n",
		"pod/web/memory.stat": "anon 52428800\nfile 31457280\nkernel 10485760\nshmem 10485760\ninactive_file 5242880\n",
		"pod/web/memory.peak": "125829120\n", "pod/web/memory.swap.current": "1048576\n",
		"pod/memory.max": "209715200\n", "pod/memory.high": "max\n", "pod/memory.current": "157286400\n",
		"pod/memory.stat": "anon 1\n",
	}
	v1 := map[string]string{
		"pod/web/memory.limit_in_bytes": "9223372036854771712\n", "pod/web/memory.usage_in_bytes": "104857600\n",
		"pod/web/memory.stat": "cache 1\nrss 1\nshmem 1\nswap 1\ntotal_cache 31457280\ntotal_rss 52428800\ntotal_shmem " +
			"10485760\ntotal_swap 1048576\ntotal_inactive_file 5242880\nhierarchical_memory_limit 209715200\n",
		"pod/web/memory.max_usage_in_bytes": "125829120\n", "pod/web/memory.kmem.usage_in_bytes": "10485760\n",
		"pod/memory.limit_in_bytes": "209715200\n", "pod/memory.usage_in_bytes": "157286400\n",
		"pod/memory.stat": "total_rss 1\nhierarchical_memory_limit 209715200\n",
	}
	for version, files := range map[int]map[string]string{1: v1, 2: v2} {
		h, in := tree(t, version, files)
		g := groupAt(t, in, "/pod/web")
		m, err := ReadMemory(h, cgroupview.Groups{List: []*cgroupview.Group{g}}, 1<<33)
		if err != nil {
			t.Fatal(err)
		}
		for name, c := range map[string]struct {
			got  cgroupview.Reading
			want uint64
		}{
			"usage": {m.Usage, 100 * mib}, "anon": {m.Anon, 50 * mib}, "file": {m.File, 20 * mib},
			"shmem": {m.Shmem, 10 * mib}, "kernel": {m.Kernel, 10 * mib}, "swap": {m.Swap, mib},
			"working set": {m.WorkingSet, 95 * mib}, "peak": {m.Peak, 120 * mib}, "of the level": {m.LevelUsage, 150 * mib},
		} {
			if c.got.Err != nil || c.got.Value != c.want {
				t.Errorf("version %d: %s is %+v, want %d", version, name, c.got, c.want)
			}
		}
		if !m.Outer || m.Limit.Value != 200*mib || m.Limit.From == nil || m.Limit.From.Path.Raw() != "/pod" {
			t.Errorf("version %d: the limit is %+v, outer: %v", version, m.Limit, m.Outer)
		}
	}
	// Kernels before 5.18 do not add up what is theirs; 5.19 has peak.
	delete(v2, "pod/web/memory.peak")
	v2["pod/web/memory.stat"] = "anon 1\nfile 0\nshmem 0\nkernel_stack 3\nslab 4\npercpu 5\ninactive_file 0\n"
	h, in := tree(t, 2, v2)
	m, err := ReadMemory(h, cgroupview.Groups{List: []*cgroupview.Group{groupAt(t, in, "/pod/web")}}, 1<<33)
	if err != nil || m.Kernel.Value != 12 || m.Kernel.Err != nil || !errors.Is(m.Peak.Err, cgroupview.ErrUnsupported) {
		t.Errorf("%v: %+v", err, m)
	}
	if _, err := ReadMemory(h, cgroupview.Groups{}, 1); !errors.Is(err, cgroupview.ErrUnsupported) {
		t.Errorf("without a group: %v", err)
	}
}
