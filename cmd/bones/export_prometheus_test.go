package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"bones/cmd/bones/internal/export"
	"bones/procwalk/proctest"

	"golang.org/x/sys/unix"
)

// client asks programs of these tests.
var client = &http.Client{Timeout: proctest.Patience}

// fetchPage asks an address for a page.
func fetchPage(t *testing.T, address string) string {
	t.Helper()
	r, err := client.Get(address)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Body.Close()
	b, err := io.ReadAll(r.Body)
	if err != nil || r.StatusCode != http.StatusOK {
		t.Fatalf("%s: %v, %s: %s", address, err, r.Status, b)
	}
	return string(b)
}

// startExport starts bones export, and returns where it answers.
func startExport(t *testing.T, m made, args ...string) (address string) {
	t.Helper()
	c := exec.Command(m.bones, append([]string{"export", "--listen", "127.0.0.1:0"}, args...)...)
	errs, err := c.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		c.Process.Signal(unix.SIGTERM)
		if err := c.Wait(); err != nil {
			t.Errorf("bones export ended with %v after SIGTERM", err)
		}
	})
	line, _ := bufio.NewReader(errs).ReadString('\n')
	_, address, ok := strings.Cut(strings.TrimSpace(line), "bones answers Prometheus at ")
	if !ok {
		t.Fatalf("bones export says %q", line)
	}
	go io.Copy(io.Discard, errs)
	return "http://" + address
}

// prometheus is a Prometheus of the test's own.
type prometheus struct {
	t       *testing.T
	address string
}

// startPrometheus starts Debian's, which scrapes one exporter every second.
func startPrometheus(t *testing.T, target, rules string) *prometheus {
	t.Helper()
	dir := t.TempDir()
	l, err := net.Listen("tcp", "127.0.0.1:0") // Prometheus does not say which port it took
	if err != nil {
		t.Fatal(err)
	}
	address := l.Addr().String()
	l.Close()
	u, err := url.Parse(target)
	if err != nil {
		t.Fatal(err)
	}
	config := fmt.Sprintf("global: {scrape_interval: 1s, evaluation_interval: 1s}\nrule_files: [%q]\nscrape_configs:\n"+
		"- {job_name: bones, static_configs: [{targets: [%q]}]}\n", rules, u.Host)
	if err := os.WriteFile(filepath.Join(dir, "prometheus.yml"), []byte(config), 0o644); err != nil {
		t.Fatal(err)
	}
	log, err := os.Create(filepath.Join(dir, "log"))
	if err != nil {
		t.Fatal(err)
	}
	c := exec.Command("prometheus", "--config.file="+dir+"/prometheus.yml", "--storage.tsdb.path="+dir+"/data",
		"--web.listen-address="+address)
	c.Stdout, c.Stderr = log, log
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	log.Close()
	t.Cleanup(func() {
		c.Process.Signal(unix.SIGTERM)
		c.Wait()
		if t.Failed() {
			b, _ := os.ReadFile(log.Name())
			t.Logf("prometheus says:\n%s", b)
		}
	})
	p := &prometheus{t, "http://" + address}
	proctest.Until(t, "Prometheus has scraped bones", func() bool {
		r, err := client.Get(p.address + "/-/ready")
		if err != nil {
			return false
		}
		r.Body.Close()
		return r.StatusCode == http.StatusOK && len(p.query(`up{job="bones"} == 1`)) == 1
	})
	return p
}

// get asks the API.
func (p *prometheus) get(path string, data any) {
	p.t.Helper()
	body := fetchPage(p.t, p.address+path)
	answer := struct {
		Status string
		Data   any
	}{Data: data}
	if err := json.Unmarshal([]byte(body), &answer); err != nil || answer.Status != "success" {
		p.t.Fatalf("%s: %v: %s", path, err, body)
	}
}

// series is one line of an answer.
type series struct {
	Metric map[string]string
	Value  [2]any
}

func (s series) value() float64 {
	f, _ := strconv.ParseFloat(fmt.Sprint(s.Value[1]), 64)
	return f
}

