package main

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// onlyCommon is the beginning of a command: the screen cuts long ones.
func onlyCommon(s string) string { return s[:min(len(s), 40)] }

// screenProcesses reads the rows of view 1 by the columns' titles.
func screenProcesses(screen string) (rows []map[string]string) {
	var titles []string
	at := 0
	for line := range strings.Lines(screen) {
		line = strings.TrimRight(line, " \n█│")                                // the scroll bar
		head := strings.TrimRight(strings.TrimRight(line, "0123456789/"), " ") // where the list is
		if strings.Contains(line, " PID ") && strings.HasSuffix(head, "COMMAND") {
			line = head
			titles, at = strings.Fields(line), len([]rune(line[:strings.Index(line, "COMMAND")]))
			continue
		}
		r := []rune(line)
		if titles == nil || len(r) <= at {
			continue
		}
		f := strings.Fields(string(r[1:at]))
		if len(f) != len(titles)-1 {
			continue
		}
		row := map[string]string{}
		for i, title := range titles[:len(f)] {
			row[title] = f[i]
		}
		command := string(r[at:])
		row["COMMAND"] = strings.TrimLeft(command, " │├└─")
		indent := len([]rune(command)) - len([]rune(row["COMMAND"]))
		row["DEPTH"] = strconv.Itoa(indent / 2)
		rows = append(rows, row)
	}
	return rows
}

// psTree reads the rows of ps axjf, and psList those of ps aux.
func psTree(table string) (rows []map[string]string) {
	return psTable(table, "PPID PID PGID SID TTY TPGID STAT UID TIME")
}

func psList(table string) (rows []map[string]string) {
	return psTable(table, "USER PID %CPU %MEM VSZ RSS TTY STAT START TIME")
}

func psTable(table, titles string) (rows []map[string]string) {
	names := strings.Fields(titles)
	split := regexp.MustCompile(fmt.Sprintf(`^((?: *\S+){%d}) (.*)$`, len(names)))
	for line := range strings.Lines(table) {
		m := split.FindStringSubmatch(strings.TrimSuffix(line, "\n"))
		if m == nil {
			continue
		}
		row := map[string]string{"COMMAND": m[2]}
		for i, f := range strings.Fields(m[1]) {
			row[names[i]] = f
		}
		if at := regexp.MustCompile(`^[ |]*\\_ `).FindString(m[2]); at != "" {
			row["COMMAND"], row["DEPTH"] = m[2][len(at):], strconv.Itoa(len(at)/4)
		} else {
			row["DEPTH"] = "0"
		}
		rows = append(rows, row)
	}
	return rows
}

// columnsOf are these columns of the rows of these processes, in the order of the rows. The depth counts from the
// first of them: ps puts the children of PID 1 beside it.
func columnsOf(rows []map[string]string, pids []int, columns ...string) string {
	var b strings.Builder
	first := -1
	for _, row := range rows {
		if pid, err := strconv.Atoi(row["PID"]); err == nil && slices.Contains(pids, pid) {
			depth, _ := strconv.Atoi(row["DEPTH"])
			if first < 0 {
				first = depth
			}
			row["DEPTH"] = strconv.Itoa(depth - first)
			for _, c := range columns {
				fmt.Fprintf(&b, "%s=%s ", c, onlyCommon(row[c]))
			}
			b.WriteByte('\n')
		}
	}
	return b.String()
}

// names are those of view 5, of what is on the screen.
func names(screen string) (list []string) {
	for line := range strings.Lines(screen) {
		line, _, _ = strings.Cut(line, "│")
		if m := regexp.MustCompile(`^[> ][-a-z]{10} .*\d\d\d\d-\d\d-\d\d \d\d:\d\d (\S+)`).FindStringSubmatch(line); m != nil {
			list = append(list, strings.TrimSuffix(m[1], "/"))
		}
	}
	return list
}
