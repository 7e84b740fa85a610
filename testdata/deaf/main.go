// Command deaf is a process with a root of its own in which the directory /fuse is a file system that never answers
// one sort of request: deaf ROOT OPCODE. It says "ready" and stays until it is killed, which ends every wait for it.
package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"

	"bones/procwalk/rootfs/rootfstest"

	"golang.org/x/sys/unix"
)

func main() {
	fmt.Fprintln(os.Stderr, "deaf:", run()) // it only comes back when it failed
	os.Exit(1)
}

func run() error {
	if len(os.Args) != 3 {
		return errors.New("usage: deaf ROOT OPCODE")
	}
	root := os.Args[1]
	opcode, err := strconv.ParseUint(os.Args[2], 10, 32)
	if err != nil {
		return err
	}
	for _, dir := range []string{"proc", "fuse", "etc"} {
		if err := os.MkdirAll(filepath.Join(root, dir), 0o755); err != nil {
			return err
		}
	}
	if err := os.WriteFile(filepath.Join(root, "plain"), []byte("inside\n"), 0o644); err != nil {
		return err
	}
	if err := errors.Join(unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, ""),
		unix.Mount("proc", filepath.Join(root, "proc"), "proc", 0, "")); err != nil {
		return err
	}
	fuse, err := rootfstest.MountDeaf(filepath.Join(root, "fuse"), uint32(opcode))
	if err != nil {
		return err
	}
	go fuse.Serve()
	if err := errors.Join(unix.Chroot(root), unix.Chdir("/")); err != nil {
		return err
	}
	fmt.Println("ready")
	for {
		unix.Pause()
	}
}
