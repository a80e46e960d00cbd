package store

import (
	"context"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/nats-io/nats.go/jetstream"
)

// A request that is never answered, as by a server that does not know the leader yet, is sent
// again in time.
func TestRetryWithoutAnswers(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), 2*minTryTimeout)
		defer cancel()
		e := &engine{Config: Config{URL: "nats://elsewhere"}}
		asked := 0
		err := e.RetryWithTimeout(ctx, func(ctx context.Context) error {
			if asked++; asked > 1 {
				return nil
			}
			<-ctx.Done()
			return ctx.Err()
		})
		if err != nil || asked != 2 {
			t.Errorf("asked %d times, and then %v", asked, err)
		}
	})
}

// An operation that takes longer than the first timeout, as on a busy machine, gets the time
// that it needs.
func TestRetryWithSlowServers(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		e := &engine{Config: Config{URL: "nats://elsewhere"}}
		err := e.RetryWithTimeout(ctx, func(ctx context.Context) error {
			select {
			case <-time.After(3 * minTryTimeout):
				return nil
			case <-ctx.Done():
				return ctx.Err()
			}
		})
		if err != nil {
			t.Error(err)
		}
	})
}

// A server that does not know yet of a stream that was just created is asked again; if nobody
// has created the stream, it is not.
func TestRetryWithLaggingServers(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		e := &engine{Config: Config{URL: "nats://elsewhere"}}
		for why, want := range map[error]int{notYet(jetstream.ErrStreamNotFound): 2, jetstream.ErrStreamNotFound: 1} {
			asked := 0
			_ = e.RetryWithTimeout(t.Context(), func(context.Context) error {
				if asked++; asked > 1 {
					return nil
				}
				return fmt.Errorf("stream: %w", why)
			})
			if asked != want {
				t.Errorf("after %v it is asked %d times, want %d", why, asked, want)
			}
		}
	})
}
