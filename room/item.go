package room

import (
	"teahouse/internal/reply"
)

// An Item is what a session reads: an [Event] of its room, a private message, or a [Reply].
type Item interface{ isItem() }

// A Reply is what the server says to one session alone: the answer to a command, a refusal, or
// something that the user has to know. Each kind is a type of its own, with fields that say what
// it is; a door shows them in its own way. Replies are immutable.
type Reply interface {
	Item
	// size returns how many things there are to list, and which messages to show beside
	// them: what it costs to make the reply ready and send it.
	size() (items int, messages []*Event)
}

// A TextReply is a Reply that a door can show as sentences, one in each line.
type TextReply interface {
	Reply
	Sentences() []reply.Sentence
}

func (*Event) isItem() {}

// replied makes a type a Reply that costs nothing to speak of.
type replied struct{}

func (replied) isItem()                              {}
func (replied) size() (items int, messages []*Event) { return 0, nil }

// shownSize is how many bytes of text there are to show of an item.
func shownSize(item Item) (n int) {
	switch item := item.(type) {
	case *Event:
		return item.textSize()
	case Reply:
		_, messages := item.size()
		for _, e := range messages {
			n += e.textSize()
		}
	}
	return n
}
