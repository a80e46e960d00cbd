package main

import (
	"context"
	"time"

	"teahouse/internal/reply"
	"teahouse/journal"
)

// journalPollInterval is how often the journal's status is checked. lossWarnInterval is the least
// time between two warnings about lost data, which is found in one stream after another.
const (
	journalPollInterval = 2 * time.Second
	lossWarnInterval    = time.Minute
)

// An alerter alerts operators: a [room.Hub].
type alerter interface {
	AlertOperators(p reply.Code, args ...any) // those who are online
	WarnOperators(p reply.Code, args ...any)  // and those who come later
}

// alertOnJournal tells operators when the journal cannot be written, when it can again and what
// was lost, and when the store has lost data, until ctx is done.
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
