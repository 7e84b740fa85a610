package detail

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/prometheus/procfs"
)

// TestDisks: whole disks alone count. Partitions, and what is made of other disks or of memory, would count twice.
func TestDisks(t *testing.T) {
	dir := t.TempDir()
	stats := ""
	for i, name := range []string{"loop0", "sda", "sda1", "sda12", "sdaa", "nvme0n1", "nvme0n1p1", "mmcblk0", "mmcblk0p2",
		"dm-0", "md127", "zram0", "vda", "xvda", "xvda1"} {
		stats += fmt.Sprintf("   8       %d %s 1 0 %d 0 1 0 %d 0 0 0 0\n", i, name, 2, 4)
	}
	if err := os.WriteFile(filepath.Join(dir, "diskstats"), []byte(stats), 0o644); err != nil {
		t.Fatal(err)
	}
	got := disks(dir)
	var names []string
	for _, d := range got.Value {
		names = append(names, d.Name.Raw())
		if d.In != 1024 || d.Out != 2048 {
			t.Errorf("%s has %d and %d bytes", d.Name, d.In, d.Out)
		}
	}
	if want := "[sda sdaa nvme0n1 mmcblk0 vda xvda]"; fmt.Sprint(names) != want || got.Err != nil {
		t.Errorf("the disks are %v (%v), want %s", names, got.Err, want)
	}
	if got := disks(filepath.Join(dir, "nowhere")); got.Err == nil {
		t.Error("disks are told of nothing")
	}
}

// TestEveryDiskCounts: the rates of a host with many disks are those of all of them.
func TestEveryDiskCounts(t *testing.T) {
	dir := t.TempDir()
	stats := ""
	for i := range 100 {
		stats += fmt.Sprintf("   8       %d vd%c%c 1 0 2 0 1 0 4 0 0 0 0\n", i, 'a'+i/26, 'a'+i%26)
	}
	if err := os.WriteFile(filepath.Join(dir, "diskstats"), []byte(stats), 0o644); err != nil {
		t.Fatal(err)
	}
	if got := disks(dir); len(got.Value) != 100 || got.Err != nil {
		t.Errorf("of 100 disks %d are told of, %v", len(got.Value), got.Err)
	}
}

func TestOutside(t *testing.T) {
	for name, want := range map[string]bool{"eth0": true, "enp0s3": true, "wlan0": true, "ens5": true, "lo": false,
		"veth12ab": false, "docker0": false, "br-0123": false, "virbr0": false, "eth0.100": false, "cali1": false} {
		if outside(name) != want {
			t.Errorf("%s leads outside: %v", name, !want)
		}
	}
}

func TestCores(t *testing.T) {
	got := cores(map[int64]procfs.CPUStat{1: {User: 1, Idle: 3, Iowait: 1}, 0: {System: 2}, -1: {User: 5}})
	if fmt.Sprint(got) != "[{0 200 200} {1 100 500}]" {
		t.Errorf("the processors are %v", got)
	}
}

// TestNetworkOfAHostOfContainers: the devices that lead out of the machine are told of, however many it has for its
// containers; and where there are too many of both, that is an error, and not a rate of some of them.
func TestNetworkOfAHostOfContainers(t *testing.T) {
	dir := t.TempDir()
	if err := os.MkdirAll(filepath.Join(dir, "1/net"), 0o755); err != nil {
		t.Fatal(err)
	}
	write := func(inner, outer int) {
		t.Helper()
		var b strings.Builder
		b.WriteString("Inter-|   Receive\n face |bytes\n")
		line := func(name string, n int) {
			fmt.Fprintf(&b, "%s%06d: %d 1 0 0 0 0 0 0 %d 1 0 0 0 0 0 0\n", name, n, 1000+n, 2000+n)
		}
		for n := range inner {
			line("veth", n)
		}
		for n := range outer {
			line("eth", n)
		}
		if err := os.WriteFile(filepath.Join(dir, "1/net/dev"), []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	write(40_000, 2)
	got := network(dir)
	if want := "[{eth000000 1000 2000} {eth000001 1001 2001}]"; fmt.Sprint(got.Value) != want || got.Err != nil {
		t.Errorf("the devices are %v (%v), want %s", got.Value, got.Err, want)
	}
	write(0, trafficMax+1)
	if got := network(dir); got.Err == nil || len(got.Value) != 0 {
		t.Errorf("of too many %d are told of, %v", len(got.Value), got.Err)
	}
}
