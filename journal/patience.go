package journal

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// retryLater is how long it is waited before something is tried again that a cluster
// cannot do yet.
const retryLater = 250 * time.Millisecond

// tryTime is how long one try may take. Where nobody leads, or a connection has broken,
// some requests are never answered.
const tryTime = 2 * time.Second

// Errors of a cluster's servers, as their API numbers them (JSInsufficientResources,
// JSClusterNoPeers, JSClusterNotAvail).
const (
	codeInsufficient = 10023
	codeNoPeers      = 10005
	codeNotAvailable = 10008
)

// patiently does something until it succeeds, or fails for a reason that does not
// pass: the servers of a cluster which has just started, or lost one of them, agree
// first on who leads. It ends with ctx.
func (e *engine) patiently(ctx context.Context, do func(context.Context) error) error {
	if e.inside() {
		return do(ctx)
	}
	for {
		err := within(ctx, do)
		if err == nil || !passes(err) || ctx.Err() != nil {
			return err
		}
		select {
		case <-time.After(retryLater):
		case <-ctx.Done():
			return fmt.Errorf("%w; see that all servers of the cluster run", err)
		}
	}
}

// within does something that may take tryTime at most.
func within(ctx context.Context, do func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, tryTime)
	defer cancel()
	return do(ctx)
}

// passes reports whether an error may be gone in a moment.
func passes(err error) bool {
	var api *jetstream.APIError
	if errors.As(err, &api) {
		return api.ErrorCode == codeInsufficient || api.ErrorCode == codeNoPeers || api.ErrorCode == codeNotAvailable || api.Code == 503
	}
	return errors.Is(err, nats.ErrNoResponders) || errors.Is(err, nats.ErrTimeout) || errors.Is(err, context.DeadlineExceeded) ||
		errors.Is(err, jetstream.ErrNoStreamResponse) || errors.Is(err, nats.ErrDisconnected) || errors.Is(err, nats.ErrReconnectBufExceeded)
}
