package main

import (
	"context"
	"encoding/json"
	"testing"

	"bones/procwalk/proctest"
)

// skipMissing skips a test for want of something on this machine. In CI, where `make test` has installed all that the
// tests need, that is a failure: a skip there would go unnoticed.
func skipMissing(t testing.TB, format string, args ...any) {
	t.Helper()
	proctest.Missing(t, format, args...)
}

// needNoContainer is for tests that take for granted that what they start is in no container. Where the tests run in
// one, so does what they start, and bones says so.
func needNoContainer(t *testing.T) {
	t.Helper()
	a, out, errOut := testApp(t)
	var list []struct {
		Container *struct{ ID string }
	}
	status := a.run(context.Background(), []string{"which", "self", "--json"})
	if err := json.Unmarshal(out.Bytes(), &list); status != 0 || err != nil || len(list) != 1 {
		t.Fatalf("which self: status %d, %v: %s", status, err, errOut)
	}
	if list[0].Container != nil {
		skipMissing(t, "what the tests start is in container %s, as they are; this must be in none", list[0].Container.ID)
	}
}
