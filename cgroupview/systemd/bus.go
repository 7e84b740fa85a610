// Package systemd asks the system's manager, over D-Bus, to keep a limit of one of its units.
package systemd

import (
	"context"
	"errors"
	"fmt"
	"time"

	"bones/procwalk/text"

	"github.com/godbus/dbus/v5"
)

// Property is one element of the a(sv) that SetUnitProperties takes.
type Property struct {
	Name  string
	Value dbus.Variant
}

// busTimeout is how long systemd may take to answer.
const busTimeout = 5 * time.Second

// SetUnitProperties has systemd change properties of a unit, for good and not only until the next start. address is
// that of the bus; empty: the system's.
//
// Source: org.freedesktop.systemd1(5), SetUnitProperties.
func SetUnitProperties(ctx context.Context, address, unit string, list []Property) error {
	ctx, cancel := context.WithTimeout(ctx, busTimeout)
	defer cancel()
	if address == "" {
		address = "unix:path=/run/dbus/system_bus_socket"
	}
	conn, err := dbus.Connect(address, dbus.WithContext(ctx))
	if err != nil {
		return fmt.Errorf("asking systemd: %w; without --persist the file itself is written", err)
	}
	defer conn.Close()
	manager := conn.Object("org.freedesktop.systemd1", "/org/freedesktop/systemd1")
	call := manager.CallWithContext(ctx, "org.freedesktop.systemd1.Manager.SetUnitProperties", 0, unit, false, list)
	switch {
	case call.Err == nil:
		return nil
	case errors.Is(call.Err, context.DeadlineExceeded):
		return fmt.Errorf("systemd did not answer within %v; what came of it is not known", busTimeout)
	}
	return fmt.Errorf("systemd refused: %s", text.Line(call.Err.Error()))
}
