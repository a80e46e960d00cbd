package ratelimit

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"
)

// If the second of two buckets has no token in time, the first keeps its own.
func TestTakeBothTakesAllOrNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		person, address := NewBucket(1, 10), NewBucket(0.1, 1)
		if own, from := TakeBoth(person, address, 1); own != 0 || from != 0 {
			t.Fatalf("the first line waits for %v and %v", own, from)
		}
		if own, from := TakeBoth(person, address, 1); own != 0 || from <= MaxWait {
			t.Errorf("the second line waits for %v and %v, want no time and more than %v", own, from, MaxWait)
		}
		if wait := person.Take(9); wait != 0 {
			t.Errorf("after a refused line, nine more wait for %v: it has cost its sender a token", wait)
		}
		if wait := address.Take(1); wait != 10*time.Second {
			t.Errorf("after a refused line, the address waits for %v, want 10s", wait)
		}
	})
}

// Each line takes a token from the parent, too.
func TestTakeFromParent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		network := NewBucket(1, 2)
		a, b := NewBucket(100, 100), NewBucket(100, 100)
		a.parent, b.parent = network, network
		a.Take(2)
		if wait := b.Take(1); wait != time.Second {
			t.Errorf("after a burst of another address of the network a line waits for %v, want 1s", wait)
		}
		if a.IsFull() || NewBucket(0, 1) != nil {
			t.Error("a bucket that has spent tokens counts as full, or there is one without a limit")
		}
	})
}

// A testWaiter waits until left is closed.
type testWaiter struct{ left chan struct{} }

var errLeft = errors.New("left")

func (w testWaiter) Acquire(ctx context.Context, turn Semaphore) error {
	select {
	case turn <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	case <-w.left:
		return errLeft
	}
}

func (w testWaiter) Sleep(d time.Duration) error {
	select {
	case <-time.After(d):
		return nil
	case <-w.left:
		return errLeft
	}
}

// Those who wait get their tokens one after the other. Whoever leaves meanwhile takes none, and
// lets the next one wait in their place.
func TestBucketWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		bucket, began := NewBucket(0.1, 1), time.Now()
		bucket.Take(1)
		first, second := testWaiter{make(chan struct{})}, testWaiter{make(chan struct{})}
		errs := make(chan error, 1)
		go func() { errs <- bucket.Wait(first) }()
		synctest.Wait()
		done := make(chan error, 1)
		go func() { done <- bucket.Wait(second) }()
		time.Sleep(5 * time.Second)
		if wait := bucket.Take(1); wait != 15*time.Second {
			t.Errorf("with two in the queue a line waits for %v, want 15s: only the first reserves a token", wait)
		}
		close(first.left)
		if err := <-errs; err != errLeft {
			t.Errorf("the one who left got %v", err)
		}
		if err := <-done; err != nil || time.Since(began) != 10*time.Second {
			t.Errorf("the next one got %v after %v, want the token of 10s", err, time.Since(began))
		}
	})
}
