package event

import (
	"teahouse/internal/reply"
)

// An Item is what a session reads: an [Event] of its room, a private message, or a [Reply].
type Item interface{ isItem() }

// A Reply is what the server says to one session alone: the answer to a command, a refusal, or
// something that the user has to know. Each kind is a type of its own, with fields that say what
// happened; doors show them in their own ways. Replies are immutable.
type Reply interface {
	Item
	// Cost returns how many things the reply lists, and which messages it shows besides: the cost
	// of preparing and sending it.
	Cost() (items int, messages []*Event)
}

// A TextReply is a Reply that a door can show as sentences, one on each line.
type TextReply interface {
	Reply
	Sentences() []reply.Sentence
}

// PlainReply makes a type that embeds it a Reply of negligible cost.
type PlainReply struct{}

func (*Event) isItem() {}

func (PlainReply) isItem() {}

func (PlainReply) Cost() (items int, messages []*Event) { return 0, nil }

// ShownSize returns how many bytes of text an item shows.
func ShownSize(item Item) (n int) {
	switch item := item.(type) {
	case *Event:
		return item.TextSize()
	case Reply:
		_, messages := item.Cost()
		for _, e := range messages {
			n += e.TextSize()
		}
	}
	return n
}

// A MessageSent tells the sender of a private message that it was sent, and anything worth knowing:
// that it waits, or that its reader is away.
type MessageSent struct {
	PlainReply
	Message *Event
	Note    reply.Sentence // has no code if there is nothing to say
}

func (m *MessageSent) Cost() (items int, messages []*Event) { return 0, []*Event{m.Message} }
