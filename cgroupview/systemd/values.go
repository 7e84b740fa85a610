package systemd

import (
	"context"
	"errors"
	"fmt"
	"math"
	"strings"

	"bones/procwalk/fault"
	"bones/procwalk/text"

	"github.com/godbus/dbus/v5"
)

// Managers asks managers of units what they have written down, each over one connection.
type Managers struct {
	Address string // of the bus; empty: that of the manager that has the group
	conns   map[string]*dbus.Conn
}

// ErrNoBus says that no systemd answers where one should.
var ErrNoBus = errors.New("asking systemd")

// Close ends the connections.
func (m *Managers) Close() {
	for _, c := range m.conns {
		c.Close()
	}
	m.conns = nil
}

// Differs asks the manager of a unit, whose group must be this one, for the limit in a file, and reports whether it
// has another one than value, which the file holds. owns is what the manager has, as systemctl prints it.
//
// Source: org.freedesktop.systemd1(5), the properties of scopes, services and slices.
func (m *Managers) Differs(ctx context.Context, unit, group, file, value string) (owns string, differs bool,
	err error) {
	now, err := PropertyOf(file, value)
	if err != nil {
		return "", false, err
	}
	ctx, cancel := context.WithTimeout(ctx, busTimeout)
	defer cancel()
	conn, err := m.conn(group)
	if err != nil {
		return "", false, err
	}
	manager := conn.Object("org.freedesktop.systemd1", "/org/freedesktop/systemd1")
	if err := isUnits(ctx, conn, manager, unit, group); err != nil {
		return "", false, err
	}
	kept, err := property(ctx, conn, manager, unit, now.Name)
	if err == nil && now.Name == "MemoryLimit" && kept == math.MaxUint64 {
		// On version 1 systemd takes the newer property where the older one is not set.
		now.Name = "MemoryMax"
		kept, err = property(ctx, conn, manager, unit, now.Name)
	}
	if err != nil {
		return "", false, err
	}
	has, _ := now.Value.Value().(uint64)
	slack := uint64(1<<16 - 1) // bytes: the kernel rounds down to its pages
	switch {
	case now.Name == "TasksMax":
		slack = 0
	case !strings.HasPrefix(now.Name, "Memory"):
		slack = 1000 // of a million microseconds a second
	}
	return Property{Name: now.Name, Value: dbus.MakeVariant(kept)}.Word(), max(has, kept)-min(has, kept) > slack, nil
}

// property reads one number of a unit.
func property(ctx context.Context, conn *dbus.Conn, manager dbus.BusObject, unit, name string) (n uint64, err error) {
	var path dbus.ObjectPath
	if err = manager.CallWithContext(ctx, "org.freedesktop.systemd1.Manager.GetUnit", 0, unit).Store(&path); err == nil {
		kind := unit[strings.LastIndex(unit, ".")+1:]
		face := "org.freedesktop.systemd1." + strings.ToUpper(kind[:1]) + kind[1:] // isUnits has seen that there is a kind
		err = conn.Object("org.freedesktop.systemd1", path).
			CallWithContext(ctx, "org.freedesktop.DBus.Properties.Get", 0, face, name).Store(&n)
	}
	if err != nil {
		return 0, fmt.Errorf("systemd does not say which %s %s has: %s", name, text.Line(unit), fault.Line(err))
	}
	return n, nil
}

// conn is the connection to the bus of the manager that has a group.
func (m *Managers) conn(group string) (*dbus.Conn, error) {
	address := m.Address
	if address == "" {
		address = busOf(group)
	}
	if c := m.conns[address]; c != nil {
		return c, nil
	}
	c, err := dbus.Connect(address)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrNoBus, err)
	}
	if m.conns == nil {
		m.conns = map[string]*dbus.Conn{}
	}
	m.conns[address] = c
	return c, nil
}

// busOf is the address of the bus of the manager that has a group.
func busOf(group string) string {
	if uid := userOf(group); uid != "" {
		return "unix:path=/run/user/" + uid + "/bus"
	}
	return "unix:path=/run/dbus/system_bus_socket"
}
