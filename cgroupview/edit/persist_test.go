package edit

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"bones/cgroupview"
	"bones/cgroupview/container"
	"bones/cgroupview/systemd"
	"bones/procwalk/proctest"
	"bones/procwalk/text"

	"github.com/godbus/dbus/v5"
)

// bus starts a message bus of the test's own.
func bus(t *testing.T) string {
	t.Helper()
	if _, err := exec.LookPath("dbus-daemon"); err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal(err)
		}
		proctest.Missing(t, "dbus-daemon, of Debian's package of that name, is not installed")
	}
	dir := t.TempDir()
	config := filepath.Join(dir, "bus.conf")
	err := os.WriteFile(config, []byte(`<busconfig><type>session</type><listen>unix:dir=`+dir+`</listen><auth>EXTERNAL</auth>
<policy context="default"><allow send_destination="*"/><allow own="*"/><allow receive_sender="*"/></policy></busconfig>`), 0o644)
	if err != nil {
		t.Fatal(err)
	}
	c := exec.Command("dbus-daemon", "--config-file="+config, "--print-address=1", "--nofork", "--nopidfile",
		"--nosyslog")
	out, err := c.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Process.Kill(); c.Wait() })
	address, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(address)
}

// fakeSystemd does with a group what systemd would.
type fakeSystemd struct {
	dir, unit string
	runtime   bool // the unit goes with its processes, and nothing of it may stay on the disk
}

// GetUnit is the method of org.freedesktop.systemd1.Manager.
func (f fakeSystemd) GetUnit(unit string) (dbus.ObjectPath, *dbus.Error) {
	if unit != f.unit {
		return "", dbus.NewError("org.freedesktop.systemd1.NoSuchUnit", []any{"Unit " + unit + " not loaded."})
	}
	return "/org/freedesktop/systemd1/unit/web_2eservice", nil
}

// fakeUnit has one property.
type fakeUnit struct{ group, face string }

// Get is the method of org.freedesktop.DBus.Properties.
func (f fakeUnit) Get(face, property string) (dbus.Variant, *dbus.Error) {
	if face != f.face || property != "ControlGroup" {
		return dbus.Variant{}, dbus.MakeFailedError(fmt.Errorf("no %s of %s", property, face))
	}
	return dbus.MakeVariant(f.group), nil
}

// SetUnitProperties is the method of org.freedesktop.systemd1.Manager.
func (f fakeSystemd) SetUnitProperties(unit string, runtime bool, list []systemd.Property) *dbus.Error {
	if unit != f.unit || runtime != f.runtime {
		return dbus.NewError("org.freedesktop.systemd1.NoSuchUnit", []any{"Unit " + unit + " not loaded."})
	}
	for _, p := range list {
		file := map[string]string{"TasksMax": "pids.max"}[p.Name]
		value := fmt.Sprint(p.Value.Value())
		if value == "18446744073709551615" {
			value = "max"
		}
		if err := os.WriteFile(filepath.Join(f.dir, file), []byte(value), 0); err != nil {
			return dbus.MakeFailedError(err)
		}
	}
	return nil
}

