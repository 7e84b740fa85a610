package detail

import (
	"context"
	"errors"
	"testing"
	"time"

	"bones/procwalk"
	"bones/procwalk/proctest"
)

func TestWithinLeavesBehindWhatHangs(t *testing.T) {
	d := NewDeadline(300*time.Millisecond, 2)
	hang := make(chan struct{})
	released := make(chan struct{}, 8)
	release := func() { released <- struct{}{} }
	read := func() int { <-hang; return 1 }
	ctx := context.Background()

	if _, err := Within(ctx, d, procwalk.ID{PID: 1, Start: 1}, read, release); err != procwalk.ErrStuck {
		t.Fatalf("a read that hangs: %v", err)
	}
	if _, err := Within(ctx, d, procwalk.ID{PID: 1, Start: 1}, func() int { t.Error("read again"); return 0 },
		release); err != procwalk.ErrStuck {
		t.Errorf("the same process again: %v", err)
	}
	<-released // what is refused is released at once
	if v, err := Within(ctx, d, procwalk.ID{PID: 1, Start: 2}, func() int { return 7 }, release); v != 7 || err != nil {
		t.Errorf("another process under the same PID: %d, %v", v, err)
	}
	<-released
	if _, err := Within(ctx, d, procwalk.ID{PID: 2, Start: 1}, read, release); err != procwalk.ErrStuck {
		t.Errorf("a second that hangs: %v", err)
	}
	if _, err := Within(ctx, d, procwalk.ID{PID: 3, Start: 1}, func() int { t.Error("read"); return 0 },
		release); err != procwalk.ErrStuck {
		t.Errorf("beyond the bound: %v", err)
	}
	<-released
	if d.Behind() != 2 {
		t.Errorf("%d are behind", d.Behind())
	}
	close(hang)
	<-released
	<-released
	for start := time.Now(); d.Behind() != 0; {
		if time.Since(start) > proctest.Patience {
			t.Fatalf("%d are behind for ever", d.Behind())
		}
		time.Sleep(time.Millisecond)
	}
	if _, err := Within(ctx, d, procwalk.ID{PID: 3, Start: 1}, func() int { return 0 }, release); err != nil {
		t.Errorf("when all have come back: %v", err)
	}
}

func TestWithinContext(t *testing.T) {
	d := NewDeadline(time.Hour, 2)
	ctx, cancel := context.WithCancel(context.Background())
	hang := make(chan struct{})
	released := make(chan struct{}, 2)
	read := func() int { cancel(); <-hang; return 1 }
	if _, err := Within(ctx, d, procwalk.ID{PID: 1, Start: 1}, read, func() { released <- struct{}{} }); !errors.Is(err,
		context.Canceled) {
		t.Errorf("cancelled while it runs: %v", err)
	}
	close(hang)
	<-released
	if _, err := Within(ctx, d, procwalk.ID{PID: 1, Start: 1}, read, func() { released <- struct{}{} }); !errors.Is(err,
		context.Canceled) {
		t.Errorf("cancelled before: %v", err)
	}
	<-released
	if _, err := Within(context.Background(), d, procwalk.ID{PID: 1, Start: 1}, func() int { return 1 },
		func() {}); err != nil {
		t.Errorf("being cancelled is held against the process: %v", err)
	}
}
