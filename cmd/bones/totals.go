package main

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"bones/cgroupview/inventory"
	"bones/cgroupview/inventory/totals"
	"bones/cmd/bones/internal/listing"
	"bones/cmd/bones/internal/object"
	"bones/cmd/bones/internal/tint"
	"bones/procwalk/accounts"
	"bones/procwalk/text"
	"bones/ui/rows"

	"github.com/spf13/cobra"
)

// groupFlag is --group of the commands that list containers.
func groupFlag(c *cobra.Command) *string {
	return c.Flags().String("group", "",
		"print totals instead of containers, by `GROUP`: "+strings.Join(groupings(), ", "))
}

// groupings are the values of --group.
func groupings() []string {
	var list []string
	for _, by := range totals.All() {
		list = append(list, string(by))
	}
	return list
}

// grouping reads --group; empty if it was not given.
func grouping(word string) (totals.By, error) {
	if word != "" && !slices.Contains(groupings(), word) {
		return "", usage("--group %q: group by %s", word, strings.Join(groupings(), ", "))
	}
	return totals.By(word), nil
}

// addUp are the totals of containers that were read.
func addUp(m *inventory.Moment, list []listing.Container, by totals.By) []totals.Total {
	uses := make([]totals.ContainerUse, len(list))
	for i := range list {
		uses[i] = totals.ContainerUse{Usage: list[i].Usage, CPU: list[i].CPU, HasCPU: list[i].HasCPU}
	}
	return totals.Add(m.Inventory, uses, by)
}

func (a *app) totalsJSON(all []totals.Total, by totals.By) error {
	return object.WriteArray(a.out, object.EachAs(all, func(t *totals.Total) any {
		return object.NewTotal(t, string(by))
	}))
}

func (a *app) printTotals(all []totals.Total, by totals.By) error {
	var w tint.Table
	w.Plain(strings.ToUpper(string(by)), "CONTAINERS", "PROCS", "CPU%", "MEM", "PIDS", "BLOCK I/O")
	for i := range all {
		t := &all[i]
		cpu := "-"
		if t.CPU.Known > 0 {
			cpu = strconv.FormatFloat(t.CPU.Value, 'f', 1, 64) + partly(t.CPU)
		}
		group := cmp.Or(t.Group.String(), "-")
		if uid, err := strconv.ParseUint(group, 10, 32); err == nil && by == totals.User {
			group = cmp.Or(text.Sanitise(a.userName(uint32(uid))), group)
		}
		w.Row(listing.DimIfEmpty(group, strconv.Itoa(len(t.Containers)), strconv.Itoa(len(t.PIDs)), cpu,
			sumCell(t.Memory, true),
			sumCell(t.Tasks, false), sumCell(t.ReadBytes, true)+" / "+sumCell(t.WriteBytes, true))...)
	}
	return w.Print(a.out, false)
}

// userName is what a user is called, where what is shown is from; empty: nobody knows.
func (a *app) userName(uid uint32) string {
	if a.past != nil {
		return a.past.User(uid)
	}
	return accounts.New(accounts.Users(a.procRoot)).Name(uid)
}

// partly marks a sum that is not known of all containers: it is at least that.
func partly(s totals.Sum) string {
	if s.Unknown > 0 {
		return "+"
	}
	return ""
}

func sumCell(s totals.Sum, bytes bool) string {
	switch {
	case s.Known == 0:
		return "-"
	case bytes:
		return rows.Size(uint64(s.Value)) + partly(s)
	}
	return strconv.FormatUint(uint64(s.Value), 10) + partly(s)
}
