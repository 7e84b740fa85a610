package edit

import (
	"context"
	"errors"
	"fmt"
	"math"
	"testing"

	"bones/cgroupview/systemd"

	"github.com/godbus/dbus/v5"
)

// limitedUnit is a unit with limits.
type limitedUnit struct {
	group  string
	limits map[string]uint64
}

// Get is the method of org.freedesktop.DBus.Properties.
func (u limitedUnit) Get(face, property string) (dbus.Variant, *dbus.Error) {
	if face == "org.freedesktop.systemd1.Service" && property == "ControlGroup" {
		return dbus.MakeVariant(u.group), nil
	}
	if n, ok := u.limits[property]; ok && face == "org.freedesktop.systemd1.Service" {
		return dbus.MakeVariant(n), nil
	}
	return dbus.Variant{}, dbus.MakeFailedError(fmt.Errorf("no %s of %s", property, face))
}

// TestDiffers: what a file holds is compared with what systemd has for the unit, and rounding is no difference.
func TestDiffers(t *testing.T) {
	address := bus(t)
	conn, err := dbus.Connect(address)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	const free = math.MaxUint64
	unit := limitedUnit{"/system.slice/web.service", map[string]uint64{"MemoryMax": 64 << 20, "MemoryLimit": free,
		"TasksMax": free, "CPUQuotaPerSecUSec": 500_000}}
	for path, what := range map[dbus.ObjectPath]any{"/org/freedesktop/systemd1": fakeSystemd{unit: "web.service"}} {
		if err := conn.Export(what, path, "org.freedesktop.systemd1.Manager"); err != nil {
			t.Fatal(err)
		}
	}
	if err := conn.Export(unit, "/org/freedesktop/systemd1/unit/web_2eservice", "org.freedesktop.DBus.Properties"); err != nil {
		t.Fatal(err)
	}
	if _, err := conn.RequestName("org.freedesktop.systemd1", 0); err != nil {
		t.Fatal(err)
	}
	m := systemd.Managers{Address: address}
	defer m.Close()
	for _, c := range []struct {
		file, value, owns string
		differs           bool
	}{
		{"memory.max", "67108864", "MemoryMax=67108864", false},
		{"memory.max", "67104768", "MemoryMax=67108864", false}, // a page
		{"memory.max", "134217728", "MemoryMax=67108864", true},
		{"memory.max", "max", "MemoryMax=67108864", true},
		{"memory.limit_in_bytes", "67108864", "MemoryMax=67108864", false}, // the older property is not set
		{"memory.limit_in_bytes", "33554432", "MemoryMax=67108864", true},
		{"pids.max", "max", "TasksMax=infinity", false},
		{"pids.max", "77", "TasksMax=infinity", true},
		{"cpu.max", "50000 100000", "CPUQuota=50%", false},
		{"cpu.max", "20000 100000", "CPUQuota=50%", true},
		{"cpu.cfs_quota_us", "-1 100000", "CPUQuota=50%", true},
	} {
		owns, differs, err := m.Differs(context.Background(), "web.service", unit.group, c.file, c.value)
		if err != nil || owns != c.owns || differs != c.differs {
			t.Errorf("%s %s: %s, %v, %v", c.file, c.value, owns, differs, err)
		}
	}
	if _, _, err := m.Differs(context.Background(), "web.service", "/elsewhere", "pids.max", "1"); !errors.Is(err,
		systemd.ErrOtherGroup) {
		t.Errorf("the unit of another group: %v", err)
	}
	if _, _, err := m.Differs(context.Background(), "other.service", unit.group, "pids.max", "1"); err == nil {
		t.Error("a unit that there is not")
	}
	none := systemd.Managers{Address: "unix:path=" + t.TempDir() + "/none"}
	if _, _, err := none.Differs(context.Background(), "web.service", unit.group, "pids.max", "1"); !errors.Is(err,
		systemd.ErrNoBus) {
		t.Errorf("no bus: %v", err)
	}
}
