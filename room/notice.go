package room

import (
	"time"

	"teahouse/internal/reply"
)

// A Notice is one sentence: the answer to a command that succeeded, or something that the user has
// to know.
type Notice struct {
	replied
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
	replied
	*reply.Refusal
}

// NewRefused returns the reply that shows a refusal.
func NewRefused(r *reply.Refusal) *Refused { return &Refused{Refusal: r} }

// A Farewell is the last thing that a session reads.
type Farewell struct {
	replied
	Reason Reason
	reply.Sentence
}

// newFarewell returns the farewell for a reason, or nil if there is none.
func newFarewell(reason Reason, code reply.Code, args []any) *Farewell {
	if code == "" {
		return nil
	}
	return &Farewell{Reason: reason, Sentence: reply.Say(code, args...)}
}

// Sentences is part of [TextReply].
func (f *Farewell) Sentences() []reply.Sentence { return []reply.Sentence{f.Sentence} }

// A LinesDropped stands for events that left the room's log before the session read them.
type LinesDropped struct {
	replied
	Time  time.Time
	Count uint64
}

// Sentences is part of [TextReply].
func (d *LinesDropped) Sentences() []reply.Sentence {
	return []reply.Sentence{reply.Say(reply.LinesMissedNotice, d.Count)}
}

// A WithWarning is a reply followed by a sentence about something that went wrong.
type WithWarning struct {
	replied
	Reply   TextReply
	Warning reply.Sentence
}

// Sentences is part of [TextReply].
func (w *WithWarning) Sentences() []reply.Sentence { return append(w.Reply.Sentences(), w.Warning) }

func (w *WithWarning) size() (items int, messages []*Event) {
	items, messages = w.Reply.size()
	return items + 1, messages
}

// An Answer consists of several sentences, such as one for each thing that was done, or a text of
// help.
type Answer struct {
	replied
	Lines []reply.Sentence
}

// Sentences is part of [TextReply].
func (a *Answer) Sentences() []reply.Sentence { return a.Lines }

func (a *Answer) size() (items int, messages []*Event) { return len(a.Lines), nil }
