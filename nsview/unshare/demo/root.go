package demo

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"

	"bones/procwalk/fault"
	"bones/procwalk/reexec"

	"golang.org/x/sys/unix"
)

// beFirst is what InitCommand starts: the first process of the container, with all capabilities in it, makes the
// root file system, enters it and becomes the service. It returns only when that failed.
func beFirst(name string) error {
	// Whoever runs this by hand as root must not lose the root that everybody uses.
	if os.Getpid() != 1 {
		return errors.New("this is the first process of a demo and nothing else")
	}
	unix.Umask(0o022)
	root := placeForRoot()
	if err := makeRoot(root, name); err != nil {
		return err
	}
	if err := enterRoot(root); err != nil {
		return err
	}
	loopbackUp() // the container is as good without
	null, err := unix.Open("/dev/null", unix.O_RDWR|unix.O_CLOEXEC, 0)
	if err != nil {
		return fmt.Errorf("/dev/null in the new root: %w", err)
	}
	// Open until the service runs under its name, for what goes wrong.
	if err := unix.Dup3(2, said, 0); err != nil {
		return err
	}
	if err := unix.Dup3(null, 2, 0); err != nil {
		return err
	}
	err = syscall.Exec(binary, []string{binary, ServiceCommand}, os.Environ())
	unix.Dup3(said, 2, 0)
	return fault.Hinted("running the service in the new root", err, "bones must be a static binary")
}

// placeForRoot is a directory to mount the new root on. The mount is seen in the demo alone; an image of nothing but
// bones has no /tmp, but what the engine mounts.
func placeForRoot() string {
	const last = "/sys"
	for _, dir := range []string{"/tmp", "/mnt", "/run"} {
		if st, err := os.Lstat(dir); err == nil && st.IsDir() {
			return dir
		}
	}
	return last
}

// makeRoot mounts a tmpfs and fills it: the running binary, devices, a few files of /etc, proc and sys.
func makeRoot(root, name string) error {
	self, err := os.Open(reexec.Self) // before something is mounted over its path
	if err != nil {
		return err
	}
	defer self.Close()
	if err := unix.Mount("bones-demo", root, "tmpfs", unix.MS_NOSUID|unix.MS_NODEV, "mode=0755,size=128m"); err != nil {
		return fmt.Errorf("mounting a tmpfs for the new root: %w", err)
	}
	for _, dir := range []string{"bin", "dev", "etc", "proc", "root", "run", "sys", "tmp", "var"} {
		if err := os.Mkdir(filepath.Join(root, dir), 0o755); err != nil {
			return err
		}
	}
	if err := os.Chmod(filepath.Join(root, "tmp"), 0o777|os.ModeSticky); err != nil {
		return err
	}
	// A copy: the container's root can write to its own binary, and must not be able to write to ours.
	bin, err := os.OpenFile(filepath.Join(root, "bin/bones"), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o755)
	if err != nil {
		return err
	}
	if err := reexec.CopyProgram(bin, self); err != nil {
		return errors.Join(fmt.Errorf("copying bones into the new root: %w", err), bin.Close())
	}
	if err := bin.Close(); err != nil {
		return err
	}
	for file, content := range map[string]string{
		"passwd":     "root:x:0:0:root:/root:/bin/bones\nnobody:x:65534:65534:nobody:/:/bin/bones\n",
		"group":      "root:x:0:\nnogroup:x:65534:\n",
		"hostname":   name + "\n",
		"hosts":      "127.0.0.1 localhost " + name + "\n::1 localhost\n",
		"os-release": "ID=bones-demo\nNAME=\"bones demo\"\nPRETTY_NAME=\"bones demo container\"\n",
	} {
		if err := os.WriteFile(filepath.Join(root, "etc", file), []byte(content), 0o644); err != nil {
			return err
		}
	}
	if err := makeDevices(filepath.Join(root, "dev")); err != nil {
		return err
	}
	if err := unix.Mount("proc", filepath.Join(root, "proc"), "proc", unix.MS_NOSUID|unix.MS_NODEV|unix.MS_NOEXEC,
		""); err != nil {
		return fmt.Errorf("mounting proc in the new root: %w", err)
	}
	// Where parts of /sys are covered the kernel does not allow another one; then there is none.
	unix.Mount("sysfs", filepath.Join(root, "sys"), "sysfs", unix.MS_RDONLY|unix.MS_NOSUID|unix.MS_NODEV|unix.MS_NOEXEC,
		"")
	return nil
}

// makeDevices binds the harmless devices; to make device nodes takes a privilege that a user namespace does not give.
func makeDevices(dev string) error {
	for _, name := range []string{"null", "zero", "full", "random", "urandom", "tty"} {
		path := filepath.Join(dev, name)
		f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
		if err != nil {
			return err
		}
		f.Close()
		if err := unix.Mount("/dev/"+name, path, "", unix.MS_BIND, ""); err != nil {
			return fmt.Errorf("binding the device %s: %w", name, err)
		}
	}
	for name, to := range map[string]string{"fd": "/proc/self/fd", "stdin": "/proc/self/fd/0",
		"stdout": "/proc/self/fd/1", "stderr": "/proc/self/fd/2"} {
		if err := os.Symlink(to, filepath.Join(dev, name)); err != nil {
			return err
		}
	}
	return nil
}

// enterRoot makes root the root of the mount namespace and lets the old one go. Source: pivot_root(2).
func enterRoot(root string) error {
	if err := unix.Chdir(root); err != nil {
		return err
	}
	if err := unix.PivotRoot(".", "."); err != nil {
		return fmt.Errorf("changing to the new root: pivot_root: %w", err)
	}
	// The old root now lies over the new one.
	if err := unix.Unmount(".", unix.MNT_DETACH); err != nil {
		return fmt.Errorf("unmounting the old root: %w", err)
	}
	return unix.Chdir("/")
}

// loopbackUp gives the container its own 127.0.0.1. Source: netdevice(7).
func loopbackUp() error {
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return err
	}
	defer unix.Close(fd)
	r, err := unix.NewIfreq("lo")
	if err != nil {
		return err
	}
	if err := unix.IoctlIfreq(fd, unix.SIOCGIFFLAGS, r); err != nil {
		return err
	}
	r.SetUint16(r.Uint16() | unix.IFF_UP)
	return unix.IoctlIfreq(fd, unix.SIOCSIFFLAGS, r)
}
