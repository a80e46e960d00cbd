package cluster

import (
	"context"
	"encoding/json"
	"time"

	"github.com/nats-io/nats.go"

	"teahouse/internal/reply"
	"teahouse/room"
)

// requestTimeout is how long a request to another node may take.
const requestTimeout = 2 * time.Second

// A remote is another node, for this node's hub. It implements [room.Remote].
type remote struct {
	link *Link
	node string
}

func (r remote) Deliver(ctx context.Context, id uint64, item room.Item) error {
	sent, _ := newItem(item)
	return r.call(ctx, &request{SessionID: id, Event: &sent})
}

func (r remote) Disconnect(ctx context.Context, id uint64, reason room.Reason, farewell reply.Code, args []any) error {
	return r.call(ctx, &request{SessionID: id, Disconnect: reason, Farewell: newSentence(farewell, args)})
}

// call sends a request to the node and waits for its response.
func (r remote) call(ctx context.Context, e *request) error {
	ctx, cancel := context.WithTimeout(ctx, requestTimeout)
	defer cancel()
	msg, err := r.link.conn.RequestWithContext(ctx, requestSubject(r.node), encode(e))
	var became response
	if err == nil {
		err = json.Unmarshal(msg.Data, &became)
	}
	switch {
	case err != nil:
		r.link.log.Debug("cluster: a request to a node failed", "node", r.node, "err", err)
		return room.ErrUnreachable
	case became.Gone:
		return room.ErrSessionOver
	case became.Refusal != nil:
		if code, args := became.Refusal.sanitize(); code != "" {
			return &reply.Refusal{Code: code, Args: args}
		}
		return room.ErrUnreachable
	}
	return nil
}

func (r remote) Notify(id uint64, item room.Item) {
	sent, ok := newItem(item)
	if !ok {
		return
	}
	select {
	case r.link.notices <- notice{requestSubject(r.node), encode(&request{SessionID: id, Event: &sent})}:
	default:
		r.link.unsentNotices.Add(1)
	}
}

// A notice is a message to be published without waiting for an answer.
type notice struct {
	subject string
	data    []byte
}

// sendNotice publishes a notice.
func (l *Link) sendNotice(o notice) {
	if !l.send(o.subject, o.data) {
		l.unsentNotices.Add(1)
	}
}

// logUnsentNotices logs how many notices could not be sent since the last time.
func (l *Link) logUnsentNotices() {
	if n := l.unsentNotices.Swap(0); n > 0 {
		l.log.Warn("cluster: notices for users at other nodes could not be sent", "count", n)
	}
}

// handleRequest handles a request of another node.
func (l *Link) handleRequest(m *nats.Msg) {
	l.withRecover(m.Subject, func() { l.serveRequest(m) })
}

func (l *Link) serveRequest(m *nats.Msg) {
	var e request
	if err := json.Unmarshal(m.Data, &e); err != nil {
		l.log.Warn("cluster: a request cannot be read", "err", err)
		return
	}
	became := l.deliver(&e)
	if m.Reply != "" {
		if err := m.Respond(encode(&became)); err != nil {
			l.log.Debug("cluster: a request cannot be answered", "err", err)
		}
	}
}

func (l *Link) deliver(e *request) response {
	if e.Disconnect != "" {
		farewell := reply.Code("")
		var args []any
		if e.Farewell != nil {
			farewell, args = e.Farewell.sanitize()
		}
		err := l.feed.Disconnect(e.SessionID, e.Disconnect.Sanitized(), farewell, args...)
		return response{Gone: err != nil}
	}
	if e.Event == nil {
		return response{Gone: true}
	}
	heard, err := e.Event.decodeItem()
	if err != nil {
		l.log.Warn("cluster: an event for one session cannot be read", "err", err)
		return response{Gone: true}
	}
	switch err := l.feed.Deliver(e.SessionID, heard).(type) {
	case nil:
		return response{}
	case *reply.Refusal:
		return response{Refusal: newSentence(err.Code, err.Args)}
	}
	return response{Gone: true}
}
