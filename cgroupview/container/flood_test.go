package container

import (
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"bones/procwalk/proctest"
)

// flooded is a host on which root and one user have runc's records.
func flooded(t *testing.T, n, size int) *Store {
	t.Helper()
	h := newHost(t)
	h.write("run/runc/of-root/state.json", `{"id":"of-root","init_process_pid":1,"init_process_start":1}`)
	flood(t, h, "records", n, size)
	return h.store(Config{Users: []User{{UID: 1234, Home: "/home/user"}}})
}

// flood runs the attack on the runtime directory of UID 1234.
func flood(t *testing.T, h *host, how string, n, size int) {
	t.Helper()
	proctest.Need(t, proctest.Root) // else the records are neither root's nor those of UID 1234
	dir := h.path("run/user/1234")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command("/bin/sh", "../../testdata/attacks/flood.sh", dir, how, fmt.Sprint(n), fmt.Sprint(size)).
		CombinedOutput()
	if err != nil {
		t.Fatalf("flood.sh: %v: %s", err, out)
	}
}

func saidAbout(t *testing.T, s *Store, words ...string) {
	t.Helper()
	list := s.LeftOut()
	if len(list) != 1 {
		t.Fatalf("it is said %d times: %q", len(list), list)
	}
	for _, w := range words {
		if !strings.Contains(list[0].Error(), w) {
			t.Errorf("%q is not said: %v", w, list[0])
		}
	}
}

// TestFloodOfLargeRecords: what is read of one user's records is bounded in sum, root's are read all the same, and who
// was left out is said.
func TestFloodOfLargeRecords(t *testing.T) {
	s := flooded(t, 8, 3_800_000) // twice what is read of one user
	for range 2 {                 // in each pass anew
		records, errs := s.Records()
		if len(errs) > 0 || len(records) < 2 || len(records) > 1+maxUserBytes/3_800_000 ||
			records[len(records)-1].User == nil {
			t.Errorf("%d records, %q", len(records), errs)
		}
		if !strings.Contains(fmt.Sprint(records), "of-root") {
			t.Error("root's record is missing")
		}
		saidAbout(t, s, "UID 1234", "left out") // for their size; on a busy machine for the time that they take
	}
}

func TestFloodOfSmallRecords(t *testing.T) {
	s := flooded(t, maxUserEntries+50, 0)
	began := time.Now()
	records, errs := s.Records()
	if len(errs) > 0 || len(records) > maxUserEntries+1 {
		t.Errorf("%d records, %q", len(records), errs)
	}
	t.Log(len(records), "records in", time.Since(began))
	saidAbout(t, s, "UID 1234", "left out")
}

// TestFloodOfBrokenRecords: what cannot be used is named for a few, and counted for the others. One file with many
// names is none of the user's records.
func TestFloodOfBrokenRecords(t *testing.T) {
	h := newHost(t)
	flood(t, h, "links", 30, 3_800_000)
	s := h.store(Config{Users: []User{{UID: 1234, Home: "/home/user"}}})
	records, errs := s.Records()
	if len(records) != 0 || len(errs) != maxUserErrors+1 || !strings.Contains(errs[maxUserErrors].Error(),
		"22 more records of UID 1234") {
		t.Errorf("%d records, %d errors, the last %v", len(records), len(errs), errs[len(errs)-1])
	}
}

// TestFloodOfLabels: labels and the names of images have bounds of their own, and what is cut off is said.
func TestFloodOfLabels(t *testing.T) {
	h := newHost(t)
	var labels strings.Builder
	for i := range 20 * maxLabels {
		fmt.Fprintf(&labels, `"l%06d":"v",`, i)
	}
	record := strings.Replace(dockerRecord, `"Labels":{`, `"Labels":{`+labels.String(), 1)
	record = strings.Replace(record, `"Name":"/my-cache"`, `"Name":"/`+strings.Repeat("n", 100_000)+`"`, 1)
	if len(record) < 200_000 {
		t.Fatalf("the record has no place for labels: %s", dockerRecord)
	}
	h.write(expand("var/lib/docker/containers/%A/config.v2.json"), record)
	info := h.store(Config{}).Lookup(chainOf(t, "/docker/%A"), processes(nil))
	if len(info.Labels) != maxLabels || info.Name.Len() != maxName || len(info.Errors) != 2 {
		t.Errorf("%d labels, a name of %d bytes, %q", len(info.Labels), info.Name.Len(), info.Errors)
	}
	if said := fmt.Sprint(info.Errors); !strings.Contains(said, "labels") || !strings.Contains(said, "100000 bytes") {
		t.Errorf("it says %.300s", said)
	}
}

// TestLabelsOfAllContainers: so have those of all containers together.
func TestLabelsOfAllContainers(t *testing.T) {
	h := newHost(t)
	s := h.store(Config{})
	s.Records()
	kept := 0
	for range 3 * maxLabelsTotal / maxLabelBytes {
		l := &lookup{store: s}
		m := map[string]string{}
		for k := range 250 {
			m[fmt.Sprint(k)] = strings.Repeat("v", 1000)
		}
		l.labels(m)
		for _, label := range l.info.Labels {
			kept += label.Value.Len()
		}
	}
	if kept == 0 || kept > maxLabelsTotal {
		t.Errorf("%d bytes of labels are kept", kept)
	}
	saidAbout(t, s, "labels", "left out")
}
