package nsview

import (
	"os"

	"bones/procwalk/mountinfo"

	"golang.org/x/sys/unix"
)

// mountsAt reads the file of this name and of the form of mountinfo below dir. A list that could not be read whole is
// an error.
func mountsAt(dir int, name string) ([]mountinfo.Mount, error) {
	fd, err := openAt(dir, name, unix.O_RDONLY)
	if err != nil {
		return nil, err
	}
	f := os.NewFile(uintptr(fd), name)
	defer f.Close()
	list, err := mountinfo.Read(f)
	if err != nil {
		return nil, err
	}
	return list, nil
}
