package main

import (
	"context"
	"time"

	"teahouse/journal"
	"teahouse/room"
)

// alarmEvery is how often it is looked how the journal does.
const alarmEvery = 2 * time.Second

// alarm tells the operators who are here when the journal cannot be written, and
// when it can again, with what was lost; until ctx is done.
func alarm(ctx context.Context, status func() journal.Status, tell func(room.Phrase, ...any)) {
	ticker := time.NewTicker(alarmEvery)
	defer ticker.Stop()
	before := status()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		now := status()
		switch was, is := failing(before), failing(now); {
		case is && !was:
			tell(room.NotKept)
		case was && !is:
			tell(room.KeptAgain, now.Lost)
		case now.Lost > before.Lost:
			tell(room.LostSome, now.Lost)
		}
		before = now
	}
}

func failing(s journal.Status) bool { return s.Err != nil || s.BookErr != nil }
