package event

import (
	"strconv"
	"sync/atomic"
	"time"

	"teahouse/internal/reply"
	"teahouse/internal/text"
)

// An EventKind says what happened in an [Event].
type EventKind uint8

// The kinds of events. The first six make up the conversation: everybody in the room reads them, in
// the same order.
const (
	Joined    EventKind = iota + 1 // User came in
	Left                           // User left, for Reason
	Said                           // User said Text
	Renamed                        // User had the name OldName before
	Forgot                         // User's messages up to here are to be erased; never shown
	Announced                      // the server tells everybody Code with Args; User caused it

	PrivateMessage // User sent Text to To in private; nobody else reads it
)

// String returns the name of a kind as the archive and exports write it.
func (k EventKind) String() string {
	switch k {
	case Joined:
		return "joined"
	case Left:
		return "left"
	case Said:
		return "said"
	case Renamed:
		return "renamed"
	case Forgot:
		return "forgot"
	case PrivateMessage:
		return "told"
	}
	return "kind " + strconv.Itoa(int(k))
}

// An Event is something that happened: an entry in a room's log, or a private message. It is
// immutable and shared by all its readers. Its texts were cleaned when they came in: the only
// control characters are the newlines of a message of several lines.
type Event struct {
	Seq  uint64 // the sequence number in the room, from 1; 0 for private messages
	Time time.Time
	Kind EventKind

	Action bool // of Said: Text is what User does, as in "waves"

	User *UserInfo
	To   *UserInfo

	Text string // of Said and PrivateMessage: lines separated by \n; see Plain
	// Verbatim is everything that the sender's client sent, for dialects that write names into
	// their messages; Text is then the rest. It may contain newlines.
	Verbatim string

	OldName string    // the former name
	OldUser *UserInfo // the user before the rename, for doors that show addresses
	Reason  Reason
	Code    reply.Code // of Announced
	Args    []any
	Room    string // in exports: the room of the event

	// Peer is the name of the node that the event came from. It is "" for what happened at this
	// node, which this node must store and tell the others.
	Peer string

	// Origin identifies the event at all nodes, for good. Nil means that it happened in this
	// process.
	Origin *Origin

	cache      *RenderCache                    // of the hub where it happened; nil for private messages
	renderings atomic.Pointer[cachedRendering] // stored only under cache.mu, so that cache can count the bytes
	evicted    bool                            // nothing more is cached; guarded by cache.mu

	folded atomic.Pointer[text.Folded] // Text, folded for finding mentions; nil until first used
}

// An Origin identifies an event at all nodes: the process in which it happened, and its sequence
// number and time there. At another node, or after a restart, the event's own Seq and Time differ.
type Origin struct {
	Process string
	Seq     uint64
	Time    time.Time
}

// TextSize returns how many bytes the event counts for in the ring.
func (e *Event) TextSize() int { return len(e.Text) + len(e.Verbatim) }
