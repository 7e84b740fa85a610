package taskiter

import "testing"

// TestAdjust compares with values that the kernel's own formula gives.
func TestAdjust(t *testing.T) {
	for _, c := range []struct{ user, system, sum, shownUser, shownSystem, wantUser, wantSystem uint64 }{
		{0, 0, 5, 0, 0, 5, 0},                               // no tick has met it yet: all is user time
		{0, 4, 5, 0, 0, 0, 5},                               // every tick met it in the kernel
		{4, 0, 5, 0, 0, 5, 0},                               // every tick met it in its program
		{30, 10, 100, 0, 0, 75, 25},                         // divided as the ticks say
		{30, 10, 100, 0, 40, 60, 40},                        // but never less than was shown
		{30, 10, 100, 90, 0, 90, 10},                        // of both
		{30, 10, 100, 80, 30, 80, 30},                       // more was shown than there is: that stays
		{1 << 62, 1 << 62, 1 << 63, 0, 0, 1 << 62, 1 << 62}, // the product does not fit 64 bits
	} {
		if u, s := adjust(c.user, c.system, c.sum, c.shownUser, c.shownSystem); u != c.wantUser || s != c.wantSystem {
			t.Errorf("%+v: %d, %d", c, u, s)
		}
	}
}

// TestRecordFits: the program builds the record on its stack, of which the kernel gives it 512 bytes.
func TestRecordFits(t *testing.T) {
	if used := -int(slotAt); used > 512 || recordSize%8 != 0 || threadSize > recordSize {
		t.Errorf("a record takes %d bytes, with what the program needs besides %d", recordSize, used)
	}
}

// FuzzTypes: whatever stands where the kernel has its types, it is refused or read.
func FuzzTypes(f *testing.F) {
	f.Add([]byte{})
	f.Add([]byte{0x9f, 0xeb, 1, 0, 24, 0, 0, 0, 0, 0, 0, 0, 12, 0, 0, 0, 12, 0, 0, 0, 6, 0, 0, 0,
		1, 0, 0, 0, 1, 0, 0, 4, 0, 0, 0, 0, 0, 't', 'a', 's', 'k', 0})
	f.Fuzz(func(t *testing.T, raw []byte) {
		types, err := parseTypes(raw, "task_struct", "task")
		if err != nil {
			return
		}
		newProgram(types, nil)
		types.path("task", "task.task[3].x")
		for id := range types.at {
			types.size(uint32(id))
			types.member(uint32(id), "x", 0)
		}
	})
}
