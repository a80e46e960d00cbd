package cluster

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"teahouse/internal/ids"
	"teahouse/internal/peers"
	"teahouse/internal/reply"
	"teahouse/room"
)

// A packet is what happened at a node since its previous packet.
type packet struct {
	Node     string `json:"node"`
	Identity string `json:"identity"`      // node and epoch: with a new epoch, all numbers start over
	Seq      uint64 `json:"seq,omitempty"` // from 1; 0 for a repeated packet
	Lost     bool   `json:"lost,omitempty"`

	Events     []wireEvent     `json:"events,omitempty"`
	Sessions   []peers.Session `json:"sessions,omitempty"` // those that began or changed before the events, or ended after them
	Backfilled *backfilled     `json:"backfilled,omitempty"`

	// Snapshot says that the sessions are all current ones, as of packet UpTo; More says that
	// another packet continues them. UpTo without Snapshot says that the answer ends there and
	// that there is more to request.
	Snapshot bool   `json:"snapshot,omitempty"`
	More     bool   `json:"more,omitempty"`
	UpTo     uint64 `json:"up_to,omitempty"`

	// ResendID and Part say which request this answers, and which part of the answer it is, from
	// 1. ResentSeq is the number of the repeated packet.
	ResendID  uint64 `json:"resend_id,omitempty"`
	Part      int    `json:"part,omitempty"`
	ResentSeq uint64 `json:"resent_seq,omitempty"`
}

// A backfilled announces that a node has stored events of a dead process, which had not stored
// them itself.
type backfilled struct {
	Identity string `json:"identity"`        // of that process
	After    uint64 `json:"after"`           // the stream sequence after which they are stored
	UpTo     uint64 `json:"up_to,omitempty"` // the last one with some of them; 0 if they will be stored in a moment
}

// A heartbeat says that a node is running.
type heartbeat struct {
	Node       string `json:"node"`
	Identity   string `json:"identity"`
	LastSeq    uint64 `json:"last_seq"`               // number of its last packet
	StoreSeq   uint64 `json:"store_seq"`              // a stream sequence that has all stored events of packets up to LastSeq
	Pending    uint64 `json:"pending,omitempty"`      // events that are not stored yet
	StoredUpTo uint64 `json:"stored_up_to,omitempty"` // number of the packet up to which everything is stored
	Leaving    bool   `json:"leaving,omitempty"`
	NodeInfo
	Time time.Time `json:"time,omitzero"` // when it was sent, by the sender's clock
}

// A resendRequest asks a node to repeat everything after a packet.
type resendRequest struct {
	After   uint64 `json:"after"`
	ID      uint64 `json:"id"` // the requester's number for it
	replyTo string
}

// A request is for one session at a node: an item to deliver, or an order to disconnect it.
type request struct {
	SessionID  uint64      `json:"session_id"`
	Event      *wireEvent  `json:"event,omitempty"`
	Disconnect room.Reason `json:"disconnect,omitempty"`
	Farewell   *sentence   `json:"farewell,omitempty"`
}

// A response says what became of a request.
type response struct {
	Gone    bool      `json:"gone,omitempty"`
	Refusal *sentence `json:"refusal,omitempty"`
}

// A wireEvent is a [room.Event] as it is sent, or another [room.Item] for one session.
type wireEvent struct {
	Room     ids.Room       `json:"room,omitempty"`
	Seq      uint64         `json:"seq,omitempty"`
	Time     time.Time      `json:"time"`
	Kind     string         `json:"kind"`
	User     *room.UserInfo `json:"user,omitempty"`
	Text     string         `json:"text,omitempty"`
	Verbatim string         `json:"verbatim,omitempty"`
	Action   bool           `json:"action,omitempty"`
	Sentence *sentence      `json:"sentence,omitempty"`
}

// The kinds of items for one session that are not events.
const (
	noticeKind  = "noticed"
	commandKind = "commanded"
)

// kindName returns the name of a kind of event, or "" if it does not leave its node.
func kindName(k room.EventKind) string {
	switch k {
	case room.Said:
		return "said"
	case room.Announced:
		return "announced"
	case room.Forgot:
		return "forgot"
	case room.PrivateMessage:
		return "told"
	}
	return ""
}

