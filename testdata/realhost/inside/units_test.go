package inside

import (
	"fmt"
	"net"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"
)

// verified has systemd itself judge a unit: that it understands every line, and how exposed the service is, of 10.
//
// Source: systemd-analyze(1), "verify" and "security".
func verified(t *testing.T, unit string, most float64) {
	t.Helper()
	s := try(t, "systemd-analyze", "verify", "/etc/systemd/system/"+unit)
	for line := range strings.Lines(s.err + s.out) {
		if strings.Contains(line, unit) && !strings.Contains(line, "man ") { // the manual pages are in the package
			t.Errorf("systemd-analyze verify: %s", line)
		}
	}
	said := run(t, "systemd-analyze", "security", "--no-pager", unit)
	_, level, _ := strings.Cut(said, "Overall exposure level for "+unit+": ")
	word, _, _ := strings.Cut(level, " ")
	if n, err := strconv.ParseFloat(word, 64); err != nil || n > most {
		t.Errorf("systemd-analyze security: an exposure of %q, want at most %v:\n%s", word, most, said)
	}
	t.Logf("%s: exposure %s", unit, word)
}

// state is what systemd says of a service.
func state(t *testing.T, unit string) string {
	t.Helper()
	said := run(t, "systemctl", "show", "-p", "ActiveState,SubState,Result", "--value", unit)
	return strings.ReplaceAll(said, "\n", " ")
}

// TestExporter installs the unit of `bones deploy systemd export` as its first lines say, and has Debian's Prometheus
// scrape it.
func TestExporter(t *testing.T) {
	const unit, listen = "bones-export.service", "127.0.0.1:9777"
	printed := bones(t, "deploy", "systemd", "export", "--binary", bonesPath)
	if err := os.WriteFile("/etc/systemd/system/"+unit, []byte(printed+"\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	run(t, "systemctl", "daemon-reload")
	verified(t, unit, 4)
	run(t, "systemctl", "start", unit)
	t.Cleanup(func() { try(t, "systemctl", "stop", unit) })
	page := func() string { return try(t, "busybox", "wget", "-q", "-O", "-", "http://"+listen+"/metrics").out }
	until(t, "the page", func() bool { return strings.Contains(page(), "bones_host_info{") })
	same(t, "state", state(t, unit), "success active running")

	// The capabilities and filters of the unit keep nothing from it: it sees the processes that root sees.
	host := func(metric string) float64 {
		for line := range strings.Lines(page()) {
			if value, ok := strings.CutPrefix(line, metric+" "); ok {
				n, err := strconv.ParseFloat(strings.TrimSpace(value), 64)
				if err != nil {
					t.Error(err)
				}
				return n
			}
		}
		t.Errorf("the page has no %s:\n%s", metric, page())
		return 0
	}
	if n := host(`bones_exporter_incomplete`); n != 0 {
		t.Errorf("the exporter lacks something:\n%s", page())
	}
	journal := func() string { return try(t, "journalctl", "-q", "-o", "cat", "-u", unit).out }
	until(t, "what it says in the journal", func() bool {
		return strings.Contains(journal(), "bones answers Prometheus at "+listen)
	})
	if said := journal(); strings.Contains(said, "not permitted") || strings.Contains(said, "needs CAP") {
		t.Errorf("the unit keeps bones from what it is there for: %s", said)
	}
	scraped(t, listen)

	before := run(t, "systemctl", "show", "-p", "MainPID", "--value", unit)
	run(t, "systemctl", "restart", unit)
	until(t, "the page after the restart", func() bool { return strings.Contains(page(), "bones_host_info{") })
	if after := run(t, "systemctl", "show", "-p", "MainPID", "--value", unit); after == before || after == "0" {
		t.Errorf("after restart the PID is %s, before %s", after, before)
	}
	run(t, "systemctl", "stop", unit)
	same(t, "state after its end", state(t, unit), "success inactive dead")
	if c, err := net.DialTimeout("tcp", listen, time.Second); err == nil {
		c.Close()
		t.Error("somebody answers after its end")
	}

	// A configuration that bones does not understand ends it once, and is told in the journal.
	start := "ExecStart=" + bonesPath + " export"
	if strings.Count(printed, start) != 1 {
		t.Fatalf("the unit has no line %s:\n%s", start, printed)
	}
	bad := strings.Replace(printed, start, start+" --listen=nowhere", 1)
	if err := os.WriteFile("/etc/systemd/system/"+unit, []byte(bad+"\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	run(t, "systemctl", "daemon-reload")
	try(t, "systemctl", "start", unit)
	until(t, "its failure", func() bool { return state(t, unit) == "exit-code failed failed" })
	until(t, "why in the journal", func() bool { return strings.Contains(journal(), "nowhere") })
}

// scraped has Prometheus scrape an address, and asks it for what it got.
func scraped(t *testing.T, target string) {
	t.Helper()
	const own = "127.0.0.1:9099"
	config := fmt.Sprintf("global: {scrape_interval: 1s, scrape_timeout: 1s}\n"+
		"scrape_configs:\n- job_name: bones\n  static_configs: [{targets: ['%s']}]\n", target)
	if err := os.WriteFile("/job/prometheus.yml", []byte(config), 0o644); err != nil {
		t.Fatal(err)
	}
	run(t, "systemd-run", "--unit", "test-prometheus", "/job/prometheus", "--config.file=/job/prometheus.yml",
		"--storage.tsdb.path=/job/prometheus.data", "--web.listen-address="+own)
	t.Cleanup(func() { try(t, "systemctl", "stop", "test-prometheus") })
	until(t, "Prometheus", func() bool {
		s := try(t, "busybox", "wget", "-q", "-O", "-", "http://"+own+"/api/v1/query?query=bones_host_info")
		return strings.Contains(s.out, `"__name__":"bones_host_info"`) && strings.Contains(s.out, target)
	})
	run(t, "systemctl", "stop", "test-prometheus")
}
