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
	N        uint64 `json:"n,omitempty"` // from 1; 0 for one that is said again
	Lost     bool   `json:"lost,omitempty"`

	Events   []event        `json:"events,omitempty"`
	Sessions []room.Session `json:"sessions,omitempty"` // that came or changed before, or ended after the events
	Saved    *saved         `json:"saved,omitempty"`

	// All says that the sessions are all there are, as of packet Upto; More that
	// another packet goes on with them. Upto alone says that an answer ends there, and
	// that there is more to ask for.
	All  bool   `json:"all,omitempty"`
	More bool   `json:"more,omitempty"`
	Upto uint64 `json:"upto,omitempty"`

	// Ask and Part say of which question this answers which part, from 1. Was is the number
	// of the packet that is said again.
	Ask  uint64 `json:"ask,omitempty"`
	Part int    `json:"part,omitempty"`
	Was  uint64 `json:"was,omitempty"`
}

// A saved says that a node has stored what it had heard of a process which is gone, and had not
// stored that itself.
type saved struct {
	By    string `json:"by"`             // the identity of that process
	After uint64 `json:"after"`          // the message in the store after which that is
	Upto  uint64 `json:"upto,omitempty"` // the last one that has some of it; 0 where it is stored in a moment
}

// A beat says that a node is there.
type beat struct {
	Node     string `json:"node"`
	Identity string `json:"by"`
	N        uint64 `json:"n"`                // of its last packet
	Stored   uint64 `json:"stored"`           // the last message in the store with events of packets up to N, or before
	Behind   uint64 `json:"behind,omitempty"` // events that it has yet to store
	Kept     uint64 `json:"kept,omitempty"`   // of packets up to that number it has stored all
	Leaving  bool   `json:"leaving,omitempty"`
	Likeness
	Time time.Time `json:"time,omitzero"` // when it was sent, by the clock there
}

// An ask asks a node to say again what came after a packet.
type ask struct {
	After uint64 `json:"after"`
	N     uint64 `json:"n"` // the asker's number for it
	reply string
}

// An errand is something for one session at a node: an event, or that it has to go.
type errand struct {
	Session  uint64      `json:"session"`
	Event    *event      `json:"event,omitempty"`
	SendAway room.Reason `json:"sendAway,omitempty"`
	Farewell *sentence   `json:"farewell,omitempty"`
}

// An answer is what became of an errand.
type answer struct {
	Gone    bool      `json:"gone,omitempty"`
	Refused *sentence `json:"refused,omitempty"`
}

// An event is a [room.Event] on its way.
type event struct {
	Room     string    `json:"room,omitempty"`
	Seq      uint64    `json:"seq,omitempty"`
	Time     time.Time `json:"time"`
	Kind     string    `json:"kind"`
	Who      *room.Who `json:"who,omitempty"`
	Text     string    `json:"text,omitempty"`
	Verbatim string    `json:"verbatim,omitempty"`
	Action   bool      `json:"action,omitempty"`
	Says     *sentence `json:"says,omitempty"`
}

// word returns the word for a kind of event, "" for one that does not leave its node.
func word(k room.Kind) string {
	switch k {
	case room.Said:
		return "said"
	case room.Announced:
		return "announced"
	case room.Forgot:
		return "forgot"
	case room.Told:
		return "told"
	case room.Noticed:
		return "noticed"
	case room.Commanded:
		return "commanded"
	}
	return ""
}

// kindOf returns the kind for a word, 0 for one that is none.
func kindOf(said string) room.Kind {
	for _, k := range [...]room.Kind{room.Said, room.Announced, room.Forgot, room.Told, room.Noticed, room.Commanded} {
		if word(k) == said {
			return k
		}
	}
	return 0
}

// newEvent returns an event of a room as it is sent.
func newEvent(where string, e *room.Event) event {
	sent := event{Room: where, Seq: e.Seq, Time: e.Time, Kind: word(e.Kind), Who: e.Who, Text: e.Text, Verbatim: e.Verbatim, Action: e.Action}
	if e.Phrase != "" || len(e.Args) > 0 {
		sent.Says = newSentence(e.Phrase, e.Args)
	}
	return sent
}

// roomKinds are the kinds of events that rooms are told of, and sessionKinds of those that one
// session is handed.
func roomKinds() []room.Kind    { return []room.Kind{room.Said, room.Announced, room.Forgot} }
func sessionKinds() []room.Kind { return []room.Kind{room.Told, room.Noticed, room.Commanded} }

// event returns the event that was sent, of one of some kinds, fit to be shown, whoever sent it.
func (e *event) event(kinds []room.Kind) (*room.Event, error) {
	heard := &room.Event{
		Seq: e.Seq, Time: e.Time, Kind: kindOf(e.Kind),
		Text: e.Text, Verbatim: e.Verbatim, Action: e.Action,
	}
	if e.Who != nil {
		who := *e.Who // which is made fit, too
		heard.Who = &who
	}
	if e.Says != nil {
		heard.Phrase, heard.Args = e.Says.Phrase, e.Says.args()
	}
	if !slices.Contains(kinds, heard.Kind) {
		return nil, fmt.Errorf("an event of kind %.20q, which is none here", e.Kind)
	}
	if err := heard.AcceptLive(); err != nil {
		return nil, fmt.Errorf("an event of kind %.20q: %w", e.Kind, err)
	}
	return heard, nil
}

// accept drops what cannot be read of a packet, and returns why, where there is something.
func (p *packet) accept() error {
	var wrong []error
	kept := p.Sessions[:0]
	for _, s := range p.Sessions {
		if err := s.Accept(); err != nil {
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
