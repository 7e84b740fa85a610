package main

// fewCost makes the first processes of the world, and measures what counts where there are few of them: how long bones
// takes to start, and a refresh.
func fewCost(bones, hello string, rounds int) ([]goal, error) {
	version := &command{name: "bones version", argv: []string{bones, "version"}}
	smallest := &command{name: "go hello world", argv: []string{hello}}
	race([]*command{version, smallest}, 5*rounds) // they take milliseconds
	goals := []goal{ratio("CPU of bones version / the smallest program of Go", 1.8, version.CPU().Seconds(),
		smallest.CPU().Seconds(), version.skip, smallest.skip)}

	// 100 processes.
	if err := grow(0, 2); err != nil {
		return nil, err
	}
	least := map[string]refreshed{}
	skip := map[string]string{}
	for range 2 { // in turns; the least counts
		for _, argv := range [][]string{{bones, "-d", "1"}, {"htop", "-d", "10", "-t"}} {
			cost, err := refreshCost(argv)
			if err != nil {
				skip[argv[0]] = err.Error()
				continue
			}
			if old, ok := least[argv[0]]; !ok || cost.cpu < old.cpu {
				least[argv[0]] = cost
			}
		}
	}
	goals = append(goals, ratio("CPU of a refresh of bones / htop -t, 100 processes", 0.8, least[bones].cpu.Seconds(),
		least["htop"].cpu.Seconds(), skip[bones], skip["htop"]))

	// 200.
	if err := grow(2, 4); err != nil {
		return nil, err
	}
	ps := &command{name: "bones ps", argv: []string{bones, "ps"}, rows: 100}
	axjf := &command{name: "ps axjf", argv: []string{"ps", "axjf"}}
	race([]*command{ps, axjf}, 3*rounds)
	return append(goals, ratio("CPU of bones ps / ps axjf, 200 processes", 0.7, ps.CPU().Seconds(), axjf.CPU().Seconds(),
		ps.skip, axjf.skip)), nil
}
