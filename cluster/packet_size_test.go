package cluster

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/nats-io/nats.go"

	"teahouse/internal/ids"
	"teahouse/internal/names"
	"teahouse/internal/peers"
	"teahouse/internal/text"
	"teahouse/room"
)

// maxPayload is the default maximum size of a message on a NATS server.
const maxPayload = 1 << 20

// However many users there are, and however long their names and descriptions, a packet is never
// too large to be sent. Otherwise other nodes would stop hearing from this one.
func TestPacketsFit(t *testing.T) {
	long := strings.Repeat("🫖", names.MaxLength)
	rooms := make([]ids.Room, 10)
	for i := range rooms {
		rooms[i] = ids.Room(long)
	}
	s := peers.Session{
		ID: 1 << 63, User: room.UserInfo{SessionID: 1 << 63, Name: long, Address: strings.Repeat("f", 39), Person: ids.Account(strings.Repeat("k", 50))},
		Fingerprint: ids.Fingerprint(strings.Repeat("k", 50)), Door: "ssh", Client: strings.Repeat(`"`, 255), Since: time.Now(), NamedAt: time.Now(),
		Terminal: true, NoPrivateMessages: true, Scripted: true, Assigned: true, Away: time.Now(), AwayMessage: strings.Repeat(`"`, 200), Rooms: rooms,
	}
	p := packet{Node: "node", Identity: "node.identity"}
	for range maxPacketSessions {
		p.Sessions = append(p.Sessions, s)
	}
	for bytes := 0; bytes < 72<<10; bytes += text.MaxBytes { // what one read of a room returns
		p.Events = append(p.Events, wireEvent{Room: ids.Room(long), Time: time.Now(), Kind: "said", User: &s.User, Text: strings.Repeat(`"`, text.MaxBytes)})
	}
	for len(p.Events) < maxPacketEvents {
		p.Events = append(p.Events, wireEvent{Room: ids.Room(long), Time: time.Now(), Kind: "said", User: &s.User})
	}
	if n := len(encode(&p)); n > maxPayload {
		t.Errorf("a packet may have %d bytes", n)
	}
}

// A long answer takes time to arrive. As long as parts of it arrive, it is not requested again,
// which would never end.
func TestSlowResend(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLink(t, room.New(room.Config{}))
		send := func(p packet) {
			p.Node, p.Identity = "n", "n.1"
			l.handle(&nats.Msg{Subject: packetSubject("n"), Data: encode(p)})
		}
		send(packet{Seq: 20})
		for part := range 10 {
			time.Sleep(resendTimeout / 2)
			l.tick()
			send(packet{ResendID: 1, Part: part + 1, Snapshot: true, More: part < 9, UpTo: 20})
		}
		if n := l.peers["n"]; !n.synced || n.lastSeq != 20 {
			t.Errorf("asked %d times, received up to packet %d of 20", l.Status().Resends, n.lastSeq)
		}
	})
}
