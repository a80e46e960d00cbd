package cluster

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"teahouse/room"
)

// A packet is what happened at a node since the one before.
type packet struct {
	Node     string `json:"node"`
	Identity string `json:"by"`          // node and epoch: with another epoch all numbers begin anew
	Seq      uint64 `json:"n,omitempty"` // from 1; 0 for one that is said again
	Lost     bool   `json:"lost,omitempty"`

	Events     []event            `json:"events,omitempty"`
	Sessions   []room.PeerSession `json:"sessions,omitempty"` // that came or changed before, or ended after the events
	Backfilled *backfilled        `json:"saved,omitempty"`

	// Snapshot says that the sessions are all there are, as of packet Upto; More that
	// another packet goes on with them. Upto alone says that an answer ends there, and
	// that there is more to ask for.
	Snapshot bool   `json:"all,omitempty"`
	More     bool   `json:"more,omitempty"`
	UpTo     uint64 `json:"upto,omitempty"`

	// ResendID and Part say of which question this answers which part, from 1. Was is the number
	// of the packet that is said again.
	ResendID  uint64 `json:"ask,omitempty"`
	Part      int    `json:"part,omitempty"`
	ResentSeq uint64 `json:"was,omitempty"`
}

// A backfilled says that a node has stored what it had heard of a process which is gone, and had not
// stored that itself.
type backfilled struct {
	Identity string `json:"by"`             // the identity of that process
	After    uint64 `json:"after"`          // the message in the store after which that is
	UpTo     uint64 `json:"upto,omitempty"` // the last one that has some of it; 0 where it is stored in a moment
}

// A heartbeat says that a node is there.
type heartbeat struct {
	Node       string `json:"node"`
	Identity   string `json:"by"`
	LastSeq    uint64 `json:"n"`                // of its last packet
	StoreSeq   uint64 `json:"stored"`           // the last message in the store with events of packets up to N, or before
	Pending    uint64 `json:"behind,omitempty"` // events that it has yet to store
	StoredUpTo uint64 `json:"kept,omitempty"`   // of packets up to that number it has stored all
	Leaving    bool   `json:"leaving,omitempty"`
	NodeInfo
	Time time.Time `json:"time,omitzero"` // when it was sent, by the clock there
}

// A resendRequest asks a node to say again what came after a packet.
type resendRequest struct {
	After   uint64 `json:"after"`
	ID      uint64 `json:"n"` // the asker's number for it
	replyTo string
}

// A request is something for one session at a node: an event, or that it has to go.
type request struct {
	SessionID  uint64      `json:"session"`
	Event      *event      `json:"event,omitempty"`
	Disconnect room.Reason `json:"sendAway,omitempty"`
	Farewell   *sentence   `json:"farewell,omitempty"`
}

// A response is what became of an errand.
type response struct {
	Gone    bool      `json:"gone,omitempty"`
	Refusal *sentence `json:"refused,omitempty"`
}

// An event is a [room.Event] on its way.
type event struct {
	Room     string         `json:"room,omitempty"`
	Seq      uint64         `json:"seq,omitempty"`
	Time     time.Time      `json:"time"`
	Kind     string         `json:"kind"`
	User     *room.UserInfo `json:"who,omitempty"`
	Text     string         `json:"text,omitempty"`
	Verbatim string         `json:"verbatim,omitempty"`
	Action   bool           `json:"action,omitempty"`
	Sentence *sentence      `json:"says,omitempty"`
}

// kindName returns the word for a kind of event, "" for one that does not leave its node.
func kindName(k room.EventKind) string {
	switch k {
	case room.Said:
		return "said"
	case room.Announced:
		return "announced"
	case room.Forgot:
		return "forgot"
	case room.DirectMessage:
		return "told"
	case room.Noticed:
		return "noticed"
	case room.BotCommand:
		return "commanded"
	}
	return ""
}

// parseKind returns the kind for a word, 0 for one that is none.
func parseKind(said string) room.EventKind {
	for _, k := range [...]room.EventKind{room.Said, room.Announced, room.Forgot, room.DirectMessage, room.Noticed, room.BotCommand} {
		if kindName(k) == said {
			return k
		}
	}
	return 0
}

// newEvent returns an event of a room as it is sent.
func newEvent(where string, e *room.Event) event {
	sent := event{Room: where, Seq: e.Seq, Time: e.Time, Kind: kindName(e.Kind), User: e.User, Text: e.Text, Verbatim: e.Verbatim, Action: e.Action}
	if e.Code != "" || len(e.Args) > 0 {
		sent.Sentence = newSentence(e.Code, e.Args)
	}
	return sent
}

// roomKinds are the kinds of events that rooms are told of, and sessionKinds of those that one
// session is handed.
func roomKinds() []room.EventKind { return []room.EventKind{room.Said, room.Announced, room.Forgot} }
func sessionKinds() []room.EventKind {
	return []room.EventKind{room.DirectMessage, room.Noticed, room.BotCommand}
}

// decode returns the event that was sent, of one of some kinds, fit to be shown, whoever sent it.
func (e *event) decode(kinds []room.EventKind) (*room.Event, error) {
	heard := &room.Event{
		Seq: e.Seq, Time: e.Time, Kind: parseKind(e.Kind),
		Text: e.Text, Verbatim: e.Verbatim, Action: e.Action,
	}
	if e.User != nil {
		who := *e.User // which is made fit, too
		heard.User = &who
	}
	if e.Sentence != nil {
		said := e.Sentence.decode()
		heard.Code, heard.Args = said.Code, said.Args
	}
	if !slices.Contains(kinds, heard.Kind) {
		return nil, fmt.Errorf("an event of kind %.20q, which is none here", e.Kind)
	}
	if err := heard.SanitizeLive(); err != nil {
		return nil, fmt.Errorf("an event of kind %.20q: %w", e.Kind, err)
	}
	return heard, nil
}

// sanitize drops what cannot be read of a packet, and returns why, where there is something.
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
		panic(err) // the values are ours, and have nothing in them that could fail
	}
	return buf.Bytes()
}
