package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net"
	"os"
	"strings"
	"testing"

	"bones/procwalk/proctest"
)

// bonesOut runs a command line, which must end with a status, and returns what it printed on both outputs.
func bonesOut(t *testing.T, status int, args ...string) (string, string) {
	t.Helper()
	var out, errs bytes.Buffer
	a := &app{out: &out, err: &errs}
	if got := a.run(t.Context(), args); got != status {
		t.Fatalf("bones %s: status %d, want %d\n%s%s", strings.Join(args, " "), got, status, &out, &errs)
	}
	return out.String(), errs.String()
}

// TestNetCommands: every flag, on sockets of this test.
func TestNetCommands(t *testing.T) {
	proctest.Need(t, proctest.Root, proctest.Loopback)
	tcp, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer tcp.Close()
	udp, err := net.ListenPacket("udp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer udp.Close()
	path := fmt.Sprintf("@bones-test-%d", os.Getpid())
	unix, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close()
	out, err := net.Dial("tcp4", tcp.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	at, of, peer := tcp.Addr().String(), udp.LocalAddr().String(), out.LocalAddr().String()
	for _, c := range []struct {
		args []string
		has  []string
		not  []string
	}{
		{[]string{"ports"}, []string{at, of}, []string{peer, path}},
		{[]string{"ports", "-tulpn"}, []string{at, of}, []string{peer}},
		{[]string{"ports", "--numeric", "--processes", "--listening"}, []string{at, of}, []string{peer}},
		{[]string{"ports", "self"}, []string{at, of, fmt.Sprint(os.Getpid())}, []string{peer, path}},
		{[]string{"ports", "--all", "self"}, []string{at, peer, "ESTAB", "PEER"}, nil},
		{[]string{"ports", "--tcp", "self"}, []string{at}, []string{of}},
		{[]string{"ports", "--udp", "self"}, []string{of}, []string{at}},
		{[]string{"ports", "--unix", "self"}, []string{path, "u_str"}, []string{at}},
		{[]string{"ports", "--ipv4", "self"}, []string{at, of}, nil},
		{[]string{"ports", "--ipv6", "self"}, nil, []string{at, of}},
		{[]string{"ports", "--bytes", "self"}, []string{"ACKED", peer}, []string{"ACKED/S"}},
		{[]string{"ports", "--rates", "--over", "10ms", "--sort", "rate", "self"}, []string{"ACKED/S", peer}, nil},
		{[]string{"ports", "--sort=-port", "self"}, []string{at, of}, nil},
		{[]string{"net"}, []string{"lo", "127.0.0.1/8", "ADDRESSES"}, []string{"RX/S"}},
		{[]string{"net", "self", "--rates", "--over", "10ms", "--sort", "rate"}, []string{"lo", "RX/S"}, nil},
		{[]string{"reach", "self", "self"}, []string{"yes", "the same network namespace", at, "Not checked", "nftables"},
			nil},
	} {
		got, _ := bonesOut(t, 0, c.args...)
		for _, s := range c.has {
			if !strings.Contains(got, s) {
				t.Errorf("bones %q does not print %q:\n%s", c.args, s, got)
			}
		}
		for _, s := range c.not {
			if strings.Contains(got, s) {
				t.Errorf("bones %q prints %q:\n%s", c.args, s, got)
			}
		}
	}
	for _, args := range [][]string{{"ports", "--json", "-a"}, {"net", "--json"}} {
		got, _ := bonesOut(t, 0, args...)
		var list []map[string]any
		if err := json.Unmarshal([]byte(got), &list); err != nil || len(list) == 0 || list[0]["netns"] == nil {
			t.Errorf("bones %q: %v %.300s", args, err, got)
		}
	}
	var answer struct {
		Ways       []struct{ Verdict string }
		Namespaces []struct{ Shared bool }
		NotChecked []string `json:"not_checked"`
	}
	got, _ := bonesOut(t, 0, "reach", "self", "self", "--json")
	if err := json.Unmarshal([]byte(got), &answer); err != nil || len(answer.Ways) != 2 || len(answer.NotChecked) == 0 {
		t.Errorf("%v %s", err, got)
	}
}

// TestNetRefusals: what cannot be asked is said, with the right status.
func TestNetRefusals(t *testing.T) {
	tree := proctest.New(t)
	tree.Fill(3, func(i int) proctest.Proc { return proctest.Proc{PID: i + 1, PPID: i, Comm: "x"} })
	for _, c := range []struct {
		status int
		says   string
		args   []string
	}{
		{exitUsage, "--from is for", []string{"ports", "--from", "nosuch"}},
		{exitUsage, "--from is for", []string{"net", "--from", "nosuch"}},
		{exitUsage, "--from is for", []string{"reach", "a", "b", "--from", "nosuch"}},
		{exitUsage, "give one of them", []string{"ports", "--all", "--listening"}},
		{exitUsage, "leave out --listening", []string{"ports", "--rates", "-l"}},
		{exitUsage, "the orders are port", []string{"ports", "--sort", "colour"}},
		{exitUsage, "the orders are name", []string{"net", "--sort", "colour"}},
		{exitUsage, "--over takes", []string{"net", "--rates", "--over", "1ms"}},
		{exitUsage, "--over takes", []string{"ports", "--rates", "--over", "48h"}},
		{exitUsage, "TARGET is missing", []string{"reach", "a"}},
		{exitNoTarget, "no running container", []string{"ports", "nosuchcontainer"}},
		{exitNoTarget, "no network namespace of that name", []string{"net", "netns:nosuch"}},
		{exitUsage, "of type mnt", []string{"net", "mnt:[4026531841]"}},
		{exitFailed, "a copy of a /proc", []string{"--proc", tree.Path(), "ports"}},
	} {
		if _, errs := bonesOut(t, c.status, c.args...); !strings.Contains(errs, c.says) ||
			strings.Count(errs, "\n") != 1 {
			t.Errorf("bones %q says %q, want %q", c.args, errs, c.says)
		}
	}
}
