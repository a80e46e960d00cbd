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

// A sickly is a store that may be ill.
type sickly struct {
	mu    sync.Mutex
	since time.Time // when it fell ill; zero while it is well
	ill   func(ctx context.Context, since time.Time) (time.Time, error)
}

func (s *sickly) ask(ctx context.Context) (able time.Time, err error) {
	s.mu.Lock()
	since := s.since
	s.mu.Unlock()
	if since.IsZero() {
		return time.Now(), nil
	}
	return s.ill(ctx, since)
}

func (s *sickly) falls(ill bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.since = time.Time{}
	if ill {
		s.since = time.Now()
	}
}

// A store that says nothing, that says it can keep nothing, or whose server has not heard
// the others is noticed in time though nobody says anything, and so is that it is well
// again; each is logged once.
func TestPulse(t *testing.T) {
	for name, ill := range map[string]func(context.Context, time.Time) (time.Time, error){
		"silent": func(ctx context.Context, _ time.Time) (time.Time, error) {
			<-ctx.Done()
			return time.Time{}, ctx.Err()
		},
		"leaderless": func(context.Context, time.Time) (time.Time, error) { return time.Time{}, errors.New("nobody leads") },
		"cut off":    func(_ context.Context, since time.Time) (time.Time, error) { return since, nil },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { noticesTwice(t, &sickly{ill: ill}) })
		})
	}
}

// noticesTwice has a store fall ill and get well again, twice.
func noticesTwice(t *testing.T, store *sickly) {
	var logged bytes.Buffer
	p := newPulse(store.ask, log.New(&logged))
	ctx, stop := context.WithCancel(t.Context())
	go p.watch(ctx)
	beats := func(want bool, after time.Duration) {
		t.Helper()
		time.Sleep(after)
		synctest.Wait()
		if p.beats() != want {
			t.Errorf("it is ready: %t, want %t; %v", !want, want, p.why())
		}
	}
	for range 2 {
		beats(true, time.Minute)
		store.falls(true)
		beats(true, ableTime-askEvery-time.Millisecond)
		beats(false, askEvery+time.Millisecond)
		beats(false, time.Minute)
		store.falls(false)
		beats(true, askTime+askEvery) // the question that is open may have to be given up first
	}
	stop()
	synctest.Wait()
	if lines := strings.Count(logged.String(), "\n"); lines != 4 {
		t.Errorf("it logs %d lines, want 4:\n%s", lines, logged.String())
	}
}
