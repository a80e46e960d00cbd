package ratelimit

import (
	"testing"
	"time"

	"golang.org/x/time/rate"
)

func idleIfZero(_ int, v int) bool { return v == 0 }

// A table keeps busy entries and forgets idle ones as it grows, so its size is in proportion to the
// busy ones.
func TestTableSweeps(t *testing.T) {
	now := time.Now()
	var table Table[int, int]
	for n := range 100_000 {
		busy := 0
		if n%1000 == 0 {
			busy = 1
		}
		if !table.Set(n, busy, now, idleIfZero) {
			t.Fatalf("key %d found no room in a table without a limit", n)
		}
		if most := max(minSweepSize, 2*(1+n/1000)+1); table.Len() > 2*most {
			t.Fatalf("the table has %d entries after %d keys, of which only %d are busy", table.Len(), n, 1+n/1000)
		}
	}
	for n := range 100 {
		if _, ok := table.Get(1000 * n); !ok {
			t.Errorf("the busy key %d was forgotten", 1000*n)
		}
	}
	table.Delete(1000)
	if _, ok := table.Get(1000); ok {
		t.Error("a deleted key is still there")
	}
	if table.Clear(); table.Len() != 0 {
		t.Errorf("Clear leaves %d keys", table.Len())
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
		t.Error("a full table accepts a new key")
	}
	for n := range 100 {
		if !table.Set(n, 0, now, idleIfZero) {
			t.Errorf("a full table refuses key %d, which it has", n)
		}
	}
	if table.Set(100, 1, now.Add(fullSweepInterval-1), idleIfZero) {
		t.Error("a full table was swept again within a second")
	}
	if !table.Set(100, 1, now.Add(fullSweepInterval), idleIfZero) || table.Len() != 1 {
		t.Errorf("a second later the table has %d keys, want only the new one", table.Len())
	}
}

func TestIsFull(t *testing.T) {
	now := time.Now()
	bucket := rate.NewLimiter(1, 2)
	if !IsFull(nil, now) || !IsFull(bucket, now) {
		t.Error("a new bucket does not count as full, or no bucket does not")
	}
	bucket.AllowN(now, 1)
	if IsFull(bucket, now) || !IsFull(bucket, now.Add(time.Second)) {
		t.Error("want the bucket not full after one token was taken, and full a second later")
	}
}
