package room

import (
	"sync"
	"time"

	"golang.org/x/time/rate"

	"teahouse/internal/ratelimit"
)

// MaxThrottleWait is the longest time that a line is held back, except for scripted clients. If it
// would take longer, the line is refused.
const MaxThrottleWait = 5 * time.Second

// A tokenBucket holds the tokens of sessions that share a rate limit; each line takes one. Nil is
// never empty.
type tokenBucket struct {
	mu     sync.Mutex // makes taking a token and giving it back one step
	tokens *rate.Limiter

	// queue is held by the scripted client that waits for the next token. Only one waits at a time,
	// so that the others do not reserve tokens ahead of interactive users.
	queue chan struct{}

	parent *tokenBucket // the bucket of a larger group, from which each line takes a token too; nil for none
}

// newTokenBucket returns a full bucket, or nil if there is no limit.
func newTokenBucket(perSecond float64, burst int) *tokenBucket {
	if perSecond <= 0 {
		return nil
	}
	return &tokenBucket{tokens: rate.NewLimiter(rate.Limit(perSecond), max(1, burst)), queue: make(chan struct{}, 1)}
}

// isFull reports whether a bucket is as good as a new one.
func (b *tokenBucket) isFull() bool {
	return b == nil || ratelimit.IsFull(b.tokens, time.Now())
}

// take takes n tokens, at most as many as the bucket can hold, and returns how long to wait for
// them. If that is longer than MaxThrottleWait, it takes none.
func (b *tokenBucket) take(n int) (wait time.Duration) {
	if b == nil {
		return 0
	}
	own, parents := takeBoth(b, b.parent, n)
	return max(own, parents)
}

// takeBoth takes n tokens from each of two buckets, and returns how long to wait for them. If
// either time is longer than MaxThrottleWait, it takes none from either; if the first one is, it
// does not ask the second.
//
// The first bucket stays locked meanwhile: a token can only be given back in full while nobody has
// taken another one since.
func takeBoth(first, second *tokenBucket, n int) (firstWait, secondWait time.Duration) {
	if first == nil {
		return 0, second.take(n)
	}
	first.mu.Lock()
	defer first.mu.Unlock()
	now := time.Now()
	taken := first.tokens.ReserveN(now, min(n, first.tokens.Burst()))
	if firstWait = taken.DelayFrom(now); firstWait <= MaxThrottleWait {
		secondWait = second.take(n)
	}
	if max(firstWait, secondWait) > MaxThrottleWait {
		taken.CancelAt(now)
	}
	return firstWait, secondWait
}

// wait takes a token when there is one, however long that takes, unless s leaves.
func (b *tokenBucket) wait(s *Session) error {
	if b == nil {
		return nil
	}
	select {
	case b.queue <- struct{}{}:
	case <-s.done:
		return s.Reason()
	case <-s.Client.Done:
		s.Leave(HungUp)
		return s.Reason()
	}
	defer func() { <-b.queue }()
	b.mu.Lock()
	token := b.tokens.Reserve()
	b.mu.Unlock()
	if err := s.sleep(token.Delay()); err != nil {
		token.Cancel()
		return err
	}
	return b.parent.wait(s)
}
