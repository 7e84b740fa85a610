package hangs

import "testing"

// TestSlowIsForgivenStuckIsNot: a machine may be slow; a process that hangs again and again is not read again.
func TestSlowIsForgivenStuckIsNot(t *testing.T) {
	j := New[int](1)
	who := Prisoner{UID: 1, Mnt: 2}
	for strike := 1; strike <= mostStrikes; strike++ {
		id := 7
		j.Put(id, who)
		if j.Judge(id, who) != NeverMore {
			t.Fatal("a read is under way, but another may be begun")
		}
		j.Release(id)
		if forgiven := j.Judge(id, who) == MayRead; forgiven != (strike < mostStrikes) {
			t.Errorf("after it came back %d times: forgiven is %v", strike, forgiven)
		}
		j.NewPass()
	}
	j.Forget(func(int) bool { return false })
	if len(j.stuck) != 0 || j.by[who] != 0 || !j.Empty() {
		t.Errorf("it has ended, but the jail still holds %v, %v", j.stuck, j.by)
	}
}
