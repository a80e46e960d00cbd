package store

import (
	"context"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"teahouse/journal/internal/layout"
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

// A jetStreamWithoutFiles has no place for a stream's files until it has been asked so often.
type jetStreamWithoutFiles struct {
	jetstream.JetStream
	until, asked int
}

func (js *jetStreamWithoutFiles) CreateStream(context.Context, jetstream.StreamConfig) (jetstream.Stream, error) {
	if js.asked++; js.asked < js.until {
		return nil, &jetstream.APIError{Code: 500, ErrorCode: codeNoFiles}
	}
	return nil, nil
}

// A server that removes the folder of its last stream while it makes that of a new one fails, and
// is asked again. A server that can write no files is not asked forever.
func TestRetryOfNewStreams(t *testing.T) {
	t.Parallel()
	for until, ok := range map[int]bool{1: true, 2: true, createTries: true, createTries + 1: false} {
		synctest.Test(t, func(t *testing.T) {
			js := &jetStreamWithoutFiles{until: until}
			st := &Store{engine: &engine{JS: js}}
			err := st.CreateStream(t.Context(), jetstream.StreamConfig{Name: layout.RoomStream})
			if (err == nil) != ok || js.asked != min(until, createTries) {
				t.Errorf("a server that can do it the %dth time was asked %d times, and then %v", until, js.asked, err)
			}
		})
	}
}