// parseKind returns the kind with the given name, or 0.
func parseKind(said string) room.EventKind {
	for _, k := range [...]room.EventKind{room.Said, room.Announced, room.Forgot, room.PrivateMessage} {
		if kindName(k) == said {
			return k
		}
	}
	return 0
}

// newItem returns an item for one session as it is sent, or false if items of its kind do not leave
// their node.
func newItem(item room.Item) (sent wireEvent, ok bool) {
	switch item := item.(type) {
	case *room.Event:
		return newEvent("", item), true
	case *room.Notice:
		return wireEvent{Time: item.Time, Kind: noticeKind, User: item.User, Sentence: newSentence(item.Code, item.Args)}, true
	case *room.BotCommand:
		return wireEvent{Time: item.Time, Kind: commandKind, User: item.User, Text: item.Args, Sentence: newSentence("", []any{item.Name})}, true
	}
	return wireEvent{}, false
}

// decodeItem returns an item for one session, checked and cleaned whoever sent it.
func (e *wireEvent) decodeItem() (room.Item, error) {
	var err error
	switch e.Kind {
	case noticeKind:
		n := &room.Notice{Time: e.Time, User: e.user(), Sentence: e.sentence()}
		if err = n.SanitizeLive(); err == nil {
			return n, nil
		}
	case commandKind:
		b := &room.BotCommand{Time: e.Time, User: e.user(), Args: e.Text}
		if args := e.sentence().Args; len(args) > 0 {
			b.Name, _ = args[0].(string)
		}
		if err = b.SanitizeLive(); err == nil {
			return b, nil
		}
	default:
		return e.decode(room.PrivateMessage)
	}
	return nil, fmt.Errorf("an event of kind %.20q: %w", e.Kind, err)
}

// user returns a copy of the user, because SanitizeLive changes it.
func (e *wireEvent) user() *room.UserInfo {
	if e.User == nil {
		return nil
	}
	who := *e.User
	return &who
}

func (e *wireEvent) sentence() reply.Sentence {
	if e.Sentence == nil {
		return reply.Sentence{}
	}
	return e.Sentence.decode()
}

// newEvent returns an event of a room as it is sent.
func newEvent(where ids.Room, e *room.Event) wireEvent {
	sent := wireEvent{Room: where, Seq: e.Seq, Time: e.Time, Kind: kindName(e.Kind), User: e.User, Text: e.Text, Verbatim: e.Verbatim, Action: e.Action}
	if e.Code != "" || len(e.Args) > 0 {
		sent.Sentence = newSentence(e.Code, e.Args)
	}
	return sent
}

// decodeRoomEvent returns an event for a room, checked and cleaned whoever sent it.
func (e *wireEvent) decodeRoomEvent() (*room.Event, error) {
	return e.decode(room.Said, room.Announced, room.Forgot)
}

// decode returns the event that was sent, of one of the kinds, checked and cleaned whoever sent
// it.
func (e *wireEvent) decode(kinds ...room.EventKind) (*room.Event, error) {
	heard := &room.Event{
		Seq: e.Seq, Time: e.Time, Kind: parseKind(e.Kind),
		Text: e.Text, Verbatim: e.Verbatim, Action: e.Action, User: e.user(),
	}
	says := e.sentence()
	heard.Code, heard.Args = says.Code, says.Args
	if !slices.Contains(kinds, heard.Kind) {
		return nil, fmt.Errorf("an event of the unexpected kind %.20q", e.Kind)
	}
	if err := heard.SanitizeLive(); err != nil {
		return nil, fmt.Errorf("an event of kind %.20q: %w", e.Kind, err)
	}
	return heard, nil
}

// sanitize drops the sessions of a packet that are not valid, and returns the reasons.
func (p *packet) sanitize() error {
	var wrong []error
	kept := p.Sessions[:0]
	for _, s := range p.Sessions {
		if err := s.Sanitize(); err != nil {
			wrong = append(wrong, fmt.Errorf("session %d: %w", s.ID, err))
			continue
		}
		kept = append(kept, s)
	}
	p.Sessions = kept
	return errors.Join(wrong...)
}

// encode returns a value as it is sent.
func encode(value any) []byte {
	var buf bytes.Buffer
	encoder := json.NewEncoder(&buf)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(value); err != nil {
		panic(err) // all values are our own types, which can be encoded
	}
	return buf.Bytes()
}
