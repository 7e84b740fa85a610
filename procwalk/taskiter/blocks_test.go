package taskiter

import (
	"testing"
	"unsafe"

	"golang.org/x/sys/unix"
)

// TestBlocks reads a table of many megabytes: no record is lost where one block ends and the next begins, the
// memory is little more than the records are, and the next read takes no more of it. The kernel gives whole records
// at each read, as a socket does that keeps packets apart.
func TestBlocks(t *testing.T) {
	const processes, each = 20_000, 50
	it := &Iterator{}
	for range 2 {
		fds, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_SEQPACKET|unix.SOCK_CLOEXEC, 0)
		if err != nil {
			t.Fatal(err)
		}
		go func() {
			defer unix.Close(fds[1])
			var packet [each]record
			for i := range processes {
				packet[i%each] = record{Kind: ofProcess, Len: uint32(recordSize), PID: int32(i + 1)}
				if i%each == each-1 {
					b := unsafe.Slice((*byte)(unsafe.Pointer(&packet)), each*recordSize)
					if _, err := unix.Write(fds[1], b); err != nil {
						t.Error(err)
						return
					}
				}
			}
		}()
		it.batch.begin(0, 4096)
		err = it.readAll(fds[0])
		unix.Close(fds[0])
		if err != nil {
			t.Fatal(err)
		}
		if n := it.batch.Len(); n != processes {
			t.Fatalf("%d processes, want %d", n, processes)
		}
		for i := range processes {
			if it.batch.PID(i) != i+1 {
				t.Fatalf("process %d has PID %d", i, it.batch.PID(i))
			}
		}
		if got, most := len(it.blocks)*blockSize, processes*recordSize*5/4; got > most {
			t.Errorf("%d bytes are taken for records of %d", got, processes*recordSize)
		}
	}
}
