package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"
)

// recorded is what a recorder costs.
type recorded struct {
	name     string
	cpu      time.Duration // of a sample
	bytes    float64       // of a sample, on disk
	resident int64         // at the end
	skip     string
}

const (
	recordEvery   = 5 * time.Second
	recordSamples = 12 // that are measured
	// A recorder's start counts as a share of each sample: bones writes all of a moment once in so many, and the others
	// against it. Its start is dearer than that by the reading of what no later sample needs.
	startShare = 60
)

// recorderCost records a world of 1,000 processes in 50 containers with bones and with atop at the same time.
func recorderCost(bones, groups string) (costs []*recorded, goals []goal) {
	ours, atops := &recorded{name: "bones record, a sample"}, &recorded{name: "atop -w, a sample"}
	costs = []*recorded{ours, atops}
	defer func() {
		goals = []goal{
			ratio("CPU of bones record / atop -w, a sample of 1,000 processes", 0.5, ours.cpu.Seconds(), atops.cpu.Seconds(),
				ours.skip, atops.skip),
			ratio("bytes of bones record / atop -w, a sample", 0.25, ours.bytes, atops.bytes, ours.skip, atops.skip),
			ratio("a day of bones record, in units of 200 MB", 1, ours.bytes*float64(24*time.Hour/recordEvery), 200e6,
				ours.skip),
			ratio("resident memory of bones record, in units of 64 MiB", 1, float64(ours.resident), 64<<20, ours.skip),
		}
	}()
	if err := record(bones, groups, ours, atops); err != nil {
		for _, c := range costs {
			if c.skip == "" {
				c.skip = err.Error()
			}
		}
	}
	return costs, nil
}

func record(bones, groups string, ours, atops *recorded) (err error) {
	world, err := startContainers(groups, 50, 20)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, world.end()) }()
	dir := filepath.Join(binDir, "recordings")
	if err := os.Mkdir(dir, 0o700); err != nil {
		return err
	}
	seconds := strconv.Itoa(int(recordEvery / time.Second))
	done := make(chan struct{}, 2)
	run := func(c *recorded, size func() int64, argv ...string) {
		defer func() { done <- struct{}{} }()
		if err := c.measure(size, argv); err != nil {
			c.skip = err.Error()
		}
	}
	go run(ours, func() int64 { return sizeBelow(filepath.Join(dir, "bones")) }, bones, "record", "--interval",
		recordEvery.String(), "--dir", filepath.Join(dir, "bones"))
	go run(atops, func() int64 { return sizeBelow(filepath.Join(dir, "atop")) }, "atop", "-w", filepath.Join(dir, "atop"),
		seconds)
	<-done
	<-done
	return nil
}

// measure runs a recorder over some samples, and ends it.
func (c *recorded) measure(size func() int64, argv []string) error {
	if _, err := exec.LookPath(argv[0]); err != nil {
		return errors.New(argv[0] + " is not installed")
	}
	cmd := exec.Command(argv[0], argv[1:]...)
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "LC_ALL=C.UTF-8", "TZ=UTC", "HOME=" + binDir}
	var said strings.Builder
	cmd.Stderr = &said
	if err := cmd.Start(); err != nil {
		return err
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	defer func() {
		cmd.Process.Kill()
		<-ended
	}()
	pass := func(d time.Duration) error {
		select {
		case err := <-ended:
			ended <- err
			return fmt.Errorf("it ended: %v %s", err, said.String())
		case <-time.After(d):
			return nil
		}
	}
	// In the middle between the first two samples, and then between two others. A busy machine is slow to start it.
	for tries := 0; size() == 0 && tries < 600; tries++ {
		if err := pass(100 * time.Millisecond); err != nil {
			return err
		}
	}
	if err := pass(recordEvery / 2); err != nil {
		return err
	}
	start, err := cpuOf(cmd.Process.Pid)
	if err != nil {
		return err
	}
	first := size()
	if err := pass(recordSamples * recordEvery); err != nil {
		return err
	}
	end, err := cpuOf(cmd.Process.Pid)
	if err != nil {
		return err
	}
	last := size()
	if first == 0 || last <= first {
		return fmt.Errorf("it wrote nothing: %s", said.String())
	}
	c.cpu = (end-start)/recordSamples + start/startShare
	c.bytes = float64(last-first)/recordSamples + float64(first)/startShare
	c.resident = residentOf(cmd.Process.Pid)
	return nil
}

// sizeBelow is how many bytes a file, or all files of a directory, have.
func sizeBelow(path string) (sum int64) {
	filepath.WalkDir(path, func(_ string, d os.DirEntry, err error) error {
		if err != nil {
			return nil
		}
		if info, err := d.Info(); err == nil && info.Mode().IsRegular() {
			sum += info.Size()
		}
		return nil
	})
	return sum
}

func printRecorders(list []*recorded) {
	fmt.Printf("\n1,000 processes in 50 containers, of which 100 work four times a second; a sample every %s:\n\n",
		recordEvery)
	t := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(t, "COMMAND\tCPU ms\tKiB\tRESIDENT MiB\t")
	for _, c := range list {
		if c.skip != "" {
			fmt.Fprintf(t, "%s\tskipped\t\t\t %s\n", c.name, c.skip)
			continue
		}
		fmt.Fprintf(t, "%s\t%s\t%.1f\t%.1f\t\n", c.name, ms(c.cpu), c.bytes/1024, float64(c.resident)/(1<<20))
	}
	t.Flush()
}
