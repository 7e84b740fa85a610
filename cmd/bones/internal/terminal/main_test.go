package terminal

import (
	"testing"

	"bones/procwalk/leaktest"
)

func TestMain(m *testing.M) { leaktest.Main(m) }
