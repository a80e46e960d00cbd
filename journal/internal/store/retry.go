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

// retryDelay is the wait before retrying what a cluster cannot do yet.
const retryDelay = 250 * time.Millisecond

// minTryTimeout limits the first attempt; each later one may take twice as long as the one
// before, up to maxTryTimeout. Without a leader, or on a broken connection, some requests are
// never answered; on a busy machine an answer may take longer than the first timeout.
const (
	minTryTimeout = 2 * time.Second
	maxTryTimeout = 30 * time.Second
)

// codeNoFiles is the API error code JSStreamCreateErr. createTries is how often a stream is tried
// to be created in spite of it, and createDelay the wait in between, see [Store.CreateStream].
const (
	codeNoFiles = 10049
	createTries = 5
	createDelay = 50 * time.Millisecond
)

// API error codes of a cluster's servers: JSInsufficientResources, JSClusterNoPeers,
// JSClusterNotAvail.
const (
	codeInsufficient = 10023
	codeNoPeers      = 10005
	codeNotAvailable = 10008
)

// RetryWithTimeout calls do, each time with a longer timeout, until it succeeds, fails
// permanently, or ctx is done.
func (e *engine) RetryWithTimeout(ctx context.Context, do func(context.Context) error) error {
	most := minTryTimeout
	return e.retry(ctx, func(ctx context.Context) error {
		err := e.withTimeout(ctx, most, do)
		most = min(2*most, maxTryTimeout)
		return err
	})
}

// retry calls do until it succeeds, fails permanently, or ctx is done. The servers of a cluster
// that has just started, or has lost one of them, first have to elect leaders. The embedded
// server's answers are final, but on a busy machine its client may stop listening before it has
// received everything.
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

// gaveUpError returns the error to report if there was no time left to retry.
func (e *engine) gaveUpError(err error) error {
	if e.IsEmbedded() {
		return err
	}
	return fmt.Errorf("%w; make sure that all servers of the cluster are running", err)
}

// withTimeout calls do with a timeout. The embedded server gets none, because nothing can get
// lost on the way to it.
func (e *engine) withTimeout(ctx context.Context, most time.Duration, do func(context.Context) error) error {
	if e.IsEmbedded() {
		return do(ctx)
	}
	ctx, cancel := context.WithTimeout(ctx, most)
	defer cancel()
	return do(ctx)
}

// isTransient reports whether an error may go away by itself.
func isTransient(err error) bool {
	var api *jetstream.APIError
	if errors.As(err, &api) {
		return api.Code == 503 || slices.Contains([]jetstream.ErrorCode{
			codeInsufficient, codeNoPeers, codeNotAvailable, jetstream.JSErrCodeConsumerNotFound,
			jetstream.JSErrCodeStreamNameInUse, // another node has just created it, with other limits
		}, api.ErrorCode)
	}
	return slices.ContainsFunc([]error{
		context.DeadlineExceeded, errStoreDamaged, errNotYet,
		nats.ErrNoResponders, nats.ErrTimeout, nats.ErrDisconnected, nats.ErrReconnectBufExceeded,
		jetstream.ErrNoStreamResponse, jetstream.ErrAsyncPublishTimeout,
		jetstream.ErrConsumerDeleted, jetstream.ErrConsumerLeadershipChanged, jetstream.ErrServerShutdown, // from the server that ran the consumer
	}, func(passing error) bool { return errors.Is(err, passing) })
}
