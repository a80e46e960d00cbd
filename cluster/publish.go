package cluster

import (
	"github.com/nats-io/nats.go"

	"teahouse/internal/ids"
	"teahouse/room"
)

// publish sends what has happened here so far. If it cannot be sent, the other nodes will ask for
// it.
func (l *Link) publish() {
	l.feed.ClosedRooms() // closing a room is a record, not an event
	for left := l.feed.Lag(); ; {
		where, events, dropped := l.feed.Take(l.buf)
		changed := l.feed.ChangedSessions()
		if len(events) == 0 && dropped == 0 && len(changed) == 0 {
			return
		}
		p := &packet{Lost: dropped > 0}
		for _, e := range events {
			p.addEvent(where, e)
		}
		for len(changed) > maxPacketSessions {
			l.sendPacket(&packet{Sessions: changed[:maxPacketSessions]})
			changed = changed[maxPacketSessions:]
		}
		if p.Sessions = changed; len(p.Events) > 0 || len(p.Sessions) > 0 || p.Lost {
			l.sendPacket(p)
		}
		if left -= min(left, uint64(len(events))+dropped); left == 0 {
			return
		}
	}
}

// addEvent adds an event to a packet, if it is for other nodes.
func (p *packet) addEvent(where ids.Room, e *room.Event) {
	if e.Peer == "" && (e.Kind == room.Said || e.Kind == room.Announced || e.Kind == room.Forgot) {
		p.Events = append(p.Events, newEvent(where, e))
	}
}

func (l *Link) sendPacket(p *packet) {
	p.Node, p.Identity = l.node, l.identity
	l.outbox.add(p)
	l.send(packetSubject(l.node), encode(p))
}

// send publishes a message. It reports whether the message is on its way.
//
// It does nothing without a connection: the NATS client holds its lock while it waits for a
// server to accept a new one, and the Link must not wait for that.
func (l *Link) send(subject string, data []byte) bool {
	return l.sendWithReply(subject, "", data)
}

// sendWithReply is send for a message that is to be answered on another subject.
func (l *Link) sendWithReply(subject, reply string, data []byte) bool {
	if !l.connected.Load() {
		return false
	}
	err := l.conn.PublishMsg(&nats.Msg{Subject: subject, Reply: reply, Data: data})
	if err != nil {
		l.log.Debug("cluster: not sent", "subject", subject, "err", err)
	}
	return err == nil
}

// resend repeats the events and ended sessions of the packets after a.After, and sends the
// current sessions. If that is too much, it sends only the first part, and the receiver asks
// again as soon as it can take more.
func (l *Link) resend(a *resendRequest) {
	l.publish()
	upto := l.outbox.last()
	packets, lost := l.outbox.after(a.After)
	part := 0
	say := func(p *packet) {
		part++
		p.ResendID, p.Part = a.ID, part
		p.Node, p.Identity = l.node, l.identity
		l.send(a.replyTo, encode(p))
	}
	if lost {
		say(&packet{Lost: true})
	}
	events := 0
	for _, p := range packets {
		if events += p.size(); events > maxResendEvents && p != packets[0] {
			say(&packet{UpTo: p.Seq - 1})
			return
		}
		say(&packet{ResentSeq: p.Seq, Lost: p.Lost, Events: p.Events, Sessions: p.Sessions, Backfilled: p.Backfilled})
	}
	all := l.feed.AllSessions()
	for len(all) > maxPacketSessions {
		say(&packet{Sessions: all[:maxPacketSessions], Snapshot: true, More: true})
		all = all[maxPacketSessions:]
	}
	say(&packet{Sessions: all, Snapshot: true, UpTo: upto})
}