func TestPersist(t *testing.T) {
	h, g := real(t, "pids")
	address := bus(t)
	conn, err := dbus.Connect(address)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if err := conn.Export(fakeSystemd{dir: g.Dir.Raw(), unit: "web.service"}, "/org/freedesktop/systemd1",
		"org.freedesktop.systemd1.Manager"); err != nil {
		t.Fatal(err)
	}
	unit := func(group string) {
		t.Helper()
		if err := conn.Export(fakeUnit{group, "org.freedesktop.systemd1.Service"},
			"/org/freedesktop/systemd1/unit/web_2eservice",
			"org.freedesktop.DBus.Properties"); err != nil {
			t.Fatal(err)
		}
	}
	unit(g.Path.Raw())
	if _, err := conn.RequestName("org.freedesktop.systemd1", 0); err != nil {
		t.Fatal(err)
	}
	around := cgroupview.Surroundings{Name: text.New("web"), Persist: true, Bus: address,
		Chain: container.FromLines([]container.CgroupLine{{Path: text.New("/system.slice/web.service")}})}
	groups := cgroupview.Groups{List: []*cgroupview.Group{g}}
	e, err := New(h, groups, []Assignment{{"pids", "55"}}, around)
	if err != nil {
		t.Fatal(err)
	}
	if got := e.ByHand(); got != "systemctl set-property web.service 'TasksMax=55'" &&
		got != "systemctl set-property web.service TasksMax=55" {
		t.Errorf("by hand: %s", got)
	}
	out, err := e.Apply(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	if got := held(t, g, "pids.max"); got != "55" {
		t.Errorf("pids.max is %s", got)
	}
	record, err := out.Inverse.(*Edit).Record()
	if err != nil {
		t.Fatal(err)
	}
	back, err := Restore(h, record, func(*cgroupview.Group) cgroupview.Surroundings {
		return cgroupview.Surroundings{Name: around.Name, Bus: address}
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := back.Apply(context.Background()); err != nil {
		t.Fatal(err)
	}
	if got := held(t, g, "pids.max"); got != "max" {
		t.Errorf("undone, pids.max is %s", got)
	}

	// A group that somebody else has given the unit's name: the unit is elsewhere.
	for _, elsewhere := range []string{"/system.slice/web.service", g.Path.Raw() + "x", g.Path.Raw() + "/below", ""} {
		unit(elsewhere)
		if e, err = New(h, groups, []Assignment{{"pids", "44"}}, around); err != nil {
			t.Fatal(err)
		}
		if _, err := e.Apply(context.Background()); !errors.Is(err, systemd.ErrOtherGroup) {
			t.Errorf("the unit is at %q: %v", elsewhere, err)
		}
	}
	if got := held(t, g, "pids.max"); got != "max" {
		t.Errorf("the unit of another group was changed: %s", got)
	}
	unit(g.Path.Raw())

	around.Chain = container.FromLines([]container.CgroupLine{{Path: text.New("/system.slice/other.service")}})
	if e, err = New(h, groups, []Assignment{{"pids", "55"}}, around); err != nil {
		t.Fatal(err)
	}
	if _, err := e.Apply(context.Background()); err == nil || !strings.Contains(err.Error(), "not loaded") {
		t.Errorf("a unit that there is not: %v", err)
	}
	around.Chain = nil
	if _, err := New(h, groups, []Assignment{{"pids", "55"}}, around); err == nil {
		t.Error("kept by nobody")
	}
}

// TestPersistOfAContainersScope: systemd keeps the value of the scope until its processes have gone, and what is below
// it is written, so that it does not go on binding.
func TestPersistOfAContainersScope(t *testing.T) {
	h, g := real(t, "pids")
	dir := filepath.Join(g.Dir.Raw(), "container")
	if err := os.Mkdir(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	defer os.Remove(dir)
	inner, err := h.Group(g.Hierarchy, g.Path.Raw()+"/container")
	if err != nil {
		t.Fatal(err)
	}
	if err := inner.Put("pids.max", "5"); err != nil {
		t.Fatal(err)
	}
	address := bus(t)
	conn, err := dbus.Connect(address)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	scope := "libpod-" + strings.Repeat("c", 64) + ".scope"
	systemd := fakeSystemd{dir: g.Dir.Raw(), unit: scope, runtime: true}
	if err := errors.Join(conn.Export(systemd, "/org/freedesktop/systemd1", "org.freedesktop.systemd1.Manager"),
		conn.Export(fakeUnit{g.Path.Raw(), "org.freedesktop.systemd1.Scope"},
			"/org/freedesktop/systemd1/unit/web_2eservice", "org.freedesktop.DBus.Properties")); err != nil {
		t.Fatal(err)
	}
	if _, err := conn.RequestName("org.freedesktop.systemd1", 0); err != nil {
		t.Fatal(err)
	}
	groups := cgroupview.Groups{List: []*cgroupview.Group{g}, Inner: []*cgroupview.Group{inner}}
	e, err := New(h, groups, []Assignment{{"pids", "50"}}, cgroupview.Surroundings{Name: text.New("web"), Persist: true,
		Bus: address, Chain: container.FromLines([]container.CgroupLine{{Path: text.New("/machine.slice/" + scope)}})})
	if err != nil {
		t.Fatal(err)
	}
	want := "systemctl set-property --runtime " + scope + " TasksMax=50 && echo 50 > " + dir + "/pids.max"
	if got := strings.ReplaceAll(e.ByHand(), "'", ""); got != want {
		t.Errorf("by hand: %s; want %s", got, want)
	}
	out, err := e.Apply(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	if a, b := held(t, g, "pids.max"), held(t, inner, "pids.max"); a != "50" || b != "50" {
		t.Errorf("the scope has %s, what is below it %s", a, b)
	}
	record, err := e.Record()
	back, err2 := out.Inverse.(*Edit).Record()
	if err := errors.Join(err, err2, UndoneBy(record, back)); err != nil {
		t.Fatal(err)
	}
	undo, err := Restore(h, back, func(*cgroupview.Group) cgroupview.Surroundings {
		return cgroupview.Surroundings{Bus: address}
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := undo.Apply(context.Background()); err != nil {
		t.Fatal(err)
	}
	if a, b := held(t, g, "pids.max"), held(t, inner, "pids.max"); a != "max" || b != "5" {
		t.Errorf("undone, the scope has %s, what is below it %s", a, b)
	}
}

func TestProperties(t *testing.T) {
	for _, c := range []struct{ file, value, byHand string }{
		{"memory.max", "1048576", "MemoryMax=1048576"}, {"memory.max", "max", "MemoryMax=infinity"},
		{"cpu.max", "150000 100000", "CPUQuota=150%"}, {"cpu.max", "12550 100000", "CPUQuota=12.55%"},
		{"cpu.max", "100000 100000", "CPUQuota=100%"},
		{"cpu.max", "max 100000", "CPUQuota="}, {"cpu.cfs_quota_us", "50000", "CPUQuota=50%"}, {"cpu.cfs_quota_us", "-1",
			"CPUQuota="},
	} {
		e := &Edit{changes: []Change{{Group: &cgroupview.Group{}, Unit: "a.service", File: c.file, New: c.value}}}
		if got := strings.ReplaceAll(e.setProperty(), "'", ""); got != "systemctl set-property a.service "+c.byHand {
			t.Errorf("%s=%s: %s", c.file, c.value, got)
		}
	}
}
