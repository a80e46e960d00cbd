package command

import (
	"teahouse/internal/reply"
	"teahouse/room"
)

// An Answer consists of several sentences, such as one for each thing that was done, or a text of
// help.
type Answer struct {
	room.PlainReply
	Lines []reply.Sentence
}

// Sentences is part of [room.TextReply].
func (a *Answer) Sentences() []reply.Sentence { return a.Lines }

func (a *Answer) Cost() (items int, messages []*room.Event) { return len(a.Lines), nil }

// A WithWarning is a reply followed by a sentence about something that went wrong.
type WithWarning struct {
	room.PlainReply
	Reply   room.TextReply
	Warning reply.Sentence
}

// Sentences is part of [room.TextReply].
func (w *WithWarning) Sentences() []reply.Sentence { return append(w.Reply.Sentences(), w.Warning) }

func (w *WithWarning) Cost() (items int, messages []*room.Event) {
	items, messages = w.Reply.Cost()
	return items + 1, messages
}

// withStoreWarning adds to a reply, which may be nil, a sentence saying that its changes are not
// stored.
func withStoreWarning(r room.Reply, late reply.Sentence) room.Reply {
	if r == nil {
		return room.NewNotice(late.Code, late.Args...)
	}
	if text, ok := r.(room.TextReply); ok {
		return &WithWarning{Reply: text, Warning: late}
	}
	return r
}
