package main

import (
	"testing"

	"bones/procwalk/proctest"
)

// skipMissing skips a test for want of something on this machine. In CI, where `make test` has installed all that the
// tests need, that is a failure: a skip there would go unnoticed.
func skipMissing(t testing.TB, format string, args ...any) {
	t.Helper()
	proctest.Missing(t, format, args...)
}
