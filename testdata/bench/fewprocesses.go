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
	goals = append(goals, fewUIGoal(uiCost(bones, uiRounds)))

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
