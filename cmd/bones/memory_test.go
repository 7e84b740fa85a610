package main

import (
	"context"
	"encoding/json"
	"strings"
	"testing"

	"bones/procwalk/proctest"
)

// TestCgroupMemory: the parts are what memory.stat has, and add up to what counts, of the group that this test is in.
func TestCgroupMemory(t *testing.T) {
	a, out, errOut := testApp(t)
	if status := a.run(context.Background(), []string{"cgroup", "self", "--memory", "--json"}); status != 0 {
		proctest.Missing(t, "the memory of this test's own control group: %s", errOut)
		return
	}
	var m struct {
		Usage *uint64            `json:"usage_bytes"`
		Parts map[string]*uint64 `json:"parts_bytes"`
	}
	if err := json.Unmarshal(out.Bytes(), &m); err != nil || m.Usage == nil {
		t.Fatalf("%v: %s", err, out)
	}
	sum := uint64(0)
	for name, n := range m.Parts {
		if n != nil && name != "others" {
			sum += *n
		}
	}
	if sum < *m.Usage/2 || m.Parts["anon"] == nil || *m.Parts["anon"] == 0 {
		t.Errorf("%d bytes count, the parts are %d: %s", *m.Usage, sum, out)
	}
	a, out, errOut = testApp(t)
	if status := a.run(context.Background(), []string{"cgroup", "self", "--memory"}); status != 0 ||
		!strings.Contains(out.String(), "# anon") || !strings.Contains(out.String(), "\n[#") {
		t.Errorf("status %d: %s%s", status, out, errOut)
	}
}
