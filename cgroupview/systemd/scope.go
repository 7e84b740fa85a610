package systemd

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"

	"bones/procwalk/fault"
	"bones/procwalk/text"

	"github.com/godbus/dbus/v5"
)

// UserBus is the address of the bus on which the user's own manager is asked, and whether there is one. Whoever has
// logged in has one, and who lingers.
//
// Source: sd_bus_open_user(3), pam_systemd(8).
func UserBus() (address string, ok bool) {
	dir := os.Getenv("XDG_RUNTIME_DIR")
	if dir == "" { // su and sudo -u do not set it
		dir = "/run/user/" + strconv.Itoa(os.Geteuid())
	}
	socket := filepath.Join(dir, "bus")
	info, err := os.Stat(socket)
	if err != nil || info.Mode().Type() != os.ModeSocket {
		return "", false
	}
	return "unix:path=" + dbus.EscapeBusAddressValue(socket), true
}

// StartScope has the manager on a bus put a process of ours into a new scope. Two groups of a user's manager have an
// ancestor that is the user's, so that from there the process may be moved on; between a login's group and those of
// the user's manager systemd alone may move one. The scope goes when the process has left it.
//
// Source: org.freedesktop.systemd1(5), StartTransientUnit; systemd, docs/CONTROL_GROUP_INTERFACE.md.
func StartScope(ctx context.Context, address, name, description string, pid int) error {
	ctx, cancel := context.WithTimeout(ctx, busTimeout)
	defer cancel()
	conn, err := dbus.Connect(address, dbus.WithContext(ctx))
	if err != nil {
		return fmt.Errorf("asking the user's systemd: %w", err)
	}
	defer conn.Close()
	const path, face = dbus.ObjectPath("/org/freedesktop/systemd1"), "org.freedesktop.systemd1.Manager"
	if err := conn.AddMatchSignalContext(ctx, dbus.WithMatchObjectPath(path), dbus.WithMatchInterface(face),
		dbus.WithMatchMember("JobRemoved")); err != nil {
		return fmt.Errorf("asking the user's systemd: %w", err)
	}
	ended := make(chan *dbus.Signal, 64)
	conn.Signal(ended)
	manager := conn.Object("org.freedesktop.systemd1", path)
	// A manager sends signals to those alone who have subscribed.
	if err := manager.CallWithContext(ctx, face+".Subscribe", 0).Err; err != nil {
		return fmt.Errorf("the user's systemd refused: %s", fault.Line(err))
	}
	var job dbus.ObjectPath
	err = manager.CallWithContext(ctx, face+".StartTransientUnit", 0, name, "fail", []Property{
		{"Description", dbus.MakeVariant(description)},
		{"PIDs", dbus.MakeVariant([]uint32{uint32(pid)})},
		{"CollectMode", dbus.MakeVariant("inactive-or-failed")},
	}, []auxiliary{}).Store(&job)
	if err != nil {
		return fmt.Errorf("the user's systemd refused: %s", fault.Line(err))
	}
	for {
		select {
		case <-ctx.Done():
			return fmt.Errorf("the user's systemd did not make a scope within %v", busTimeout)
		case s, ok := <-ended:
			if !ok {
				return errors.New("the user's systemd hung up")
			}
			var number uint32
			var of dbus.ObjectPath
			var unit, result string
			if dbus.Store(s.Body, &number, &of, &unit, &result) != nil || of != job {
				continue
			}
			if result != "done" {
				return fmt.Errorf("the user's systemd did not make a scope: %s", text.Line(result))
			}
			return nil
		}
	}
}

// auxiliary is another unit that would be made with the first.
type auxiliary struct {
	Name       string
	Properties []Property
}
