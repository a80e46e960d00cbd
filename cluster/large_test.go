package cluster

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/nats-io/nats.go"

	"teahouse/room"
)

// mostPayload is how large a message may be that a NATS server takes, unless it is told
// otherwise.
const mostPayload = 1 << 20

// Whoever is here, and however long what they are called, wherever they are and whatever
// they say of themselves: a packet is never too large to be sent, or nobody at another
// node would hear of this one any more.
func TestPacketsFit(t *testing.T) {
	long := strings.Repeat("🫖", room.MaxName)
	rooms := make([]string, 10)
	for i := range rooms {
		rooms[i] = long
	}
	s := room.Session{
		ID: 1 << 63, Who: room.Who{ID: 1 << 63, Name: long, Address: strings.Repeat("f", 39), Key: strings.Repeat("k", 50)},
		Fingerprint: strings.Repeat("k", 50), Door: "ssh", Client: strings.Repeat(`"`, 255), Since: time.Now(), Named: time.Now(),
		Terminal: true, Deaf: true, Patient: true, Given: true, Away: time.Now(), Why: strings.Repeat(`"`, 200), Rooms: rooms,
	}
	p := packet{Node: "node", Identity: "node.identity"}
	for range sessionsAtOnce {
		p.Sessions = append(p.Sessions, s)
	}
	for bytes := 0; bytes < 72<<10; bytes += room.MaxText { // what a reader of a room takes at once
		p.Events = append(p.Events, event{Room: long, Time: time.Now(), Kind: "said", Who: &s.Who, Text: strings.Repeat(`"`, room.MaxText)})
	}
	for len(p.Events) < takenAtOnce {
		p.Events = append(p.Events, event{Room: long, Time: time.Now(), Kind: "said", Who: &s.Who})
	}
	if n := len(encode(p)); n > mostPayload {
		t.Errorf("a packet may have %d bytes", n)
	}
}

// What was asked for again is much, and takes its time on the way: as long as more of it
// comes it is not asked for anew, which would never end.
func TestAnswerTakesItsTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLink(t, room.NewHouse())
		send := func(p packet) {
			p.Node, p.Identity = "n", "n.1"
			l.receive(&nats.Msg{Subject: feedSubject("n"), Data: encode(p)})
		}
		send(packet{N: 20})
		for part := range 10 {
			time.Sleep(askTime / 2)
			l.glance()
			send(packet{Ask: 1, Part: part + 1, All: true, More: part < 9, Upto: 20})
		}
		if n := l.neighbours["n"]; !n.known || n.last != 20 {
			t.Errorf("asked %d times, heard up to packet %d of 20", l.Status().Asked, n.last)
		}
	})
}
