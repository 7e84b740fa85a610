package series

import (
	"cmp"
	"encoding/csv"
	"fmt"
	"io"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"bones/cmd/bones/internal/object"
	"bones/procwalk/text"
	"bones/ui/rows"
)

// Printer writes points as they come; Close ends the answer.
type Printer interface {
	Print([]Point) error
	Close() error
}

// table is for people.
type table struct{ w *tabwriter.Writer }

// Table returns the Printer of a table. by is the head of the column with the names.
func Table(w io.Writer, by string) Printer {
	t := table{tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)}
	fmt.Fprintln(t.w, "TIME\t"+strings.ToUpper(by)+"\tCPU%\tMEM/LIMIT\tPIDS\tREAD\tWRITTEN")
	return t
}

// Print implements Printer.
func (t table) Print(list []Point) error {
	for i := range list {
		p := &list[i]
		memory := bytesCell(p.Memory)
		switch {
		case p.Limit != nil:
			memory += "/" + rows.Size(*p.Limit)
		case p.NoLimit:
			memory += "/no limit"
		case p.By == "container":
			memory += "/-"
		}
		fmt.Fprintf(t.w, "%s\t%s\t%s\t%s\t%s\t%s\t%s\n", p.Time.Format(time.DateTime), cmp.Or(p.Name.String(), "-"),
			float(p.CPU), memory, cmp.Or(number(p.PIDs), "-"), bytesCell(p.Read), bytesCell(p.Write))
	}
	return nil
}

// Close implements Printer.
func (t table) Close() error { return t.w.Flush() }

func bytesCell(n *uint64) string {
	if n == nil {
		return "-"
	}
	return rows.Size(*n)
}

func float(f *float64) string {
	if f == nil {
		return "-"
	}
	return strconv.FormatFloat(*f, 'f', 1, 64)
}

func number(n *uint64) string {
	if n == nil {
		return ""
	}
	return strconv.FormatUint(*n, 10)
}

// columns are the names of the fields in CSV and JSON.
var columns = []string{"time", "by", "name", "id", "containers", "cpu_percent", "memory_bytes", "memory_limit_bytes",
	"pids_current", "read_bytes", "write_bytes"}

type comma struct{ w *csv.Writer }

// CSV returns the Printer of comma-separated values, with a line of heads. What is not known is empty.
//
// Source: RFC 4180.
func CSV(w io.Writer) Printer {
	c := comma{csv.NewWriter(w)}
	c.w.Write(columns) // an error stays until Close
	return c
}

// Print implements Printer.
func (c comma) Print(list []Point) error {
	for i := range list {
		p := &list[i]
		cpu := ""
		if p.CPU != nil {
			cpu = strconv.FormatFloat(*p.CPU, 'f', -1, 64)
		}
		err := c.w.Write([]string{p.Time.Format(time.RFC3339), p.By, word(p.Name), word(p.ID), strconv.Itoa(p.Number), cpu,
			number(p.Memory), number(p.Limit), number(p.PIDs), number(p.Read), number(p.Write)})
		if err != nil {
			return err
		}
	}
	return nil
}

// word is a name for a cell. A spreadsheet takes what begins like a formula for one, and whoever runs a container
// chooses its name.
func word(t text.Text) string {
	s := t.String()
	if s != "" && strings.ContainsRune("=+-@", rune(s[0])) {
		return "'" + s
	}
	return s
}

// Close implements Printer.
func (c comma) Close() error {
	c.w.Flush()
	return c.w.Error()
}

type array struct {
	w    io.Writer
	list []any
}

// JSON returns the Printer of a JSON array.
func JSON(w io.Writer) Printer { return &array{w: w} }

// Print implements Printer.
func (a *array) Print(list []Point) error {
	for i := range list {
		p := &list[i]
		a.list = append(a.list, object.SeriesPoint{Time: p.Time, By: p.By, Name: object.OrNull(p.Name),
			ID: object.OrNull(p.ID), Containers: p.Number, CPU: p.CPU, Memory: p.Memory,
			Limit: p.Limit, PIDs: p.PIDs, Read: p.Read, Write: p.Write, Errors: p.Errors})
	}
	return nil
}

// Close implements Printer.
func (a *array) Close() error {
	return object.WriteArray(a.w, func(yield func(any) bool) {
		for _, e := range a.list {
			if !yield(e) {
				return
			}
		}
	})
}
