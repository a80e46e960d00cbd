package store

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// retryDelay is how long it is waited before something is tried again that a cluster
// cannot do yet.
const retryDelay = 250 * time.Millisecond

// minTryTimeout is how long one try may take at first, and maxTryTimeout later: each may take twice
// as long as the one before. Where nobody leads, or a connection has broken, some requests
// are never answered; on a busy machine the answer may take longer than the first try has.
const (
	minTryTimeout = 2 * time.Second
	maxTryTimeout = 30 * time.Second
)

// Errors of a cluster's servers, as their API numbers them (JSInsufficientResources,
// JSClusterNoPeers, JSClusterNotAvail).
const (
	codeInsufficient = 10023
	codeNoPeers      = 10005
	codeNotAvailable = 10008
)

// RetryWithTimeout does something again, each time with more time for it, until it succeeds, or
// fails for a reason that does not pass. It ends with ctx.
func (e *engine) RetryWithTimeout(ctx context.Context, do func(context.Context) error) error {
	most := minTryTimeout
	return e.retry(ctx, func(ctx context.Context) error {
		err := e.withTimeout(ctx, most, do)
		most = min(2*most, maxTryTimeout)
		return err
	})
}

// retry does something until it succeeds, or fails for a reason that does not pass. It
// ends with ctx. The servers of a cluster that has just started, or lost one of them, agree
// first on who leads. The server in this process answers for good, but on a busy machine its
// client may stop listening before it has all that it asked for.
func (e *engine) retry(ctx context.Context, do func(context.Context) error) error {
	for {
		err := do(ctx)
		switch {
		case err == nil || ctx.Err() != nil:
			return err
		case e.IsEmbedded() && !errors.Is(err, errMessagesLost), !e.IsEmbedded() && !isTransient(err):
			return err
		}
		select {
		case <-time.After(retryDelay):
		case <-ctx.Done():
			return e.gaveUpError(err)
		}
	}
}

// gaveUpError returns what to say where there was no time to wait until an error passes.
func (e *engine) gaveUpError(err error) error {
	if e.IsEmbedded() {
		return err
	}
	return fmt.Errorf("%w; see that all servers of the cluster run", err)
}

// withTimeout does something that may take so long at most, unless it is the server in this
// process that takes its time: nothing gets lost on the way to that.
func (e *engine) withTimeout(ctx context.Context, most time.Duration, do func(context.Context) error) error {
	if e.IsEmbedded() {
		return do(ctx)
	}
	ctx, cancel := context.WithTimeout(ctx, most)
	defer cancel()
	return do(ctx)
}

// isTransient reports whether an error may be gone in a moment.
func isTransient(err error) bool {
	var api *jetstream.APIError
	if errors.As(err, &api) {
		return api.Code == 503 || slices.Contains([]jetstream.ErrorCode{
			codeInsufficient, codeNoPeers, codeNotAvailable, jetstream.JSErrCodeConsumerNotFound,
			jetstream.JSErrCodeStreamNameInUse, // another node has just made it, with other limits
		}, api.ErrorCode)
	}
	return slices.ContainsFunc([]error{
		context.DeadlineExceeded, errStoreDamaged, errNotYet,
		nats.ErrNoResponders, nats.ErrTimeout, nats.ErrDisconnected, nats.ErrReconnectBufExceeded,
		jetstream.ErrNoStreamResponse,
		jetstream.ErrConsumerDeleted, jetstream.ErrConsumerLeadershipChanged, jetstream.ErrServerShutdown, // of who gave out messages
	}, func(passing error) bool { return errors.Is(err, passing) })
}
