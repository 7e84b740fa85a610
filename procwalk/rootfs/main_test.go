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
	if len(os.Args) > 1 && os.Args[1] == WorkerCommand {
		if err := RunWorker(os.Args[2:], os.Stdin, os.Stdout); err != nil {
			os.Exit(1)
		}
		return
	}
	leaktest.Main(m)
}
