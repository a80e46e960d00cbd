package room

import (
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// mostWait is the longest time that a line is held back whose sender is not patient.
// Where it would take longer, the line is refused.
const mostWait = 5 * time.Second

// A bucket holds the tokens of those who share a pace; each line takes one. Nil is
// never empty.
type bucket struct {
	mu     sync.Mutex // a token that is given back is as if it had not been taken
	tokens *rate.Limiter

	// turn is held by the patient one that waits for the next token. There is one at a
	// time, so that all the others who are patient are in nobody's way.
	turn chan struct{}

	around *bucket // of more people, of which each line takes a token, too; nil for none
}

// newBucket returns a full bucket, or nil where there is no limit.
func newBucket(perSecond float64, burst int) *bucket {
	if perSecond <= 0 {
		return nil
	}
	return &bucket{tokens: rate.NewLimiter(rate.Limit(perSecond), max(1, burst)), turn: make(chan struct{}, 1)}
}

// isFull reports whether a bucket is as good as a new one.
func (b *bucket) isFull() bool {
	return b == nil || b.tokens.Tokens() >= float64(b.tokens.Burst())
}

// take takes so many tokens, at most all that there can be, and returns how long to
// wait for them. Where that is longer than mostWait it takes none.
func (b *bucket) take(n int) (wait time.Duration, taken *rate.Reservation) {
	if b == nil {
		return 0, nil
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	now := time.Now()
	taken = b.tokens.ReserveN(now, min(n, b.tokens.Burst()))
	wait = taken.DelayFrom(now)
	if wait <= mostWait {
		more, _ := b.around.take(n)
		wait = max(wait, more)
	}
	if wait > mostWait {
		taken.CancelAt(now)
		return wait, nil
	}
	return wait, taken
}

// await takes a token when there is one, however long that takes, unless u leaves.
func (b *bucket) await(u *User) error {
	if b == nil {
		return nil
	}
	select {
	case b.turn <- struct{}{}:
	case <-u.gone:
		return u.Reason()
	case <-u.visitor.Ended:
		u.Leave(HungUp)
		return u.Reason()
	}
	defer func() { <-b.turn }()
	b.mu.Lock()
	token := b.tokens.Reserve()
	b.mu.Unlock()
	if err := u.pause(token.Delay()); err != nil {
		token.Cancel()
		return err
	}
	return b.around.await(u)
}
