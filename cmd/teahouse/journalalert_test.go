package main

import (
	"context"
	"errors"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"teahouse/internal/i18n"
	"teahouse/internal/reply"
	"teahouse/internal/testkit"
	"teahouse/journal"
)

// An alertRecorder records what operators are told.
type alertRecorder []string

func (r *alertRecorder) AlertOperators(p reply.Code, args ...any) {
	*r = append(*r, i18n.Sprint(string(p), args...))
}

func (r *alertRecorder) WarnOperators(p reply.Code, args ...any) {
	*r = append(*r, "warning: "+i18n.Sprint(string(p), args[0].(reply.Moment).In(time.UTC)))
}

// Operators are told once that nothing can be stored, once that it can again, and how much was
// lost.
func TestJournalAlerts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		full := errors.New("no space")
		states := []journal.Status{{}, {}, {Err: full}, {Err: full}, {Lost: 3}, {Lost: 3}, {Lost: 4}, {Lost: 4, AuthorityErr: full}, {Lost: 4}, {Lost: 4, Losses: 3}, {Lost: 4, Losses: 5}}
		var told alertRecorder
		ctx, cancel := context.WithCancel(t.Context())
		go alertOnJournal(ctx, func() journal.Status {
			now := states[0]
			states = states[min(1, len(states)-1):]
			return now
		}, &told)
		time.Sleep(time.Minute)
		cancel()
		synctest.Wait()
		want := []string{
			testkit.English(reply.StoreFailing),
			testkit.English(reply.StoreRecovered, 3),
			testkit.English(reply.JournalFellBehind, 4),
			testkit.English(reply.StoreFailing),
			testkit.English(reply.StoreRecovered, 4),
			"warning: " + testkit.English(reply.StoreLost, "2000-01-01 00:00"),
		}
		if !slices.Equal(told, want) {
			t.Errorf("operators read %q, want %q", told, want)
		}
	})
}
