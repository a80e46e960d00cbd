package main

import (
	"context"
	"time"

	"teahouse/journal"
	"teahouse/room"
)

// alarmEvery is how often it is looked how the journal does, and warnEvery how often operators
// are told of a loss: it is found in one stream after the other.
const (
	alarmEvery = 2 * time.Second
	warnEvery  = time.Minute
)

// An alarmed is who tells operators something: a [room.House].
type alarmed interface {
	Alert(p room.Phrase, args ...any) // those who are here
	Warn(p room.Phrase, args ...any)  // those who come later, too
}

// alarm tells the operators when the journal cannot be written, and when it can again, with
// what was lost, and when the store has lost what it had; until ctx is done.
func alarm(ctx context.Context, status func() journal.Status, h alarmed) {
	ticker := time.NewTicker(alarmEvery)
	defer ticker.Stop()
	before, warned := status(), time.Time{}
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		now := status()
		switch was, is := failing(before), failing(now); {
		case is && !was:
			h.Alert(room.NotKept)
		case was && !is:
			h.Alert(room.KeptAgain, now.Lost)
		case now.Lost > before.Lost:
			h.Alert(room.LostSome, now.Lost)
		}
		if now.Gone > before.Gone && time.Since(warned) >= warnEvery {
			warned = time.Now()
			h.Warn(room.StoreLost, room.Moment(time.Now()))
		}
		before = now
	}
}

func failing(s journal.Status) bool { return s.Err != nil || s.BookErr != nil }
