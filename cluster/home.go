package cluster

import (
	"encoding/json"
	"time"

	"github.com/nats-io/nats.go"

	"teahouse/room"
)

// tellTime is how long it may take until a session at another node has a private
// message.
const tellTime = 2 * time.Second

// A home is another node, for the house of this one. It is a [room.Home].
type home struct {
	link *Link
	node string
}

func (h home) Tell(id uint64, e *room.Event) error {
	sent := newEvent("", e)
	reply, err := h.link.conn.Request(toSubject(h.node), encode(errand{Session: id, Event: &sent}), tellTime)
	var became answer
	if err == nil {
		err = json.Unmarshal(reply.Data, &became)
	}
	switch {
	case err != nil:
		h.link.log.Debug("cluster: a private message could not be handed over", "node", h.node, "err", err)
		return &room.Refusal{Phrase: room.NotReached, Args: []any{e.To.Name}}
	case became.Gone:
		return room.ErrGone
	case became.Refused != nil:
		return &room.Refusal{Phrase: became.Refused.phrase(), Args: became.Refused.args()}
	}
	return nil
}

func (h home) Post(id uint64, e *room.Event) bool {
	if word(e.Kind) == "" {
		return false
	}
	sent := newEvent("", e)
	return h.link.send(h.node, errand{Session: id, Event: &sent})
}

func (h home) SendAway(id uint64, reason room.Reason, farewell room.Phrase, args []any) {
	h.link.send(h.node, errand{Session: id, SendAway: reason, Farewell: newSentence(farewell, args)})
}

// send has an errand sent soon. It reports false where too many wait.
func (l *Link) send(node string, e errand) bool {
	select {
	case l.errands <- outgoing{toSubject(node), encode(e)}:
		return true
	default:
		return false
	}
}

// An outgoing is a message that is to be published.
type outgoing struct {
	subject string
	data    []byte
}

// do does an errand of another node.
func (l *Link) do(m *nats.Msg) {
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
			farewell, args = e.Farewell.phrase(), e.Farewell.args()
		}
		l.relay.SendAway(e.Session, e.SendAway, farewell, args...)
		return answer{}
	}
	if e.Event == nil {
		return answer{Gone: true}
	}
	heard, err := e.Event.event()
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
