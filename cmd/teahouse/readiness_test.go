package main

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/charmbracelet/log"
)

// A fakeStore is a store that can fail.
type fakeStore struct {
	mu      sync.Mutex
	since   time.Time // when it failed; zero while it works
	failure func(ctx context.Context, since time.Time) (time.Time, error)
}

func (s *fakeStore) checkWritable(ctx context.Context) (able time.Time, err error) {
	s.mu.Lock()
	since := s.since
	s.mu.Unlock()
	if since.IsZero() {
		return time.Now(), nil
	}
	return s.failure(ctx, since)
}

func (s *fakeStore) setFailure(ill bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.since = time.Time{}
	if ill {
		s.since = time.Now()
	}
}

// A store that does not answer, that answers that it is not writable, or whose server is cut off
// is noticed in time even if nobody says anything, and so is its recovery. Each is logged once.
func TestStoreProbe(t *testing.T) {
	for name, ill := range map[string]func(context.Context, time.Time) (time.Time, error){
		"silent": func(ctx context.Context, _ time.Time) (time.Time, error) {
			<-ctx.Done()
			return time.Time{}, ctx.Err()
		},
		"leaderless": func(context.Context, time.Time) (time.Time, error) { return time.Time{}, errors.New("nobody leads") },
		"cut off":    func(_ context.Context, since time.Time) (time.Time, error) { return since, nil },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { checkNoticedTwice(t, &fakeStore{failure: ill}) })
		})
	}
}

// checkNoticedTwice makes a store fail and recover, twice.
func checkNoticedTwice(t *testing.T, store *fakeStore) {
	var logged bytes.Buffer
	p := newStoreProbe(store.checkWritable, log.New(&logged))
	ctx, stop := context.WithCancel(t.Context())
	go p.watch(ctx)
	beats := func(want bool, after time.Duration) {
		t.Helper()
		time.Sleep(after)
		synctest.Wait()
		if p.isWritable() != want {
			t.Errorf("the server counts as ready: %t, want %t (last error %v)", !want, want, p.lastErr())
		}
	}
	for range 2 {
		beats(true, time.Minute)
		store.setFailure(true)
		beats(true, writableFor-probeInterval-time.Millisecond)
		beats(false, probeInterval+time.Millisecond)
		beats(false, time.Minute)
		store.setFailure(false)
		beats(true, probeTimeout+probeInterval) // a pending probe may have to time out first
	}
	stop()
	synctest.Wait()
	if lines := strings.Count(logged.String(), "\n"); lines != 4 {
		t.Errorf("the log has %d lines, want one for each of two failures and two recoveries:\n%s", lines, logged.String())
	}
}
