package cluster

import (
	"encoding/json"
	"time"

	"github.com/nats-io/nats.go"

	"teahouse/room"
)

// handTime is how long it may take until a session at another node has what it is
// handed.
const handTime = 2 * time.Second

// A home is another node, for the house of this one. It is a [room.Home].
type home struct {
	link *Link
	node string
}

func (h home) Hand(id uint64, e *room.Event) error {
	sent := newEvent("", e)
	return h.run(errand{Session: id, Event: &sent})
}

func (h home) SendAway(id uint64, reason room.Reason, farewell room.Phrase, args []any) error {
	return h.run(errand{Session: id, SendAway: reason, Farewell: newSentence(farewell, args)})
}

// run has an errand done there, and waits for what became of it.
func (h home) run(e errand) error {
	reply, err := h.link.conn.Request(toSubject(h.node), encode(e), handTime)
	var became answer
	if err == nil {
		err = json.Unmarshal(reply.Data, &became)
	}
	switch {
	case err != nil:
		h.link.log.Debug("cluster: a node does not do an errand", "node", h.node, "err", err)
		return room.ErrNotReached
	case became.Gone:
		return room.ErrGone
	case became.Refused != nil:
		if phrase, args := became.Refused.accept(); phrase != "" {
			return &room.Refusal{Phrase: phrase, Args: args}
		}
		return room.ErrNotReached
	}
	return nil
}

func (h home) Post(id uint64, e *room.Event) {
	sent := newEvent("", e)
	select {
	case h.link.notices <- outgoing{toSubject(h.node), encode(errand{Session: id, Event: &sent})}:
	default:
		h.link.unsent.Add(1)
	}
}

// An outgoing is a message that is to be published.
type outgoing struct {
	subject string
	data    []byte
}

// post sends a notice.
func (l *Link) post(o outgoing) {
	if !l.sendOut(o.subject, o.data) {
		l.unsent.Add(1)
	}
}

// tellUnsent logs how many notices could not be sent since it did so last.
func (l *Link) tellUnsent() {
	if n := l.unsent.Swap(0); n > 0 {
		l.log.Warn("cluster: notices for people at other nodes could not be sent", "count", n)
	}
}

// do does an errand of another node.
func (l *Link) do(m *nats.Msg) {
	l.guard(m.Subject, func() { l.doErrand(m) })
}

func (l *Link) doErrand(m *nats.Msg) {
	var e errand
	if err := json.Unmarshal(m.Data, &e); err != nil {
		l.log.Warn("cluster: an errand cannot be read", "err", err)
		return
	}
	became := l.deliver(&e)
	if m.Reply != "" {
		if err := m.Respond(encode(became)); err != nil {
			l.log.Debug("cluster: an errand cannot be answered", "err", err)
		}
	}
}

func (l *Link) deliver(e *errand) answer {
	if e.SendAway != "" {
		farewell := room.Phrase("")
		var args []any
		if e.Farewell != nil {
			farewell, args = e.Farewell.accept()
		}
		err := l.relay.SendAway(e.Session, e.SendAway.Accepted(), farewell, args...)
		return answer{Gone: err != nil}
	}
	if e.Event == nil {
		return answer{Gone: true}
	}
	heard, err := e.Event.event(sessionKinds())
	if err != nil {
		l.log.Warn("cluster: an event for one session cannot be read", "err", err)
		return answer{Gone: true}
	}
	switch err := l.relay.Deliver(e.Session, heard).(type) {
	case nil:
		return answer{}
	case *room.Refusal:
		return answer{Refused: newSentence(err.Phrase, err.Args)}
	}
	return answer{Gone: true}
}
