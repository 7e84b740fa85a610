package mini

import "unsafe"

// mini is never called: it is the text of the programs, between its symbol and the end in mini_amd64.s.
//
//lint:ignore U1000 bounds takes its address in assembly
func mini()

// bounds returns where mini begins and ends.
func bounds() (start, end uintptr)

func code() []byte {
	start, end := bounds()
	var p unsafe.Pointer
	*(*uintptr)(unsafe.Pointer(&p)) = start
	return append([]byte(nil), unsafe.Slice((*byte)(p), end-start)...)
}
