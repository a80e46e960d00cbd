package ratelimit

import (
	"testing"
	"time"

	"golang.org/x/time/rate"
)

func idleIfZero(_ int, v int) bool { return v == 0 }

// A table keeps what matters, forgets the rest as it grows, and stays proportionate to what
// matters.
func TestTableSweeps(t *testing.T) {
	now := time.Now()
	var table Table[int, int]
	for n := range 100_000 {
		busy := 0
		if n%1000 == 0 {
			busy = 1
		}
		if !table.Set(n, busy, now, idleIfZero) {
			t.Fatalf("there is no room for %d", n)
		}
		if most := max(minSweepSize, 2*(1+n/1000)+1); table.Len() > 2*most {
			t.Fatalf("%d keys after %d, of which %d matter", table.Len(), n, 1+n/1000)
		}
	}
	for n := range 100 {
		if _, ok := table.Get(1000 * n); !ok {
			t.Errorf("%d is forgotten", 1000*n)
		}
	}
	table.Delete(1000)
	if _, ok := table.Get(1000); ok {
		t.Error("what was deleted is there")
	}
	if table.Clear(); table.Len() != 0 {
		t.Errorf("%d keys after all were cleared", table.Len())
	}
}

// A full table accepts no new keys, keeps the ones it has, and is swept at most once a second.
func TestTableIsBounded(t *testing.T) {
	now := time.Now()
	table := Table[int, int]{Max: 100}
	for n := range 100 {
		table.Set(n, 1, now, idleIfZero)
	}
	if table.Set(100, 1, now, idleIfZero) {
		t.Error("there is room in a full table")
	}
	for n := range 100 {
		if !table.Set(n, 0, now, idleIfZero) {
			t.Errorf("%d, which is known, has no room", n)
		}
	}
	if table.Set(100, 1, now.Add(fullSweepInterval-1), idleIfZero) {
		t.Error("a full table was swept again at once")
	}
	if !table.Set(100, 1, now.Add(fullSweepInterval), idleIfZero) || table.Len() != 1 {
		t.Errorf("%d keys after a second, want the new one", table.Len())
	}
}

func TestIsFull(t *testing.T) {
	now := time.Now()
	bucket := rate.NewLimiter(1, 2)
	if !IsFull(nil, now) || !IsFull(bucket, now) {
		t.Error("a new bucket, or none, is not full")
	}
	bucket.AllowN(now, 1)
	if IsFull(bucket, now) || !IsFull(bucket, now.Add(time.Second)) {
		t.Error("a token is missing for a second, and then not any more")
	}
}
