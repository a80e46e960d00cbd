package room

import (
	"strconv"
	"sync/atomic"
	"time"

	"teahouse/internal/accounts"
	"teahouse/internal/names"
	"teahouse/internal/reply"
	"teahouse/internal/text"
)

// An EventKind says what happened in an [Event].
type EventKind uint8

// What can happen. The first six are the conversation: everybody in the room
// reads them, in the same order.
const (
	Joined    EventKind = iota + 1 // User came in
	Left                           // User left, for Reason
	Said                           // User said Text
	Renamed                        // User was called OldName before
	Forgot                         // what was said up to here with User's key is not to be kept; shown to nobody
	Announced                      // the server says something to everybody: Code, Args; User had it do so

	DirectMessage // User told To, in private, Text; nobody else reads it
)

// String returns the name of a kind that may be kept, as the archive and exports
// write it.
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
	case DirectMessage:
		return "told"
	}
	return "kind " + strconv.Itoa(int(k))
}

// An Event is something that happened: what is in the log of a room, or a private message. It is immutable and shared by all who
// read it; its texts were cleaned on the way in and hold no control characters
// but the newlines of a message of several lines.
type Event struct {
	Seq  uint64 // place in the room's order, from 1; 0 outside the conversation
	Time time.Time
	Kind EventKind

	Action bool // of Said: Text is what Who does, as in "waves"

	User *UserInfo
	To   *UserInfo

	Text string // of Said and Told: lines with \n between them; see Plain
	// Verbatim is the whole of what the speaker's client sent, where its
	// dialect writes names into its messages; Text is then the rest. It may
	// hold newlines.
	Verbatim string

	OldName string    // the former name
	OldUser *UserInfo // who it was before, as the doors that show addresses need it
	Reason  Reason
	Code    reply.Code // of Announced
	Args    []any
	Room    string // of what is exported: where it happened

	// Peer is the neighbour that the event came from, see [Peer]; "" for what
	// happened in this house, which is to be told to the others and kept.
	Peer string

	// Origin is what the event is known by at all nodes, for good; nil where it happened in this
	// process, which knows.
	Origin *Origin

	cache      *renderCache                    // of the house where it happened; nil outside of the conversation
	renderings atomic.Pointer[cachedRendering] // which kept counts; it alone stores here
	evicted    bool                            // no more are kept; guarded by kept.mu

	folded atomic.Pointer[text.Folded] // Text, as mentions are found in it; nil until somebody asks
}

// An Origin is what an event is known by at all nodes: the identity of the process where it happened,
// and its number and time there. At another node, or after a restart, it has others in its room.
type Origin struct {
	Process string
	Seq     uint64
	Time    time.Time
}

// UserInfo is a person as an event shows them: who they were when it happened.
// Immutable.
type UserInfo struct {
	SessionID uint64 `json:"ID"` // one for each session, in the order of arrival
	Name      string `json:"Name"`
	Address   string `json:"Address"` // shown by the classic dialects; of no use for deciding anything
	Person    string `json:"Key"`     // the person, as the house knows it by a proven public key, or ""

	Verified bool `json:"Verified"` // the name belongs to the key
	Unnamed  bool `json:"Unnamed"`  // it came by a door that asks for no name; doors that show addresses show that
	Bot      bool `json:"Bot"`      // a program, as its owner says

	Away bool `json:"Away"` // it has said that it is not reading; only /who tells

	folded *names.Folded // Name, as it is looked for; nil where that is not known yet
}

// subject returns what the house knows who by: the key, or the session of who has
// none, for as long as it lasts.
func (ui *UserInfo) subject() string {
	if ui.Person != "" {
		return ui.Person
	}
	return accounts.SessionSubject(ui.SessionID)
}

// textSize is what the event counts for in the ring.
func (e *Event) textSize() int { return len(e.Text) + len(e.Verbatim) }
