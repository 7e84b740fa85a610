package rootfs

import (
	"os"
	"testing"

	"bones/procwalk/leaktest"
)

func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == "__rootfs_world" {
		worldMain()
		return
	}
	leaktest.Main(m)
}