// query returns what an expression is now.
func (p *prometheus) query(expr string) []series {
	p.t.Helper()
	var data struct{ Result []series }
	p.get("/api/v1/query?query="+url.QueryEscape(expr), &data)
	return data.Result
}

// rootDisk is the block device of the file system that images lie on; "": it is none that can be limited.
func rootDisk(t *testing.T, dir string) string {
	out, err := exec.Command("df", "--output=source", dir).Output()
	words := strings.Fields(string(out))
	if err != nil || len(words) != 2 || !strings.HasPrefix(words[1], "/dev/") {
		t.Logf("block I/O is not looked at: %s is on no disk: %v %s", dir, err, out)
		return ""
	}
	return words[1]
}

// TestPrometheus has a real Prometheus scrape bones, and asks it for all that bones tells and deploys.
func TestPrometheus(t *testing.T) {
	proctest.NeedPrograms(t, "prometheus", "promtool", "qemu-system-x86_64")
	e := startEngine(t)
	m := builtBones(t)
	name := fmt.Sprintf("shop-%d", os.Getpid())
	// It uses its quota up, is near none of its other limits, and writes a little past the page cache. Version 1 counts
	// what goes to a disk only where that has a limit.
	args := []string{"run", "-d", "--name", name, "--network", "none", "-m", "200m", "--cpus", "0.2", "--pids-limit",
		"60",
		"--label", "com.docker.compose.project=store"}
	disk := rootDisk(t, e.dir)
	if disk != "" {
		args = append(args, "--device-write-bps", disk+":1gb", "--device-read-bps", disk+":1gb")
	}
	e.must(append(args, "memcached:test", "sh", "-c", "while :; do :; done & while :; do "+
		"/bin/busybox dd if=/dev/zero of=/tmp/x bs=4096 count=16 oflag=direct; /bin/busybox sleep 1; done 2>/dev/null & "+
		"exec memcached -u memcache")...)
	virtual := exec.Command("qemu-system-x86_64", "-accel", "tcg", "-S", "-display", "none", "-nodefaults", "-m", "64",
		"-smp", "2", "-name", name)
	if err := virtual.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { virtual.Process.Kill(); virtual.Wait() })
	exporter := startExport(t, m, "--processes", "5", "--units")
	rules := filepath.Join(t.TempDir(), "rules.yml")
	if err := os.WriteFile(rules, []byte(m.ask(t, "deploy", "prometheus")), 0o644); err != nil {
		t.Fatal(err)
	}
	p := startPrometheus(t, exporter, rules)
	web := fmt.Sprintf(`{container=%q}`, name)
	one := func(metric string) (value float64, ok bool) {
		list := p.query(metric + web)
		if len(list) != 1 {
			return 0, false
		}
		return list[0].value(), true
	}
	proctest.Until(t, "the container has been throttled", func() bool {
		v, ok := one("bones_container_cpu_throttled_periods_total")
		return ok && v > 0
	})

	t.Run("promtool", func(t *testing.T) {
		c := exec.Command("promtool", "check", "metrics")
		c.Stdin = strings.NewReader(fetchPage(t, exporter))
		if out, err := c.CombinedOutput(); err != nil || len(out) > 0 {
			t.Errorf("promtool check metrics: %v\n%s", err, out)
		}
		if out, err := exec.Command("promtool", "check", "rules", "--lint-fatal", rules).CombinedOutput(); err != nil {
			t.Errorf("promtool check rules: %v\n%s", err, out)
		}
	})
	t.Run("every metric", func(t *testing.T) { everyMetric(t, p, fetchPage(t, exporter)) })
	t.Run("labels", func(t *testing.T) {
		got := p.query("bones_container_info" + web)
		if len(got) != 1 {
			t.Fatalf("%v", got)
		}
		for label, want := range map[string]string{"runtime": "docker", "image": "memcached:test", "project": "store",
			"id": e.must("inspect", "-f", "{{.Id}}", name)} {
			if got[0].Metric[label] != want {
				t.Errorf("%s is %q, want %q", label, got[0].Metric[label], want)
			}
		}
		if l := p.query("bones_container_memory_limit_bytes" + web); len(l) != 1 || l[0].value() != 200<<20 ||
			l[0].Metric["level"] != "container" {
			t.Errorf("the limit: %v", l)
		}
		if l := p.query(fmt.Sprintf("bones_machine_guest_memory_bytes{machine=%q,monitor=\"QEMU\"}", name)); len(l) != 1 ||
			l[0].value() != 64<<20 {
			t.Errorf("the memory of the virtual machine: %v", l)
		}
		if l := p.query("bones_container_cpu_limit_processors" + web); len(l) != 1 || math.Abs(l[0].value()-0.2) > 1e-9 {
			t.Errorf("the quota: %v", l)
		}
	})
	t.Run("findings", func(t *testing.T) {
		is := func(finding string, want float64) func() bool {
			return func() bool {
				list := p.query(fmt.Sprintf("bones_container_finding{container=%q,finding=%q}", name, finding))
				return len(list) == 1 && list[0].value() == want
			}
		}
		proctest.Until(t, "it is found to be throttled", is("cpu-throttled", 1))
		proctest.Until(t, "it is not found to be killed", is("oom-killed", 0))
	})
	t.Run("docker stats", func(t *testing.T) { likeDockerStats(t, e, name, one) })
	t.Run("rules", func(t *testing.T) {
		var data struct {
			Groups []struct {
				Rules []struct{ Name, Health, LastError string }
			}
		}
		proctest.Until(t, "all rules are evaluated", func() bool {
			p.get("/api/v1/rules", &data)
			return len(data.Groups) > 0 && !slices.ContainsFunc(data.Groups[0].Rules,
				func(r struct{ Name, Health, LastError string }) bool { return r.Health == "unknown" })
		})
		for _, r := range data.Groups[0].Rules {
			if r.Health != "ok" {
				t.Errorf("%s: %s: %s", r.Name, r.Health, r.LastError)
			}
		}
		throttled := `rate(bones_container_cpu_throttled_periods_total` + web + `[20s]) / ` +
			`(rate(bones_container_cpu_periods_total` + web + `[20s]) > 0) > 0.25`
		proctest.Until(t, "the rule on throttling is true of it", func() bool { return len(p.query(throttled)) == 1 })
	})
	t.Run("dashboard", func(t *testing.T) { everyPanel(t, p, m.ask(t, "deploy", "grafana"), disk != "") })
	t.Run("restarted", func(t *testing.T) {
		const used = "bones_container_cpu_usage_seconds_total"
		var before float64
		proctest.Until(t, "it has used some time", func() bool {
			before, _ = one(used)
			return before > 1
		})
		e.must("restart", "-t", "0", name)
		proctest.Until(t, "its counters go on from where they were", func() bool {
			v, ok := one(used)
			if ok && v < before {
				t.Fatalf("%s went back from %v to %v", used, before, v)
			}
			list := p.query("changes(bones_container_start_time_seconds" + web + "[1m])")
			return ok && v > before && len(list) == 1 && list[0].value() > 0
		})
		if n := p.query("resets(" + used + web + "[1m])"); len(n) != 1 || n[0].value() != 0 {
			t.Errorf("Prometheus saw it reset: %v", n)
		}
	})
}

