package ratelimit

import (
	"iter"
	"maps"
	"time"

	"golang.org/x/time/rate"
)

const (
	// minSweepSize is the size below which a Table is not worth sweeping.
	minSweepSize = 64

	// fullSweepInterval is how long a full Table is left alone after a sweep. A sweep of a large
	// one takes milliseconds, too many to spend on each newcomer.
	fullSweepInterval = time.Second
)

// A Table remembers a value for each key for as long as it matters. The zero Table is empty and
// ready to use. It is not safe for concurrent use.
type Table[K comparable, V any] struct {
	// Max is how many keys the Table may hold; 0 means no limit.
	Max int

	entries map[K]V
	sweepAt int // the size at which to sweep
	sweptAt time.Time
}

// Get returns the value of a key.
func (t *Table[K, V]) Get(key K) (v V, ok bool) {
	v, ok = t.entries[key]
	return v, ok
}

// Set sets the value of a key. If the Table has doubled in size since the last sweep, it sweeps
// idle entries first. It reports whether there was room for the key.
func (t *Table[K, V]) Set(key K, v V, now time.Time, isIdle func(K, V) bool) bool {
	if _, known := t.entries[key]; !known {
		t.SweepIfDue(now, isIdle)
		if t.Max > 0 && len(t.entries) >= t.Max {
			return false
		}
	}
	if t.entries == nil {
		t.entries = map[K]V{}
	}
	t.entries[key] = v
	return true
}

// SweepIfDue deletes idle entries if the Table has doubled in size since the last sweep, and
// reports whether it did. Call it before [Table.Set] if other state depends on the entries.
func (t *Table[K, V]) SweepIfDue(now time.Time, isIdle func(K, V) bool) bool {
	if len(t.entries) < t.sweepAt || t.isFull() && now.Sub(t.sweptAt) < fullSweepInterval {
		return false
	}
	maps.DeleteFunc(t.entries, isIdle)
	t.sweepAt = max(2*len(t.entries), minSweepSize)
	if t.Max > 0 {
		t.sweepAt = min(t.sweepAt, t.Max)
	}
	t.sweptAt = now
	return true
}

func (t *Table[K, V]) isFull() bool { return t.Max > 0 && len(t.entries) >= t.Max }

// Delete deletes a key.
func (t *Table[K, V]) Delete(key K) { delete(t.entries, key) }

// Clear deletes all keys.
func (t *Table[K, V]) Clear() { *t = Table[K, V]{Max: t.Max} }

// Len returns the number of keys.
func (t *Table[K, V]) Len() int { return len(t.entries) }

// All returns all keys with their values, in no order.
func (t *Table[K, V]) All() iter.Seq2[K, V] { return maps.All(t.entries) }

// IsFull reports whether a bucket is as good as new. A nil bucket always is.
func IsFull(bucket *rate.Limiter, now time.Time) bool {
	return bucket == nil || bucket.TokensAt(now) >= float64(bucket.Burst())
}
