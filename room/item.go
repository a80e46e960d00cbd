package room

// An Item is what a session reads: an [Event] of its room, a private message, or a [Reply].
type Item interface{ isItem() }

// A Reply is what the server says to one session alone: the answer to a command, a refusal, or
// what it has to know. A door shows it in its own way, by its type and its fields.
type Reply interface {
	Item
	isReply()
}

func (*Event) isItem()  {}
func (*Event) isReply() {}
