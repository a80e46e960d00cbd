package event

import (
	"time"

	"teahouse/internal/reply"
)

// A Notice is one sentence: the answer to a command that succeeded, or something that the user has
// to know.
type Notice struct {
	PlainReply
	Time time.Time
	User *UserInfo // the user who caused it, or nil
	reply.Sentence
}

// NewNotice returns a notice with the current time.
func NewNotice(code reply.Code, args ...any) *Notice {
	return &Notice{Time: time.Now(), Sentence: reply.Say(code, args...)}
}

// Sentences is part of [TextReply].
func (n *Notice) Sentences() []reply.Sentence { return []reply.Sentence{n.Sentence} }

// A Refused shows a refusal to its user.
type Refused struct {
	PlainReply
	*reply.Refusal
}

// NewRefused returns the reply that shows a refusal.
func NewRefused(r *reply.Refusal) *Refused { return &Refused{Refusal: r} }

// A Farewell is the last thing that a session reads.
type Farewell struct {
	PlainReply
	Reason Reason
	reply.Sentence
}

// NewFarewell returns the farewell for a reason, or nil if there is none.
func NewFarewell(reason Reason, code reply.Code, args []any) *Farewell {
	if code == "" {
		return nil
	}
	return &Farewell{Reason: reason, Sentence: reply.Say(code, args...)}
}

// Sentences is part of [TextReply].
func (f *Farewell) Sentences() []reply.Sentence { return []reply.Sentence{f.Sentence} }

// A LinesDropped stands for events that left the room's log before the session read them.
type LinesDropped struct {
	PlainReply
	Time  time.Time
	Count uint64
}

// Sentences is part of [TextReply].
func (d *LinesDropped) Sentences() []reply.Sentence {
	return []reply.Sentence{reply.Say(reply.LinesMissedNotice, d.Count)}
}

// A BotCommand is a command that somebody typed, as the bot reads it.
type BotCommand struct {
	PlainReply
	Time time.Time
	User *UserInfo // the user who typed it
	Name string
	Args string // what followed the name
}