// everyMetric asks for each metric of the reference that the page has, and looks that the page has all that this host
// can have.
func everyMetric(t *testing.T, p *prometheus, page string) {
	// What this kernel or its hierarchies need not have.
	optional := regexp.MustCompile(`pressure|swap|_peak_|io_(read|written)|pids_refused|_limit|bones_group_`)
	count := 0
	for _, row := range regexp.MustCompile("(?m)^\\| `(bones_[a-z0-9_]+)` \\| (gauge|counter) \\|").FindAllStringSubmatch(
		export.Reference(), -1) {
		metric, kind := row[1], row[2]
		if !strings.Contains(page, "\n# TYPE "+metric+" "+kind+"\n") && !strings.HasPrefix(page, "# TYPE "+metric+" ") {
			if !optional.MatchString(metric) {
				t.Errorf("the page has no %s %s", kind, metric)
			}
			continue
		}
		count++
		proctest.Until(t, "Prometheus has "+metric, func() bool { return len(p.query(metric)) > 0 })
	}
	if count < 50 {
		t.Errorf("only %d metrics are on the page", count)
	}
	for line := range strings.Lines(page) {
		if name, ok := strings.CutPrefix(line, "# TYPE "); ok &&
			!strings.Contains(export.Reference(), "`"+strings.Fields(name)[0]+"`") {
			t.Errorf("the reference does not have %s", name)
		}
	}
}

