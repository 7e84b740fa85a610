package main

import (
	"fmt"
	"os"
	"sync"
	"text/tabwriter"
	"time"
)

// uiProgram is a program on the terminal that is measured several times; what was least counts: other work on the
// machine only ever adds.
type uiProgram struct {
	name  string
	argv  []string
	least refreshed
	skip  string
}

// The programs of uiCost, in this order.
const (
	uiBones = iota
	uiByFiles
	uiHtop
)

// uiCost measures a refresh of the terminal UI beside htop. All of them run at the same time, each on a terminal of
// its own, so that other work on the machine slows down all alike, and that it takes a third of the time; they start
// apart, and so do not refresh at the same moment.
func uiCost(bones string, rounds int) []*uiProgram {
	programs := []*uiProgram{
		uiBones:   {name: "bones, a refresh", argv: []string{bones, "-d", "1"}},
		uiByFiles: {name: "bones --source proc, a refresh", argv: []string{bones, "-d", "1", "--source", "proc"}},
		uiHtop:    {name: "htop -t, a refresh", argv: []string{"htop", "-d", "10", "-t"}},
	}
	for range rounds {
		var running sync.WaitGroup
		for i, p := range programs {
			running.Go(func() {
				time.Sleep(time.Duration(i) * time.Second / time.Duration(len(programs)))
				cost, err := refreshCost(p.argv)
				p.add(cost, err)
			})
		}
		running.Wait()
	}
	return programs
}

// add counts one more measurement.
func (p *uiProgram) add(cost refreshed, err error) {
	switch {
	case err != nil:
		p.skip = err.Error()
	case p.least.sent == 0:
		p.least = cost
	default:
		p.least.cpu = min(p.least.cpu, cost.cpu)
		p.least.sent = min(p.least.sent, cost.sent)
		p.least.resident = min(p.least.resident, cost.resident)
	}
}

// uiGoals are those of 5,000 processes.
func uiGoals(ui []*uiProgram) []goal {
	bones, byFiles, htop := ui[uiBones], ui[uiByFiles], ui[uiHtop]
	return []goal{
		ratio("CPU of a refresh of bones / htop -t", 0.13, bones.least.cpu.Seconds(), htop.least.cpu.Seconds(), bones.skip,
			htop.skip),
		ratio("CPU of a refresh of bones --source proc / htop -t", 0.2, byFiles.least.cpu.Seconds(),
			htop.least.cpu.Seconds(), byFiles.skip, htop.skip),
		ratio("bytes to the terminal, a refresh of bones / htop -t", 1.5, float64(bones.least.sent),
			float64(htop.least.sent), bones.skip, htop.skip),
		ratio("resident memory of the terminal UI, in units of 45 MiB", 1, float64(bones.least.resident), 45<<20,
			bones.skip),
	}
}

// fewUIGoal is that of 100 processes.
func fewUIGoal(ui []*uiProgram) goal {
	return ratio("CPU of a refresh of bones / htop -t, 100 processes", 0.8, ui[uiBones].least.cpu.Seconds(),
		ui[uiHtop].least.cpu.Seconds(), ui[uiBones].skip, ui[uiHtop].skip)
}

// uiRounds is how often the terminal UI is measured: a round takes 20 s, whose many refreshes are a mean already.
const uiRounds = 2

// measureUI measures the terminal UI alone.
func measureUI(bones string) error {
	began := time.Now()
	t := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(t, "PROCESSES\tPROGRAM\tCPU ms\tBYTES\tMiB\t")
	var goals []goal
	have := 0
	for _, groups := range []int{2, 100} {
		if err := grow(have, groups); err != nil {
			return err
		}
		have = groups
		ui := uiCost(bones, uiRounds)
		for _, p := range ui {
			fmt.Fprintf(t, "%d\t%s\t%s\t%d\t%.1f\t %s\n", groups*groupSize, p.name, ms(p.least.cpu), p.least.sent,
				float64(p.least.resident)/(1<<20), p.skip)
		}
		if groups == 2 {
			goals = append(goals, fewUIGoal(ui))
		} else {
			goals = append(goals, uiGoals(ui)...)
		}
	}
	t.Flush()
	report(goals)
	fmt.Printf("\nDone in %.0f s.\n", time.Since(began).Seconds())
	return nil
}
