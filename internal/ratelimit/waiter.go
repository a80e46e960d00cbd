package ratelimit

import (
	"context"
	"time"
)

// A Waiter waits for a session, which may leave meanwhile. Its methods then return an error that
// says so.
type Waiter interface {
	// Acquire waits for a turn, at most until ctx is done; then it returns the error of ctx.
	Acquire(ctx context.Context, turn Semaphore) error
	Sleep(time.Duration) error
}