// likeDockerStats compares what bones tells of a container with what docker stats prints.
func likeDockerStats(t *testing.T, e *engine, name string, one func(string) (float64, bool)) {
	var last string
	proctest.Until(t, "bones and docker stats say the same", func() bool {
		f := strings.Split(e.must("stats", "--no-stream", "--format", "{{.MemPerc}}|{{.PIDs}}|{{.MemUsage}}|{{.NetIO}}",
			name), "|")
		if len(f) != 4 {
			t.Fatalf("docker stats prints %q", f)
		}
		percent, _ := strconv.ParseFloat(strings.TrimSuffix(f[0], "%"), 64)
		tasks, _ := strconv.ParseFloat(f[1], 64)
		memory, ok1 := one("bones_container_memory_working_set_bytes")
		limit, ok2 := one("bones_container_memory_limit_bytes")
		pids, ok3 := one("bones_container_pids")
		received, ok4 := one("bones_container_network_receive_bytes_total")
		last = fmt.Sprint(f, " against ", memory, limit, pids, received)
		return ok1 && ok2 && ok3 && ok4 && limit > 0 && math.Abs(memory/limit*100-percent) < 0.5 && pids == tasks &&
			strings.HasSuffix(f[2], "/ 200MiB") && limit == 200<<20 && received == 0 && strings.HasPrefix(f[3], "0B /")
	})
	if t.Failed() {
		t.Log(last)
	}
}

// everyPanel runs each query of the dashboard until it returns data.
func everyPanel(t *testing.T, p *prometheus, dashboard string, disk bool) {
	var d struct {
		Panels []struct {
			Title   string
			Targets []struct{ Expr string }
		}
	}
	if err := json.Unmarshal([]byte(dashboard), &d); err != nil || len(d.Panels) < 10 {
		t.Fatalf("%d panels: %v", len(d.Panels), err)
	}
	fill := strings.NewReplacer("$__rate_interval", "20s", "$instance", ".*", "$namespace", ".*", "$container",
		".*")
	pressure := len(p.query("bones_container_pressure_waiting_seconds_total")) > 0
	for _, panel := range d.Panels {
		for _, target := range panel.Targets {
			expr := fill.Replace(target.Expr)
			switch {
			case strings.Contains(expr, "$"):
				t.Errorf("%s: %s holds a variable that the test does not know", panel.Title, expr)
			case strings.Contains(expr, "_io_") && !disk, strings.Contains(expr, "container_pressure") && !pressure:
				t.Logf("%s: this host does not count it", panel.Title)
			default:
				proctest.Until(t, panel.Title+" returns data: "+expr, func() bool { return len(p.query(expr)) > 0 })
			}
		}
	}
}

