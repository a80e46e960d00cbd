package cluster

import (
	"github.com/nats-io/nats.go"

	"teahouse/room"
)

// publish sends what has happened here up to now. What cannot be sent is asked for
// again once it can.
func (l *Link) publish() {
	l.relay.Closed() // rooms are closed by the book
	for left := l.relay.Behind(); ; {
		where, events := l.relay.Take(l.buf)
		changed := l.relay.Changed()
		if len(events) == 0 && len(changed) == 0 {
			return
		}
		p := &packet{}
		for _, e := range events {
			p.add(where, e)
		}
		for len(changed) > sessionsAtOnce {
			l.sendPacket(&packet{Sessions: changed[:sessionsAtOnce]})
			changed = changed[sessionsAtOnce:]
		}
		if p.Sessions = changed; len(p.Events) > 0 || len(p.Sessions) > 0 || p.Lost {
			l.sendPacket(p)
		}
		if left -= min(left, uint64(len(events))); left == 0 {
			return
		}
	}
}

// add puts an event into a packet, if it is for other nodes.
func (p *packet) add(where string, e *room.Event) {
	switch {
	case e.Kind == room.Missed:
		p.Lost = true
	case e.From == "" && (e.Kind == room.Said || e.Kind == room.Announced || e.Kind == room.Forgot):
		p.Events = append(p.Events, newEvent(where, e))
	}
}

func (l *Link) sendPacket(p *packet) {
	p.Node, p.Identity = l.node, l.identity
	l.outbox.add(p)
	l.sendOut(feedSubject(l.node), encode(p))
}

// sendOut publishes a message. It reports whether that is on its way.
//
// Without a connection it does nothing: the NATS client has its lock for as long as a server
// takes to answer the next attempt at one, and the link must not wait for that.
func (l *Link) sendOut(subject string, data []byte) bool {
	return l.sendRequest(subject, "", data)
}

// sendRequest is sendOut for what is to be answered at a subject.
func (l *Link) sendRequest(subject, reply string, data []byte) bool {
	if !l.connected.Load() {
		return false
	}
	err := l.conn.PublishMsg(&nats.Msg{Subject: subject, Reply: reply, Data: data})
	if err != nil {
		l.log.Debug("cluster: not sent", "subject", subject, "err", err)
	}
	return err == nil
}

// answer says again what came after a packet and whose sessions ended, and which there are. Where that is
// much it is only what came first, and who asks goes on asking: as fast as it can take it.
func (l *Link) answer(a *ask) {
	l.publish()
	upto := l.outbox.last()
	packets, lost := l.outbox.after(a.After)
	part := 0
	say := func(p *packet) {
		part++
		p.Ask, p.Part = a.N, part
		l.say(a.reply, p)
	}
	if lost {
		say(&packet{Lost: true})
	}
	events := 0
	for _, p := range packets {
		if events += p.size(); events > answeredAtOnce && p != packets[0] {
			say(&packet{Upto: p.N - 1})
			return
		}
		say(&packet{Was: p.N, Lost: p.Lost, Events: p.Events, Sessions: p.Sessions, Saved: p.Saved})
	}
	all := l.relay.All()
	for len(all) > sessionsAtOnce {
		say(&packet{Sessions: all[:sessionsAtOnce], All: true, More: true})
		all = all[sessionsAtOnce:]
	}
	say(&packet{Sessions: all, All: true, Upto: upto})
}

func (l *Link) say(subject string, p *packet) {
	p.Node, p.Identity = l.node, l.identity
	l.sendOut(subject, encode(p))
}
