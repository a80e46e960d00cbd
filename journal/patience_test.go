package journal

import (
	"context"
	"testing"
	"testing/synctest"
	"time"
)

// A request that a server never answers, as one that does not know yet who leads, is
// sent again in time for the next one to count.
func TestPatienceWithSilence(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), 2*tryTime)
		defer cancel()
		e := &engine{config: Config{URL: "nats://elsewhere"}}
		asked := 0
		err := e.patiently(ctx, func(ctx context.Context) error {
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

// What takes longer than the first try may, as on a busy machine, gets the time that it
// takes.
func TestPatienceWithTheSlow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		e := &engine{config: Config{URL: "nats://elsewhere"}}
		err := e.patiently(ctx, func(ctx context.Context) error {
			select {
			case <-time.After(3 * tryTime):
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
