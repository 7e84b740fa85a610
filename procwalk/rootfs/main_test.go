package rootfs

import (
	"testing"

	"bones/procwalk/leaktest"
	"bones/procwalk/proctest"
)

func init() {
	proctest.Part(worldWord, func(args []string) error { worldMain(args); return nil })
}

func TestMain(m *testing.M) { leaktest.Main(m) }
