package ratelimit

import (
	"time"

	"golang.org/x/time/rate"
)

// A Person limits how fast somebody may go, over all their sessions. A nil Person has no limits.
//
// Programs have a Bucket of their own, so that what a pipe says does not slow down the person who
// types beside it. So do bots.
type Person struct {
	Lines       *Bucket
	ScriptLines *Bucket
	BotLines    *Bucket
	renames     *rate.Limiter // nil for no limit
}

// NewPerson returns a Person with full Buckets, or nil if there are no limits.
func NewPerson(l Limits) *Person {
	if l.Lines <= 0 && l.BotLines <= 0 && l.Renames <= 0 {
		return nil
	}
	p := &Person{Lines: NewBucket(l.Lines, l.Burst), ScriptLines: NewBucket(l.Lines, l.Burst), BotLines: NewBucket(l.BotLines, l.BotBurst)}
	if l.Renames > 0 {
		p.renames = rate.NewLimiter(rate.Limit(float64(l.Renames)/60), l.Renames)
	}
	return p
}

// IsFull reports whether a Person is as good as a new one.
func (p *Person) IsFull() bool {
	return IsFull(p.renames, time.Now()) && p.Lines.IsFull() && p.ScriptLines.IsFull() && p.BotLines.IsFull()
}

// TakeRename takes one of the renames of this minute. It reports false if none is left, and how
// many a minute has.
func (p *Person) TakeRename() (most int, ok bool) {
	if p == nil || p.renames == nil {
		return 0, true
	}
	return p.renames.Burst(), p.renames.Allow()
}
