package main

import (
	"context"
	"time"

	"teahouse/journal"

	"teahouse/internal/reply"
)

// journalPollInterval is how often it is looked how the journal does, and lossWarnInterval how often operators
// are told of a loss: it is found in one stream after the other.
const (
	journalPollInterval = 2 * time.Second
	lossWarnInterval    = time.Minute
)

// An alerter is who tells operators something: a [room.Hub].
type alerter interface {
	AlertOperators(p reply.Code, args ...any) // those who are here
	WarnOperators(p reply.Code, args ...any)  // those who come later, too
}

// alertOnJournal tells the operators when the journal cannot be written, and when it can again, with
// what was lost, and when the store has lost what it had; until ctx is done.
func alertOnJournal(ctx context.Context, status func() journal.Status, h alerter) {
	ticker := time.NewTicker(journalPollInterval)
	defer ticker.Stop()
	before, warned := status(), time.Time{}
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		now := status()
		switch was, is := journalFailing(before), journalFailing(now); {
		case is && !was:
			h.AlertOperators(reply.StoreFailing)
		case was && !is:
			h.AlertOperators(reply.StoreRecovered, now.Lost)
		case now.Lost > before.Lost:
			h.AlertOperators(reply.JournalFellBehind, now.Lost)
		}
		if now.Losses > before.Losses && time.Since(warned) >= lossWarnInterval {
			warned = time.Now()
			h.WarnOperators(reply.StoreLost, reply.Moment(time.Now()))
		}
		before = now
	}
}

func journalFailing(s journal.Status) bool { return s.Err != nil || s.AuthorityErr != nil }