// TestExportFlags: what cannot be is said, with status 2, and nothing is served.
func TestExportFlags(t *testing.T) {
	for _, args := range [][]string{{"export", "--processes", "-1"}, {"export", "--processes", "100000"},
		{"export", "--interval", "5s"}, {"export", "--textfile", "metrics.txt"},
		{"export", "--textfile", "x.prom", "--interval", "1ms"}, {"export", "--web.telemetry-path", "metrics"},
		{"export", "--web.config.file", "/nonexistent"}, {"export", "--textfile", "x.prom", "--listen", ":1"},
		{"export", "web"}, {"--host-root", "here", "ps"}} {
		a, out, errs := testApp(t)
		if status := a.run(t.Context(), args); status != exitUsage || out.Len() > 0 {
			t.Errorf("bones %v: status %d, %q, %q", args, status, out, errs)
		}
	}
	a, _, errs := testApp(t)
	if status := a.run(t.Context(), []string{"export", "--listen", "256.0.0.1:1"}); status != exitFailed {
		t.Errorf("an address that is none: %d %s", status, errs)
	}
	a, _, errs = testApp(t)
	if status := a.run(t.Context(), []string{"export", "--web.systemd-socket"}); status != exitFailed ||
		!strings.Contains(errs.String(), "systemd has passed no socket") {
		t.Errorf("without a socket of systemd's: %d %s", status, errs)
	}
	a, out, _ := testApp(t)
	if status := a.run(t.Context(), []string{"export", "--reference"}); status != 0 ||
		out.String() != export.Reference() {
		t.Errorf("--reference prints something else")
	}
}

// TestExportTextfile: the file is put in its place whole, is no link, and can be read by others.
func TestExportTextfile(t *testing.T) {
	m := builtBones(t)
	dir := t.TempDir()
	secret, file := filepath.Join(dir, "secret"), filepath.Join(dir, "bones.prom")
	if err := os.WriteFile(secret, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(secret, file); err != nil {
		t.Fatal(err)
	}
	m.ask(t, "export", "--units", "--textfile", file)
	st, err := os.Lstat(file)
	if err != nil || st.Mode() != 0o644 {
		t.Fatalf("%v %v", st, err)
	}
	b, err := os.ReadFile(file)
	if err != nil || !bytes.Contains(b, []byte("\nbones_host_processors ")) {
		t.Errorf("%v %.200s", err, b)
	}
	if b, _ := os.ReadFile(secret); len(b) > 0 {
		t.Error("it was written through the link")
	}
	left, _ := os.ReadDir(dir)
	if len(left) != 2 {
		t.Errorf("it left %v", left)
	}
	if got := m.ask(t, "export", "--textfile", "-"); !strings.Contains(got, "\nbones_host_processors ") {
		t.Errorf("standard output: %.200s", got)
	}
}

// TestExportTLS: --web.config.file asks for a password, over TLS, for every page.
func TestExportTLS(t *testing.T) {
	proctest.NeedPrograms(t, "openssl")
	proctest.Need(t, proctest.Loopback)
	m := builtBones(t)
	dir := t.TempDir()
	if out, err := exec.Command("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
		"-nodes",
		"-days", "1", "-subj", "/CN=bones", "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", dir+"/key", "-out",
		dir+"/cert").CombinedOutput(); err != nil {
		t.Fatalf("openssl: %v %s", err, out)
	}
	// The password is "secret".
	config := "tls_server_config: {cert_file: cert, key_file: key}\nbasic_auth_users:\n" +
		"  scraper: $2a$04$CUikVbmehKSLuoYDr.WcsOAHRSPsliievUj54gZlLgtaHwwmUzRQ6\n"
	if err := os.WriteFile(dir+"/web.yml", []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	address := strings.Replace(startExport(t, m, "--web.config.file", dir+"/web.yml", "--web.telemetry-path", "/m"),
		"http:", "https:", 1)
	status := func(words ...string) string {
		out, _ := exec.Command("curl", append([]string{"-s", "-o", "/dev/null", "-w", "%{http_code}", "--cacert",
			dir + "/cert"}, words...)...).CombinedOutput()
		return string(out)
	}
	if got := status(address); got != "401" {
		t.Errorf("without a password: %s", got)
	}
	if got := status("-u", "scraper:wrong", address); got != "401" {
		t.Errorf("with a wrong one: %s", got)
	}
	if got := status("-u", "scraper:secret", address); got != "200" {
		t.Errorf("with the right one: %s", got)
	}
	if got := status(strings.Replace(address, "https:", "http:", 1)); got != "400" {
		t.Errorf("without TLS: %s", got)
	}
}
