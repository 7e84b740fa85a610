// Package systemd asks the system's manager, over D-Bus, to keep a limit of one of its units.
package systemd

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"bones/procwalk/fault"
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

// ErrOtherGroup says that a unit has another group than the one that bears its name. Whoever a group was delegated to,
// and root of a container, names those below it as he likes.
var ErrOtherGroup = errors.New("the group has the unit's name, but does not belong to the unit")

// SetUnitProperties has systemd change properties of a unit, for good and not only until the next start unless it is
// Transient, if systemd says that the group, a path in its hierarchy, is the unit's; else the error is ErrOtherGroup.
// address is that of the bus; empty: that of the manager that has the group.
//
// Source: org.freedesktop.systemd1(5), SetUnitProperties, GetUnit, ControlGroup.
func SetUnitProperties(ctx context.Context, address, unit, group string, list []Property) error {
	ctx, cancel := context.WithTimeout(ctx, busTimeout)
	defer cancel()
	if address == "" {
		address = busOf(group)
	}
	conn, err := dbus.Connect(address, dbus.WithContext(ctx))
	if err != nil {
		return fault.Hinted("asking systemd", err, "without --persist bones writes the file itself")
	}
	defer conn.Close()
	manager := conn.Object("org.freedesktop.systemd1", "/org/freedesktop/systemd1")
	if err := isUnits(ctx, conn, manager, unit, group); err != nil {
		return err
	}
	call := manager.CallWithContext(ctx, "org.freedesktop.systemd1.Manager.SetUnitProperties", 0, unit,
		Transient(unit), list)
	switch {
	case call.Err == nil:
		return nil
	case errors.Is(call.Err, context.DeadlineExceeded):
		return fmt.Errorf("systemd did not answer within %v; bones does not know whether it obeyed", busTimeout)
	}
	return fmt.Errorf("systemd refused: %s", fault.Line(call.Err))
}

// isUnits asks systemd for the unit's group.
func isUnits(ctx context.Context, conn *dbus.Conn, manager dbus.BusObject, unit, group string) error {
	kind := unit[strings.LastIndex(unit, ".")+1:]
	if kind == "" || kind == unit {
		return fmt.Errorf("%s is not a unit of systemd", text.Line(unit))
	}
	var path dbus.ObjectPath
	err := manager.CallWithContext(ctx, "org.freedesktop.systemd1.Manager.GetUnit", 0, unit).Store(&path)
	var own string
	if err == nil {
		face := "org.freedesktop.systemd1." + strings.ToUpper(kind[:1]) + kind[1:]
		err = conn.Object("org.freedesktop.systemd1", path).
			CallWithContext(ctx, "org.freedesktop.DBus.Properties.Get", 0, face, "ControlGroup").Store(&own)
	}
	switch {
	case err != nil:
		return fmt.Errorf("systemd does not say which group is %s's: %s", text.Line(unit), fault.Line(err))
	case own != "" && strings.HasPrefix(group, strings.TrimSuffix(own, "/")+"/"):
		return fmt.Errorf("%w: %s is below the group of %s, and systemd keeps the values of that alone; nothing was "+
			"changed; without --persist bones writes the file itself, and no daemon-reload takes it back", ErrOtherGroup,
			text.Line(group), text.Line(unit))
	case group != own:
		return fmt.Errorf("%w: systemd has %s at %q and not at %s; nothing was changed; "+
			"without --persist bones writes the file itself", ErrOtherGroup, text.Line(unit), text.New(own), text.Line(group))
	}
	return nil
}

// Transient reports whether a unit goes with its processes, as a scope does: what systemd is told of it must not stay
// on the disk for good.
func Transient(unit string) bool { return strings.HasSuffix(unit, ".scope") }

// Manager are the arguments by which systemctl talks to the manager that has a group: that of a user, for what is
// below user@UID.service, else the system's.
func Manager(group string) []string {
	if uid := userOf(group); uid != "" {
		return []string{"--user", "--machine=" + uid + "@"}
	}
	return nil
}

// userOf is the number of the user whose manager has a group; empty for the system's manager.
func userOf(group string) string {
	_, rest, ok := strings.Cut(group, "/user@")
	uid, below, ok2 := strings.Cut(rest, ".service/")
	if _, err := strconv.ParseUint(uid, 10, 32); !ok || !ok2 || below == "" || err != nil {
		return ""
	}
	return uid
}
