package rootfs

import (
	"testing"

	"bones/procwalk/leaktest"
	"bones/procwalk/reexec"
)

func init() {
	reexec.Register(worldWord, func(args []string) int { worldMain(args); return 0 })
}

func TestMain(m *testing.M) { leaktest.Main(m) }
