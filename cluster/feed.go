package cluster

import (
	"github.com/nats-io/nats.go"

	"teahouse/room"
)

// publish sends what has happened here up to now. What cannot be sent is asked for
// again once it can.
func (l *Link) publish() {
	l.feed.ClosedRooms() // rooms are closed by the book
	for left := l.feed.Lag(); ; {
		where, events := l.feed.Take(l.buf)
		changed := l.feed.ChangedSessions()
		if len(events) == 0 && len(changed) == 0 {
			return
		}
		p := &packet{}
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
		if left -= min(left, uint64(len(events))); left == 0 {
			return
		}
	}
}

// addEvent puts an event into a packet, if it is for other nodes.
func (p *packet) addEvent(where string, e *room.Event) {
	switch {
	case e.Kind == room.LinesDropped:
		p.Lost = true
	case e.Peer == "" && (e.Kind == room.Said || e.Kind == room.Announced || e.Kind == room.Forgot):
		p.Events = append(p.Events, newEvent(where, e))
	}
}

func (l *Link) sendPacket(p *packet) {
	p.Node, p.Identity = l.node, l.identity
	l.outbox.add(p)
	l.send(feedSubject(l.node), encode(p))
}

// send publishes a message. It reports whether that is on its way.
//
// Without a connection it does nothing: the NATS client has its lock for as long as a server
// takes to answer the next attempt at one, and the link must not wait for that.
func (l *Link) send(subject string, data []byte) bool {
	return l.sendWithReply(subject, "", data)
}

// sendWithReply is send for what is to be answered at a subject.
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

// resend says again what came after a packet and whose sessions ended, and which there are. Where that is
// much it is only what came first, and who asks goes on asking: as fast as it can take it.
func (l *Link) resend(a *resendRequest) {
	l.publish()
	upto := l.outbox.last()
	packets, lost := l.outbox.after(a.After)
	part := 0
	say := func(p *packet) {
		part++
		p.ResendID, p.Part = a.ID, part
		l.sendReply(a.replyTo, p)
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

func (l *Link) sendReply(subject string, p *packet) {
	p.Node, p.Identity = l.node, l.identity
	l.send(subject, encode(p))
}
