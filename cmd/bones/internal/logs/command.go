// Package logs is `bones logs`: what a container has printed, as its engine wrote it down on the disk.
package logs

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"bones/cgroupview/logs"
	"bones/cmd/bones/internal/command"
	"bones/cmd/bones/internal/object"
	"bones/cmd/bones/internal/record"
	"bones/procwalk/text"

	"github.com/spf13/cobra"
)

// flags are those of the command, by docker's names.
type flags struct {
	follow, stamps, byHand bool
	tail                   int
	since                  string
}

// Command makes `bones logs`, which prints what an engine recorded of a container's output.
func Command(p command.Program) *cobra.Command {
	f := flags{tail: -1}
	c := &cobra.Command{
		Use:   "logs TARGET",
		Short: "What a container has printed, as its engine wrote it down",
		Long: `Print what a container, running or not, has written to its standard output and error, as its engine
keeps it on this host: Docker's json-file logs with the rotated files, the kubelet's files below
/var/log/pods, Podman's k8s-file, and the journal, for which bones runs journalctl. bones asks no
engine. For other engines, and for Docker's other drivers, bones says that there is no log it can
read, and where the standard output of the container's process leads.

Both streams go to standard output; --json tells them apart. Colours are left out, tabs become
spaces, and whatever else could act on the terminal is printed as an escape; --json keeps
everything. Lines are cut at 256 KiB, and bones says so. --follow goes on until the container ends,
or ^C, also across log rotation.`,
		Example: "  bones logs web\n  bones logs web --tail 100 --follow\n  bones logs web --since 10m --timestamps\n" +
			"  bones logs web --json\n  bones logs web --by-hand",
		Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error { return run(c.Context(), p, &f, args[0]) },
	}
	c.Flags().BoolVarP(&f.follow, "follow", "f", false, "keep printing what the container writes")
	c.Flags().IntVarP(&f.tail, "tail", "n", -1, "print only the last `N` lines of the log; -1: all")
	c.Flags().StringVar(&f.since, "since", "", "print only what is from `TIME` on: 10m, 1d12h, 2w, 03:00, "+
		"yesterday 03:00, @SECONDS, or RFC 3339")
	c.Flags().BoolVarP(&f.stamps, "timestamps", "t", false, "put the time in front of each line")
	c.Flags().BoolVar(&f.byHand, "by-hand", false, "print the command that shows the same, and exit")
	return c
}

func run(ctx context.Context, p command.Program, f *flags, word string) error {
	ask := logs.Ask{Tail: f.tail, Follow: f.follow}
	if f.tail < -1 {
		return command.Usage("--tail %d: give a number of lines, or -1 for all", f.tail)
	}
	if f.since != "" {
		var err error
		if ask.Since, err = record.ParseSince(f.since, time.Now()); err != nil {
			return command.Usage("--since: %w", err)
		}
	}
	found, err := Find(ctx, p.Targets(), word)
	if err != nil {
		return command.Failed(err)
	}
	if f.byHand {
		fmt.Fprintln(p.Out(), found.ByHand(ask))
		return nil
	}
	out := bufio.NewWriter(p.Out())
	ask.Idle = func() { out.Flush() }
	bad := 0
	err = found.Read(ctx, ask, func(e logs.Entry) error {
		if e.Err != nil {
			if bad++; bad <= fewBad {
				p.Complain(fmt.Errorf("logs: %w", e.Err))
			}
			return nil
		}
		if p.JSON() {
			return object1(out, e)
		}
		if f.stamps && !e.Time.IsZero() {
			out.WriteString(e.Time.Format(time.RFC3339Nano) + " ")
		}
		if e.Cut > 0 {
			p.Complain(fmt.Errorf("logs: bones leaves out %d bytes of the next line", e.Cut))
		}
		out.WriteString(Clean(e.Text))
		return out.WriteByte('\n')
	})
	if err := out.Flush(); err != nil {
		return command.Failed(err)
	}
	if bad > fewBad {
		p.Complain(fmt.Errorf("logs: %d lines could not be read in all", bad))
	}
	if errors.Is(err, context.Canceled) {
		return nil
	}
	return command.Failed(err)
}

// fewBad is how many lines that could not be read are told one by one.
const fewBad = 5

// object1 prints an entry as an object on a line of its own.
func object1(out *bufio.Writer, e logs.Entry) error {
	v := object.LogLine{Stream: object.OrNull(text.New(e.Stream)), Text: text.New(e.Text), LeftOut: e.Cut}
	if !e.Time.IsZero() {
		v.Time = &e.Time
	}
	b, err := json.Marshal(v)
	if err != nil {
		return err
	}
	out.Write(b)
	return out.WriteByte('\n')
}
