package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"teahouse/journal"
	"teahouse/room"
)

// Operators learn once that nothing can be kept, once that it can again, and how
// much was lost.
func TestAlarm(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		full := errors.New("no space")
		states := []journal.Status{{}, {}, {Err: full}, {Err: full}, {Lost: 3}, {Lost: 3}, {Lost: 4}, {Lost: 4, BookErr: full}, {Lost: 4}}
		var told []string
		ctx, cancel := context.WithCancel(t.Context())
		go alarm(ctx, func() journal.Status {
			now := states[0]
			states = states[min(1, len(states)-1):]
			return now
		}, func(p room.Phrase, args ...any) { told = append(told, fmt.Sprintf(string(p), args...)) })
		time.Sleep(time.Minute)
		cancel()
		synctest.Wait()
		want := []string{
			"What is said cannot be kept at the moment. The log says why.",
			"What is said is kept again. Lost so far: 3.",
			"The journal fell behind. Lost so far: 4.",
			"What is said cannot be kept at the moment. The log says why.",
			"What is said is kept again. Lost so far: 4.",
		}
		if !slices.Equal(told, want) {
			t.Errorf("told %q, want %q", told, want)
		}
	})
}
