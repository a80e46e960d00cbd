package ratelimit

import (
	"context"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// MaxWait is the longest that anybody waits for tokens, except for scripted clients. If it would
// take longer, they get none.
const MaxWait = 5 * time.Second

// A Bucket holds the tokens of sessions that share a rate limit; each line takes one. A nil Bucket
// is never empty. A Bucket is safe for concurrent use.
type Bucket struct {
	mu     sync.Mutex // makes taking a token and giving it back one step
	tokens *rate.Limiter

	// queue is held by the scripted client that waits for the next token. Only one waits at a time,
	// so that the others do not reserve tokens ahead of interactive users.
	queue Semaphore

	parent *Bucket // the bucket of a larger group, from which each line takes a token too; nil for none
}

// NewBucket returns a full Bucket, or nil if there is no limit.
func NewBucket(perSecond float64, burst int) *Bucket {
	if perSecond <= 0 {
		return nil
	}
	return &Bucket{tokens: rate.NewLimiter(rate.Limit(perSecond), max(1, burst)), queue: make(Semaphore, 1)}
}

// IsFull reports whether a Bucket is as good as a new one.
func (b *Bucket) IsFull() bool { return b == nil || IsFull(b.tokens, time.Now()) }

// Take takes n tokens, at most as many as the Bucket can hold, and returns how long to wait for
// them. If that is longer than MaxWait, it takes none.
func (b *Bucket) Take(n int) (wait time.Duration) {
	if b == nil {
		return 0
	}
	own, parents := TakeBoth(b, b.parent, n)
	return max(own, parents)
}

// TakeBoth takes n tokens from each of two Buckets, and returns how long to wait for them. If
// either time is longer than MaxWait, it takes none from either; if the first one is, it does not
// ask the second.
//
// The first Bucket stays locked meanwhile: a token can only be given back in full while nobody has
// taken another one since.
func TakeBoth(first, second *Bucket, n int) (firstWait, secondWait time.Duration) {
	if first == nil {
		return 0, second.Take(n)
	}
	first.mu.Lock()
	defer first.mu.Unlock()
	now := time.Now()
	taken := first.tokens.ReserveN(now, min(n, first.tokens.Burst()))
	if firstWait = taken.DelayFrom(now); firstWait <= MaxWait {
		secondWait = second.Take(n)
	}
	if max(firstWait, secondWait) > MaxWait {
		taken.CancelAt(now)
	}
	return firstWait, secondWait
}

// Wait takes a token when there is one, however long that takes. It returns the error with which w
// stopped waiting, if any, and then takes no token.
func (b *Bucket) Wait(w Waiter) error {
	if b == nil {
		return nil
	}
	if err := w.Acquire(context.Background(), b.queue); err != nil {
		return err
	}
	defer b.queue.Release()
	b.mu.Lock()
	token := b.tokens.Reserve()
	b.mu.Unlock()
	if err := w.Sleep(token.Delay()); err != nil {
		token.Cancel()
		return err
	}
	return b.parent.Wait(w)
}
